"""Texts in other languages: not judged by lexicons, unless too short to tell."""

from __future__ import annotations

from collections.abc import Sequence

from core.model import Annotation, Token
from core.ports import Document
from nlp.foreign import ENOUGH_WORDS, OwnLanguages, kind_unknown


class Eager:
    name, version = "eager", "1"

    def detect(self, document: Document) -> Sequence[Annotation]:
        return (Annotation(self.name, self.version, "kind", "campaigning"),)


def document(language: str, words: int) -> Document:
    tokens = [Token(at, at + 1, "a", "a") for at in range(words)]
    text = "a" * words
    found = (Annotation("language", "1", "language", language),)
    return Document(text, text, range(words + 1), tokens, found)


def test_a_long_text_of_another_language_is_left_to_a_person() -> None:
    (found,) = kind_unknown(Eager()).detect(document("und", ENOUGH_WORDS))
    assert (found.value, found.data) == ("other", {"abstained": True})
    assert OwnLanguages(Eager()).detect(document("und", ENOUGH_WORDS)) == ()


def test_a_short_one_and_our_own_languages_are_read() -> None:
    for language, words in (("und", ENOUGH_WORDS - 1), ("kk", 50), ("mixed", 50), ("en", 50)):
        (found,) = kind_unknown(Eager()).detect(document(language, words))
        assert found.value == "campaigning"


def test_the_rule_is_in_the_version() -> None:
    assert OwnLanguages(Eager()).version != Eager.version
