"""The analyzer: a query finds a text when a lemma of theirs is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.analyzer import LemmaAnalyzer

ANALYZER = LemmaAnalyzer()


def finds(query: str, text: str) -> bool:
    """Every word of the query matches some word of the text in either language."""
    tokens = ANALYZER.tokens(text)
    return all(
        any(word.lemma_kk == token.lemma_kk or word.lemma_ru == token.lemma_ru for token in tokens)
        for word in ANALYZER.tokens(query)
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("дауыс беру", "Бізге дауыс беріңіздер!"),
        ("дауыс береміз", "Дауыс беремиз"),
        ("дауыс береміз", "Daýys beremiz"),
        ("dauys", "дауысымызды"),
        ("сайлау", "Сайлауда болған оқиға"),
        ("голосовать", "Голосуйте за него"),
        ("выборы", "на выборах"),
        ("партия", "«Ауыл» партиясына"),
        ("аманат", "AMANAT-тың съезі"),
        ("AMANAT", "Аманат партиясы"),
        ("кандидат", "кандидаттарға арналған"),
        ("кандидат", "кандидатами"),
        ("Сериков", "за Серикова Асхата"),
        ("Сериков", "Сериковке"),
        ("елка", "Ёлку привезли"),
        ("vote", "He votes"),
        ("party", "two parties"),
        ("2023", "19.03.2023-те"),
        ("дауысбер", "#дауысбер"),
        ("@aqjol", "жазыңыз: @aqjol"),
        ("t.me/x/5", "https://t.me/x/5"),
        ("голос", "гo\u200bлoc"),
        ("5", "5-го числа"),
    ],
)
def test_a_query_finds_the_text(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("правда", "права человека"),
        ("бала", "бал жедік"),
        ("сайлаушы", "сайлау күні"),
        ("год", "гора"),
        ("елу", "елде"),
        ("команда", "комар"),
    ],
)
def test_a_query_does_not_find_another_word(query: str, text: str) -> None:
    assert not any(
        word.lemma_kk == token.lemma_kk
        for word in ANALYZER.tokens(query)
        for token in ANALYZER.tokens(text)
    )


def test_a_lemma_does_not_depend_on_the_neighbours() -> None:
    alone = ANALYZER.tokens("Серикова")[0]
    inside = ANALYZER.tokens("Вчера видели Серикова в школе")[2]
    assert (alone.lemma_kk, alone.lemma_ru) == (inside.lemma_kk, inside.lemma_ru)


def test_offsets_are_of_the_text_as_it_was_written() -> None:
    text = "За\u200b го\u00adлос: «Ауыл»дың!"
    words = [text[token.start : token.end] for token in ANALYZER.tokens(text)]
    assert words == ["За", "го\u00adлос", "Ауыл»дың"]


def test_emoji_and_signs_make_no_token() -> None:
    assert list(ANALYZER.tokens("😀 !!! — … №")) == []


@given(st.text(max_size=60))
def test_any_text_gives_ordered_tokens_with_both_lemmas(text: str) -> None:
    end = 0
    for token in ANALYZER.tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert token.lemma_kk
        assert token.lemma_ru
        assert token.lemma_kk == token.lemma_kk.lower()
        assert token.lemma_ru == token.lemma_ru.lower()
        end = token.end
