"""Detectors in a row: order, memory, errors with a name, and texts without measure."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from core.errors import DetectorError
from core.model import Annotation
from core.ports import Document
from nlp.analyzer import LemmaAnalyzer
from nlp.annotate import MAX_ANALYSED, Annotators, make_document
from nlp.language import LanguageDetector
from nlp.names import NameLinker
from tests.nlp.elections import election, register


class Counting:
    """Says how many annotations it was shown, and counts how often it was asked."""

    def __init__(self, name: str, version: str = "1") -> None:
        self.name, self.version, self.asked = name, version, 0

    def detect(self, document: Document) -> Sequence[Annotation]:
        self.asked += 1
        seen = str(len(document.annotations))
        return [Annotation(self.name, self.version, "seen", seen)]


class Failing:
    name, version = "failing", "7"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def detect(self, document: Document) -> Sequence[Annotation]:
        raise self._error


def annotators(*detectors: Counting | Failing | LanguageDetector) -> Annotators:
    return Annotators(detectors, LemmaAnalyzer())


def test_later_detectors_see_what_earlier_ones_found() -> None:
    (found,) = annotators(Counting("a"), Counting("b"), Counting("c")).annotate(["x"])
    assert [(a.detector, a.value) for a in found] == [("a", "0"), ("b", "1"), ("c", "2")]


def test_equal_texts_are_read_once_and_order_is_kept() -> None:
    detector = Counting("a")
    found = annotators(detector).annotate(["x", "y", "x", "x"])
    assert len(found) == 4
    assert detector.asked == 2


def test_version_changes_with_a_detector_its_version_and_the_order() -> None:
    versions = {
        annotators(Counting("a"), Counting("b")).version,
        annotators(Counting("b"), Counting("a")).version,
        annotators(Counting("a", "2"), Counting("b")).version,
        annotators(Counting("a")).version,
    }
    assert len(versions) == 4
    assert annotators(Counting("a")).version == annotators(Counting("a")).version


def test_a_foreign_error_becomes_one_that_names_the_detector() -> None:
    with pytest.raises(DetectorError, match="failing 7: ValueError: odd") as caught:
        annotators(Failing(ValueError("odd"))).annotate(["x"])
    assert caught.value.detector == "failing"


def test_a_detector_error_passes_as_it_is() -> None:
    with pytest.raises(DetectorError, match="inner 1: why"):
        annotators(Failing(DetectorError("inner", "1", "why"))).annotate(["x"])


def test_a_megabyte_is_read_up_to_the_limit_and_says_so() -> None:
    text = "Голосуйте на выборах! " * 50_000
    document = make_document(text, LemmaAnalyzer())
    assert len(document.normal) == MAX_ANALYSED
    assert document.origin[-1] == len(text)
    assert max(token.end for token in document.tokens) <= MAX_ANALYSED
    ((found,),) = annotators(LanguageDetector()).annotate([text])
    assert found.value == "ru"
    assert found.data["analysed"] == MAX_ANALYSED


def test_a_text_within_the_limit_has_no_such_note() -> None:
    ((found,),) = annotators(LanguageDetector()).annotate(["Голосуйте"])
    assert "analysed" not in found.data


@pytest.mark.parametrize(
    "unit",
    [
        "«Ауыл» ",
        "Auyl. ",
        "Ким 5% ",
        "Сериков А.Б. ",
        "Асхат Нұрланұлы ",
        "барлық а",
        "@a ",
        "Иванова-",
    ],
)
def test_a_wall_of_one_word_is_read_in_seconds(unit: str) -> None:
    linker = NameLinker(election(register()))
    text = unit * (60_000 // len(unit))
    start = time.perf_counter()
    Annotators([LanguageDetector(), linker], LemmaAnalyzer()).annotate([text])
    assert time.perf_counter() - start < 10


def test_no_texts_give_no_answers() -> None:
    assert annotators(Counting("a")).annotate([]) == []
