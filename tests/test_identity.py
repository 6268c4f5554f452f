"""Who is who: one normal form of a URL, one id, one order, one text for one value."""

from __future__ import annotations

import json
import re
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.identity import (
    POST_ID_LENGTH,
    SEQUENCE_BITS,
    canonical_json,
    digest,
    normalise_url,
    portable_text,
    post_id,
    sort_key,
    text_hash,
)

# --- URLs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://a.kz", "https://a.kz/"),
        ("HTTPS://A.KZ./News/", "https://a.kz/News/"),
        ("http://a.kz:80/", "http://a.kz/"),
        ("https://a.kz:443/", "https://a.kz/"),
        ("https://a.kz:8443/", "https://a.kz:8443/"),
        ("http://a.kz:443/", "http://a.kz:443/"),
        ("  https://a.kz/x\n", "https://a.kz/x"),
        ("https://user:word@a.kz/", "https://a.kz/"),
        ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]/"),
        ("https://a.kz/x#comments", "https://a.kz/x"),
        # dot segments, written out or percent-encoded
        ("https://a.kz/a/./b/../c", "https://a.kz/a/c"),
        ("https://a.kz/a/b/..", "https://a.kz/a/"),
        ("https://a.kz/a/.", "https://a.kz/a/"),
        ("https://a.kz/../..", "https://a.kz/"),
        ("https://a.kz/a/%2e%2E/b", "https://a.kz/b"),
        # percent-encoding
        ("https://a.kz/%7euser/%41", "https://a.kz/~user/A"),
        ("https://a.kz/сайлау", "https://a.kz/%D1%81%D0%B0%D0%B9%D0%BB%D0%B0%D1%83"),
        ("https://a.kz/%d1%81", "https://a.kz/%D1%81"),
        ("https://a.kz/a%2Fb", "https://a.kz/a%2Fb"),
        ("https://a.kz/a b", "https://a.kz/a%20b"),
        ("https://a.kz/%FF", "https://a.kz/%FF"),
        ("https://a.kz//x", "https://a.kz//x"),
        # .қаз is a domain of the country
        ("https://қаз.қаз/", "https://xn--80ao21a.xn--80ao21a/"),
        # parameters: sorted, those that only track are dropped
        ("https://a.kz/?b=2&a=1", "https://a.kz/?a=1&b=2"),
        ("https://a.kz/?utm_source=t&UTM_Medium=x&fbclid=1&id=7&ysclid=2", "https://a.kz/?id=7"),
        ("https://a.kz/?utm_source=t", "https://a.kz/"),
        ("https://a.kz/?q=a+b&r=a%20b", "https://a.kz/?q=a+b&r=a+b"),
        ("https://a.kz/?a=2&a=1", "https://a.kz/?a=1&a=2"),
        ("https://a.kz/?a=&b", "https://a.kz/?a=&b="),
    ],
)
def test_a_url_has_one_normal_form(url: str, normal: str) -> None:
    assert normalise_url(url) == normal
    assert normalise_url(normal) == normal


def test_two_words_in_windows_1251_stay_two_addresses() -> None:
    one, other = "https://a.kz/?q=%E2%FB%E1%EE%F0%FB", "https://a.kz/?q=%E3%EE%EB%EE%F1"
    assert normalise_url(one) == one
    assert normalise_url(other) == other


def test_paths_that_only_differ_in_case_are_two_addresses() -> None:
    assert normalise_url("https://a.kz/News") != normalise_url("https://a.kz/news")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.kz/news",
        "//a.kz/news",
        "/news",
        "ftp://a.kz/",
        "file:///etc/passwd",
        "mailto:a@a.kz",
        "javascript:alert(1)",
        "https://",
        "https:///news",
        "https://./",
        "https://a.kz:99999/",
        "https://a.kz:port/",
        "http://[::1",
        "https://қ..қаз/",
        "https://" + "қ" * 70 + ".kz/",
    ],
)
def test_what_is_no_address_of_the_web_is_refused_and_named(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        normalise_url(url)
    assert refused.value.where == url


_PIECES = (
    "a %41 %2e .. . / // %2F % %zz ? & = + # ; қ %D2%9B %FF %20 utm_source=1 \ud800 \0 b=1 ~ : @"
)
PIECES = st.lists(st.sampled_from([*_PIECES.split(" "), " "]), max_size=12).map("".join)


@given(PIECES)
@example("/%2e%2e/..")
@example("/%252e%252e/")
def test_the_normal_form_is_its_own_normal_form(rest: str) -> None:
    with suppress(InvalidInput):
        normal = normalise_url(f"https://a.kz{rest}")
        assert normalise_url(normal) == normal
        assert normal.isascii()


@given(st.text())
def test_any_text_has_a_normal_form_or_is_invalid_input(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.kz/{text}"):
        with suppress(InvalidInput):
            normalise_url(url)


# --- ids -----------------------------------------------------------------------------------------


def test_a_post_id_is_the_same_everywhere_and_for_ever() -> None:
    # Written out: a change here makes every stored post a stranger.
    assert post_id("telegram", "dala/1") == "8111a0eef2f63ec2fb1aa45c67f51f98"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_post_id_has_one_length_and_hex_digits_only(native: str) -> None:
    assert re.fullmatch(rf"[0-9a-f]{{{POST_ID_LENGTH}}}", post_id("web", native))


def test_platform_and_native_id_do_not_run_into_each_other() -> None:
    assert post_id("web", "x") != post_id("we", "bx")
    assert post_id("vk", "1_1") != post_id("telegram", "1_1")


# --- order ---------------------------------------------------------------------------------------

SECONDS = st.integers(0, (1 << 43) - 1)
SEQUENCES = st.integers(0, (1 << SEQUENCE_BITS) - 1)


@given(SECONDS, SEQUENCES, SECONDS, SEQUENCES)
def test_keys_order_by_second_then_by_sequence(a: int, m: int, b: int, n: int) -> None:
    assert (sort_key(a, m) < sort_key(b, n)) == ((a, m) < (b, n))


@given(st.integers(), st.integers(0))
def test_every_key_fits_a_signed_64_bit_integer(seconds: int, sequence: int) -> None:
    assert 0 <= sort_key(seconds, sequence) < 1 << 63


def test_a_time_before_1970_orders_as_1970_and_a_long_sequence_keeps_its_low_bits() -> None:
    assert sort_key(-5, 3) == 3
    assert sort_key(1, (1 << SEQUENCE_BITS) + 7) == sort_key(1, 7)


# --- canonical JSON ------------------------------------------------------------------------------

TEXTS = st.text(alphabet=st.characters(codec="utf-8"))
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=12,
)


@given(JSON)
def test_canonical_json_is_the_same_value_in_one_spelling(value: object) -> None:
    text = canonical_json(value)  # type: ignore[arg-type]
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


def test_canonical_json_sorts_keys_and_keeps_letters() -> None:
    assert canonical_json({"ә": [1, 2.5, None], "a": "ж"}) == '{"a":"ж","ә":[1,2.5,null]}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_a_text_hash_is_sha_256_of_utf_8() -> None:
    assert text_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert text_hash("ә") != text_hash("э")


# --- text that every store can hold --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept", "notes"),
    [
        ("сайлау 😀", "сайлау 😀", ()),
        ("a\0b", "ab", ("stripped NUL",)),
        ("a\ud83db", "ab", ("stripped lone surrogates",)),
        ("\udc00", "", ("stripped lone surrogates",)),
        ("a\0\udfff", "a", ("stripped NUL", "stripped lone surrogates")),
        # two halves that belong together are one character after all
        ("\ud83d\ude00", "😀", ("stripped lone surrogates",)),
    ],
)
def test_only_what_no_store_can_hold_is_stripped_and_said(
    text: str, kept: str, notes: tuple[str, ...]
) -> None:
    assert portable_text(text) == (kept, notes)


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_comes_can_be_stored_and_nothing_else_is_lost(text: str) -> None:
    kept, notes = portable_text(text)
    kept.encode()
    assert "\0" not in kept
    plain = [one for one in text if one != "\0" and not "\ud800" <= one <= "\udfff"]
    assert [one for one in kept if one in plain] == [one for one in plain if one in kept]
    assert set(plain) <= set(kept)
    assert bool(notes) == (kept != text)
