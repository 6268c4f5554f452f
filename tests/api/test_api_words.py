"""The catalogues: complete in three languages, and complete for every value that can be shown."""

from __future__ import annotations

import re
import string
from typing import get_args

import pytest

from api.words import LANGUAGES, load_words, plural_form
from core import election, model
from core.rules import RULE_NAMES

WORDS = load_words()
VALUES = {
    "rule": RULE_NAMES,
    "facet": model.FACETS,
    "verdict": get_args(model.Verdict),
    "kind": model.KINDS,
    "signal": model.SIGNALS,
    "stance": get_args(model.Stance),
    "role": get_args(model.Role),
    "language": get_args(model.Language),
    "platform": get_args(model.Platform),
    "act": get_args(model.ActKind),
    "ruling": get_args(model.Ruling),
    "basis": election.BASES,
    "source_kind": get_args(model.SourceKind),
    "inside": ("all", "some", "none"),
    "gone": ("yes", "no"),
}


def test_the_three_catalogues_have_the_same_keys() -> None:
    keys = {language: set(WORDS.by_language[language]) for language in LANGUAGES}
    assert keys["kk"] == keys["ru"] == keys["en"]


def test_no_sentence_is_empty_and_placeholders_agree() -> None:
    for key, english in WORDS.by_language["en"].items():
        wanted = {name for _, name, _, _ in string.Formatter().parse(english) if name}
        for language in LANGUAGES:
            said = WORDS.by_language[language][key]
            assert said.strip(), (language, key)
            found = {name for _, name, _, _ in string.Formatter().parse(said) if name}
            assert found == wanted, (language, key)


def test_kazakh_and_russian_are_not_left_in_english() -> None:
    same_everywhere = {"Telegram", "SHA-256", "API", "VK", "{who}, {when}"}
    for language in ("kk", "ru"):
        for key, said in WORDS.by_language[language].items():
            if said not in same_everywhere:
                assert re.search("[а-яёәғқңөұүһі]", said, re.IGNORECASE), (language, key, said)


@pytest.mark.parametrize("group", sorted(VALUES))
def test_every_value_that_can_be_shown_has_a_name(group: str) -> None:
    for value in VALUES[group]:
        for language in LANGUAGES:
            assert f"{group}.{value}" in WORDS.by_language[language], (language, value)


def test_each_language_has_twelve_months() -> None:
    assert {len(set(WORDS.months[language])) for language in LANGUAGES} == {12}


@pytest.mark.parametrize(
    ("language", "count", "form"),
    [
        ("ru", 1, "one"), ("ru", 21, "one"), ("ru", 11, "many"), ("ru", 2, "few"),
        ("ru", 14, "many"), ("ru", 24, "few"), ("ru", 112, "many"), ("ru", 0, "many"),
        ("en", 1, "one"), ("en", 0, "many"), ("en", 21, "many"), ("kk", 1, "many"),
    ],
)  # fmt: skip
def test_numbers_take_the_form_of_their_language(language: str, count: int, form: str) -> None:
    assert plural_form(language, count) == form
