"""What no parser may choke on: a refusal names address and reason, nothing else is raised."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ParseError
from crawler.parsers import sitemap
from crawler.parsers.article import parse_article
from crawler.parsers.feed import parse_feed
from crawler.parsers.intake import MAX_BYTES, check_depth, inflate
from crawler.parsers.sitemap import parse_sitemap
from crawler.parsers.telegram import parse_telegram

NOW = datetime(2023, 3, 20, 12, tzinfo=UTC)
URL = "https://zhetisu.example/x"
PARSERS: list[Callable[..., Any]] = [parse_article, parse_feed, parse_sitemap, parse_telegram]
every_parser = pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
PIECES = [
    "<rss>",
    "<channel>",
    "<item>",
    "</item>",
    "<link>",
    "https://e.kz/1",
    "</link>",
    "<url>",
    "<loc>",
    "<urlset>",
    "<p>",
    "Слова ",
    "<div class='tgme_widget_message' data-post='abcde/1'>",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "&",
    "&nbsp;",
    "<script type='application/ld+json'>",
    "{",
    '"@type"',
    ":",
    '"Article"',
    "}",
    "</script>",
    "<time datetime='2023'>",
    "<a href='//['>",
    "]",
    "<pre>",
    '{"version":"https://jsonfeed.org/version/1","items":[',
    "<br>",
]


def refusal(parse: Callable[..., Any], body: bytes, url: str = URL, **more: Any) -> str:
    with pytest.raises(ParseError) as caught:
        parse(body, url=url, now=NOW, **more)
    assert caught.value.url == url
    return caught.value.reason


@every_parser
def test_an_empty_body(parse: Callable[..., Any]) -> None:
    assert refusal(parse, b"") == "the body is empty"
    assert refusal(parse, b" \r\n\0") == "the body is empty"


@every_parser
def test_a_page_of_50_mb(parse: Callable[..., Any]) -> None:
    body = b"<html><body><p>" + b"a" * 52_428_800
    assert "more than the limit of" in refusal(parse, body)


@every_parser
def test_the_limit_is_an_argument(parse: Callable[..., Any]) -> None:
    assert refusal(parse, b"<html>" + b"a" * 100, limit=99).endswith("more than the limit of 99")


@every_parser
@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "", "zhetisu.example/x", "http://", "http://["]
)
def test_an_address_that_is_not_http(parse: Callable[..., Any], url: str) -> None:
    assert "absolute http(s) URL" in refusal(parse, b"<html><p>a</p></html>", url=url)


@every_parser
@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=400))
def test_random_bytes_are_read_or_refused(parse: Callable[..., Any], body: bytes) -> None:
    try:
        parse(body, url=URL, now=NOW)
    except ParseError as error:
        assert error.reason


@every_parser
@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
def test_broken_markup_is_read_or_refused(parse: Callable[..., Any], pieces: list[str]) -> None:
    try:
        parse("".join(pieces).encode(), url=URL, now=NOW)
    except ParseError as error:
        assert error.reason


def test_a_gzip_bomb_is_not_inflated() -> None:
    bomb = gzip.compress(b"\0" * 60_000_000)
    started = time.process_time()
    assert "grows beyond the limit" in refusal(parse_sitemap, bomb)
    assert time.process_time() - started < 5


def test_gzip_cut_off_gives_what_there_is_and_says_so() -> None:
    body = gzip.compress(b"https://e.kz/1\n" * 10, mtime=0)
    whole, notes = inflate(body[:-4], URL, 1000)
    assert (whole, notes) == (b"https://e.kz/1\n" * 10, ("gzip cut off after 150 bytes",))
    with pytest.raises(ParseError, match="gzip that cannot be read"):
        inflate(b"\x1f\x8bnothing", URL, 1000)


def test_gzip_of_several_members_is_one_body() -> None:
    body = gzip.compress(b"<urlset>") + gzip.compress(b"</urlset>")
    assert inflate(body, URL, 1000) == (b"<urlset></urlset>", ())


@pytest.mark.parametrize("parse", [parse_feed, parse_sitemap])
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">]>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>',
        '<!doctype r [ <!entity a "&#38;#38;b;"> ]>',
        '<!DOCTYPE r [<!ENTITY x "]"><r><!ENTITY a "aaaaaaaaaaaaaaaaaaa">]>',
        "<!DOCTYPE r [" + " " * 3000 + '<!ENTITY a "&#38;b;">]>',
        '<!DOCTYPE r [<!ENTITY a "' + "a" * 5000 + '">]>',
        "<!DOCTYPE r [<!ENTITY a 'unfinished",
    ],
)
@pytest.mark.parametrize("root", ["<rss version='2.0'><channel/></rss>", "<urlset/>"])
def test_entity_bombs_are_refused(parse: Callable[..., Any], doctype: str, root: str) -> None:
    assert "refused as a bomb" in refusal(parse, f"<?xml version='1.0'?>{doctype}{root}".encode())


def test_an_article_about_entities_is_no_bomb() -> None:
    feed = """<rss version="2.0"><channel><item><link>https://e.kz/1</link>
    <description>&lt;!DOCTYPE r [&lt;!ENTITY a "b">]> is how it is written</description>
    </item></channel></rss>"""
    assert len(parse_feed(feed.encode(), url=URL, now=NOW).posts) == 1


def test_endless_nesting_is_refused_before_it_costs_anything() -> None:
    body = b'<rss version="2.0"><channel>' + b"<a>" * 1_000_000
    started = time.process_time()
    assert refusal(parse_feed, body) == "XML nested deeper than 500 elements"
    assert time.process_time() - started < 5


def test_tags_inside_cdata_and_comments_do_not_count_as_nesting() -> None:
    check_depth("<r><![CDATA[" + "<p>" * 1000 + "]]><!--" + "<p>" * 1000 + "--></r>", URL)


def test_nested_html_and_json_are_refused() -> None:
    html = b"<html><body>" + b"<div>" * 100_000 + b"text" + b"</div>" * 100_000
    assert refusal(parse_article, html) == "no text of an article was found in this page"
    nested = b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 100_000
    assert refusal(parse_feed, nested).startswith("JSON that cannot be read")


@pytest.mark.parametrize("piece", [b"<", b"&", b" ", b"<!--", b"<![CDATA[", b"<a ", b"<!ENTITY a "])
def test_long_repetitions_take_no_long_time(piece: bytes) -> None:
    noise = piece * (100_000 // len(piece))
    bodies = [
        (parse_feed, b"<rss><channel><item><title>" + noise + b"</title></item></channel></rss>"),
        (parse_sitemap, b"<!DOCTYPE a>" + noise + b"<urlset></urlset>"),
        (parse_article, b"<html><head><script type='application/ld+json'>" + noise + b"</script>"
                        b"</head><body><p>" + noise + b"</p></body></html>"),
        (parse_telegram, b"<div class='tgme_widget_message' data-post='abcde/1'>"
                         b"<div class='tgme_widget_message_text'>" + noise + b"</div></div>"),
    ]  # fmt: skip
    for parse, body in bodies:
        started = time.process_time()
        try:
            parse(body, url=URL, now=NOW)
        except ParseError as error:
            assert error.reason
        assert time.process_time() - started < 5, parse


def test_more_addresses_than_a_sitemap_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sitemap.MAX_URLS == 50_000
    monkeypatch.setattr(sitemap, "MAX_URLS", 3)
    urls = "".join(f"<url><loc>https://e.kz/{n}</loc></url>" for n in range(5))
    reading = parse_sitemap(f"<urlset>{urls}</urlset>".encode(), url=URL, now=NOW)
    assert len(reading.discoveries) == 3
    assert reading.notes == ("more than 3 addresses, the rest left out",)


def test_what_json_can_spell_and_a_database_cannot_hold_is_stripped() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"id": "a\0b", "url": "https://e.kz/\ud800", "title": "Т\ud800ест\0"}],
    }
    reading = parse_feed(json.dumps(feed).encode(), url=URL, now=NOW)
    assert [post.title for post in reading.posts] == ["Тест"]
    assert reading.posts[0].native_id == "https://e.kz/"
    assert "item 1: title: stripped NUL" in reading.notes
    script = json.dumps({"@type": "Article", "author": "А\ud800йгүл\0"})
    page = f"<html><script type='application/ld+json'>{script}</script><p>{'Мәтін мұнда. ' * 9}</p>"
    post = parse_article(page.encode(), url=URL, now=NOW)
    assert post.author == "Айгүл"


def test_the_limit_is_ten_megabytes() -> None:
    assert MAX_BYTES == 10 * 1024 * 1024
