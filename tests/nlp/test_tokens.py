"""Tokens: where words are, what belongs to them and what is none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.tokens import link_key, raw_tokens


def texts(normal: str) -> list[str]:
    return [token.text for token in raw_tokens(normal)]


@pytest.mark.parametrize(
    ("normal", "words"),
    [
        ("Дауыс бер!", ["Дауыс", "бер"]),
        ("социал-демократ из-за", ["социал", "демократ", "из", "за"]),
        ("AMANAT-тың «Ауыл»дың “Ақ жол”-ға", ["AMANAT", "Ауыл", "Ақ", "жол"]),
        ("Ахметов'тың Серік’ке Serikov's", ["Ахметов", "Серік", "Serikov"]),
        ("don't O'zbek qazaq'tyn", ["don't", "O'zbek", "qazaq"]),
        ("10-шы 5-го 2023жылы 11-інші 100%-ға", ["10", "5", "2023", "жылы", "11", "100"]),
        ("19.03.2023 1 000 000", ["19", "03", "2023", "1", "000", "000"]),
        ("#дауысбер #ауыл_партиясы", ["дауысбер", "ауыл", "партиясы"]),
        ("@aqjol_party, келіңіз", ["aqjol_party", "келіңіз"]),
        ("(https://t.me/x/5?a=b).", ["https://t.me/x/5?a=b"]),
        ("www.site.kz/page, a.b@site.kz", ["www.site.kz/page", "a.b@site.kz"]),
        ("tengrinews.kz", ["tengrinews", "kz"]),
        ("😀 👍🏽 🇰🇿 !!! ...", []),
        ("کلمه 中文", ["کلمه", "中文"]),
    ],
)
def test_words_of_a_text(normal: str, words: list[str]) -> None:
    assert texts(normal) == words


def test_an_ending_behind_a_hyphen_or_a_quote_belongs_to_the_span_of_its_word() -> None:
    (token,) = raw_tokens("«Ауыл»дың")
    assert (token.start, token.end, token.text) == (1, 9, "Ауыл")


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("https://www.Site.kz/A/", "site.kz/a"),
        ("t.me/x/5", "t.me/x/5"),
        ("HTTP://a.kz", "a.kz"),
        ("https://", "https://"),
    ],
)
def test_links_compare_without_scheme_and_www(link: str, key: str) -> None:
    assert link_key(link) == key


@given(st.text(max_size=80))
def test_tokens_are_in_order_not_empty_and_do_not_overlap(text: str) -> None:
    end = 0
    for token in raw_tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert token.text
        end = token.end


@pytest.mark.parametrize("unit", ["......", "a@", "http://", "«»-'", "а-а-", "@@@@", "w.w."])
def test_walls_of_signs_are_read_in_linear_time(unit: str) -> None:
    start = time.perf_counter()
    list(raw_tokens(unit * (100_000 // len(unit)) + " @ /"))
    assert time.perf_counter() - start < 5
