"""Encodings, counts, addresses, languages and plain text: what all parsers stand on."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Post
from crawler.parsers.addresses import absolute, normal, same_host
from crawler.parsers.article import parse_article
from crawler.parsers.counts import read_count
from crawler.parsers.encoding import decode
from crawler.parsers.language import claimed_language
from crawler.parsers.markup import html_text
from crawler.parsers.records import to_record

RU = "Кандидат встретился с избирателями, обещал дороги и воду. Встреча прошла спокойно."
KK = "Үміткер сайлаушылармен кездесіп, жол мен су туралы айтты. Кездесу тыныш өтті."


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "cp866", "iso8859-5"])
def test_cyrillic_is_recognised_without_any_declaration(encoding: str) -> None:
    decoded = decode(f"<p>{RU}</p>".encode(encoding))
    assert decoded.text == f"<p>{RU}</p>"
    assert decoded.notes == (f"no encoding declared, read as {decoded.encoding}",)


@pytest.mark.parametrize("wrong", ["utf-8", "iso-8859-1", "koi8-r"])
def test_cp1251_under_a_wrong_declaration(wrong: str) -> None:
    decoded = decode(RU.encode("cp1251"), f"text/html; charset={wrong}")
    assert decoded.text == RU
    assert decoded.notes[0].startswith("declared ")


def test_a_right_declaration_needs_no_note() -> None:
    assert decode(RU.encode("cp1251"), "text/html; charset=windows-1251").notes == ()
    assert decode(KK.encode(), "text/html; charset=utf-8").notes == ()
    assert decode("Grüße aus München".encode("cp1252"), "text/html; charset=iso-8859-1").text == (
        "Grüße aus München"
    )


def test_valid_utf8_is_utf8_whatever_was_declared() -> None:
    decoded = decode(KK.encode(), "text/html; charset=windows-1251")
    assert (decoded.text, decoded.notes) == (KK, ("declared cp1251, is utf-8",))


def test_kazakh_in_its_own_8_bit_encoding_is_believed_when_declared() -> None:
    assert decode(KK.encode("kz1048"), "text/html; charset=kz-1048").text == KK


def test_utf8_with_a_broken_place_stays_utf8() -> None:
    decoded = decode(KK.encode()[:-1] + b"\xff.")
    assert decoded.text.startswith(KK[:-1])
    assert decoded.text.endswith("\ufffd.")
    assert any(note.startswith("replaced 1 ") for note in decoded.notes)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
     (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_LE, "utf-32-le")],
)  # fmt: skip
def test_a_byte_order_mark_wins_and_is_removed(mark: bytes, encoding: str) -> None:
    assert decode(mark + KK.encode(encoding), "text/html; charset=koi8-r").text == KK


def test_utf16_without_a_mark_is_seen_by_its_shape() -> None:
    assert decode(f"<p>{KK}</p>".encode("utf-16-le")).text == f"<p>{KK}</p>"


def test_an_unknown_charset_is_no_reason_to_fail() -> None:
    assert decode(KK.encode(), "text/html; charset=nonsense").text == KK


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-16", "x; charset=hz"]))
def test_any_bytes_become_text_that_can_be_stored(body: bytes, content_type: str) -> None:
    decoded = decode(body, content_type)
    assert "\0" not in decoded.text
    decoded.text.encode()


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1.2K", 1200), ("3,4M", 3_400_000), ("436.6K", 436_600), ("12 345", 12_345), ("1,234", 1234),
     ("10\u00a0518", 10_518), ("1.2К", 1200), ("5М", 5_000_000), ("1B", 1_000_000_000), ("0", 0),
     ("83.1K subscribers", 83_100), ("", None), ("n/a", None), ("1.2.3K", None)],
)  # fmt: skip
def test_counts_as_the_preview_shortens_them(written: str, expected: int | None) -> None:
    assert read_count(written) == expected


@pytest.mark.parametrize(
    ("href", "expected"),
    [(" /a b\n", "https://e.kz/a%20b"), ("//x.kz/1", "https://x.kz/1"), ("c?d=1", "https://e.kz/b/c?d=1"),
     ("mailto:a@e.kz", None), ("javascript:void(0)", None), ("tg://resolve?domain=a", None),
     ("data:image/png;base64,aa", None), ("http://[", None), ("https://e.kz:x/", None),
     ("https://e.kz/\ud800", None), ("", None), (None, None), ("a" * 5000, None)],
)  # fmt: skip
def test_addresses_in_pages_are_made_absolute_or_dropped(
    href: str | None, expected: str | None
) -> None:
    assert absolute("https://e.kz/b/", href) == expected


def test_a_host_is_the_same_under_both_schemes_but_not_under_another_name() -> None:
    assert same_host("http://e.kz/a", "https://E.kz/b")
    assert not same_host("https://www.e.kz/a", "https://e.kz/a")
    assert not same_host("https://e.kz:8443/a", "https://e.kz/a")
    assert not same_host("mailto:a@e.kz", "mailto:a@e.kz")
    assert normal("https://" + "а" * 70 + ".kz/") is None


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("kk-KZ", "kk"), ("ru_RU", "ru"), ("KZ", "kk"), ("kaz", "kk"), ("en", "en"), ("ru, kk", "ru"),
     ("", ""), ("қазақша", ""), ("x", "")],
)  # fmt: skip
def test_the_language_is_the_one_that_is_claimed(tag: str, expected: str) -> None:
    assert claimed_language(tag) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a<br>b<br/><br/>c", "a\nb\n\nc"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a\n   b", "a b"),
        ("a  b", "a  b"),
        ("<pre>a  b\nc</pre>", "a  b\nc"),
        ("<div>a<blockquote>b</blockquote>c</div>", "a\nb\nc"),
        ('<img alt="🗳"> a <img alt="Фото 1">', "🗳 a"),
        ("a<script>x()</script><style>y</style>b", "ab"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("Т&amp;қ &lt;b&gt;", "Т&қ <b>"),
        ("1 < 2", "1 < 2"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_that_a_reader_sees(source: str, expected: str) -> None:
    assert html_text(source) == expected


def test_a_record_has_the_fields_of_the_command_line_and_no_others() -> None:
    record = to_record(Post("web", "https://e.kz/1", "https://e.kz/1", "Мәтін", title="Тақырып"))
    assert ", ".join(record) == (
        "native_id, url, author, text, lang, published_at, edited, edited_at, media, links, "
        "forwarded_from, views"
    )
    assert record["text"] == "Тақырып\n\nМәтін"
    assert record["published_at"] is None


def test_links_of_menus_and_read_also_boxes_are_not_links_of_the_article() -> None:
    page = f"""<html><body><nav><a href="/menu">Мәзір</a></nav><article><h1>Т</h1>
    <p>{KK} <a href="/zan">Заң мәтіні</a>.</p><p>{KK * 3}</p></article>
    <div class="related"><p><a href="/2">Тағы оқыңыз: басқа жаңалық</a></p></div></body></html>"""
    post = parse_article(page.encode(), url="https://e.kz/1", now=datetime(2023, 3, 20, tzinfo=UTC))
    assert post.links == ("https://e.kz/zan",)
