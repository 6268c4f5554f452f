"""The Kazakh stemmer over a table of forms: what must meet, and what must not."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.kazakh import analyse, fold, stem

LINES = (Path(__file__).parent / "kazakh_stems.txt").read_text(encoding="utf-8").splitlines()
GROUPS = [line.split() for line in LINES if not line.startswith("#")]
LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі"


@pytest.mark.parametrize("forms", GROUPS, ids=lambda forms: forms[0])
def test_forms_of_one_word_have_one_stem(forms: list[str]) -> None:
    assert {form: stem(form) for form in forms} == dict.fromkeys(forms, stem(forms[0]))


def test_table_is_long_enough_and_its_words_stay_apart() -> None:
    assert sum(len(forms) for forms in GROUPS) >= 150
    for one, other in combinations(GROUPS, 2):
        assert stem(one[0]) != stem(other[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("бала", "бал"), ("ел", "елу"), ("сайлау", "сайлаушы"), ("ата", "ат"), ("әке", "әкел"),
        ("жас", "жаса"), ("қол", "қолда"), ("қала", "қалам"), ("жаз", "жаза"), ("бас", "баста"),
        ("ал", "алма"), ("сана", "сан"), ("жүр", "жүрек"), ("көз", "көзқарас"),
    ],
)  # fmt: skip
def test_near_misses_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("typed", "untyped"),
    [
        ("дауыс береміз", "дауыс беремиз"), ("үміткерлердің", "умиткерлердин"),
        ("көшеге", "кошеге"),
        ("қоғамдық", "когамдык"), ("өңірлерде", "онирлерде"), ("жаңалықтар", "жаналыктар"),
    ],
)  # fmt: skip
def test_a_text_typed_without_its_letters_has_the_same_stems(typed: str, untyped: str) -> None:
    pairs = zip(typed.split(), untyped.split(), strict=True)
    assert all(stem(one) == stem(other) for one, other in pairs)


@pytest.mark.parametrize("word", ["беремиз", "сайлауга", "умиткер", "халыкка"])
def test_a_word_that_lacks_its_letters_is_said_to_be_untyped(word: str) -> None:
    assert analyse(word).untyped


@pytest.mark.parametrize("word", ["бала", "барады", "береміз", "сайлауда", "дауыс", "адамдар"])
def test_proper_spelling_is_never_said_to_be_untyped(word: str) -> None:
    assert not analyse(word).untyped


@pytest.mark.parametrize(
    "forms",
    [
        "асхат асхатқа асхаттың асхатты асхатпен асхаттан",
        "тоқаев тоқаевтың тоқаевқа тоқаевке тоқаевты",
        "гүлнар гүлнарға гүлнардың гүлнарды",
        "митинг митингке митингтер митингі",
    ],
)
def test_words_outside_the_list_of_roots_lose_safe_endings(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


def test_verbal_nouns_share_the_stem_of_the_verb_and_cities_in_u_do_not_lose_it() -> None:
    assert stem("дауыс") == "дауыс"
    assert stem("беру") == "бер"
    assert stem("Атырауда") == "атырау"


@given(st.text(alphabet=LETTERS, min_size=1, max_size=20))
def test_a_stem_is_never_empty_and_never_longer_than_the_word(word: str) -> None:
    assert 0 < len(stem(word)) <= max(len(word), len(fold(word)))


@given(st.text(alphabet=LETTERS, min_size=1, max_size=20))
def test_letter_case_changes_nothing(word: str) -> None:
    assert stem(word.upper()) == stem(word)
