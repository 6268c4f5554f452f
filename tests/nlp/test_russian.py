"""Russian lemmas: the forms of a word meet, whatever its letter case."""

from __future__ import annotations

import pytest

from nlp.russian import is_known, lemma


@pytest.mark.parametrize(
    ("forms", "wanted"),
    [
        ("выборы выборов выборам выборах", "выборы"),
        ("голосовать голосуем голосуйте голосовал", "голосовать"),
        ("кандидат кандидата кандидату кандидатами", "кандидат"),
        ("ахметов ахметова ахметову ахметовым", "ахметов"),
        ("сериков серикова сериковой серикову", "сериков"),
        ("ёлка елка ёлки елки", "елка"),
        ("нурланов нурланова нурлановым", "нурланов"),
        ("иванова иванову ивановой", "иванов"),
    ],
)
def test_forms_meet_in_one_lemma(forms: str, wanted: str) -> None:
    assert {lemma(form) for form in forms.split()} == {wanted}


def test_letter_case_changes_nothing() -> None:
    assert lemma("ВЫБОРАХ") == lemma("Выборах") == lemma("выборах")


def test_unknown_words_are_guessed_by_their_endings() -> None:
    assert not is_known("цифровизировались")
    assert lemma("цифровизировалась") == lemma("цифровизировался")


@pytest.mark.parametrize("word", ["vote", "дауысқа", "№", "ъ", "Қ"])
def test_what_is_not_russian_comes_back_lower_cased(word: str) -> None:
    assert lemma(word) == word.lower()
