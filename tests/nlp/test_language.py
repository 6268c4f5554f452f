"""The language detector over a table of sentences, half of them unseen while rules were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import Annotation
from nlp.analyzer import LemmaAnalyzer
from nlp.annotate import make_document
from nlp.language import LanguageDetector

CASES = Path(__file__).parent / "language_cases.tsv"


def language(text: str) -> Annotation:
    (found,) = LanguageDetector().detect(make_document(text, LemmaAnalyzer()))
    return found


def cases(half: str) -> Iterator[tuple[str, str, str]]:
    for line in CASES.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if fields[0] == half:
            yield fields[1], fields[2], fields[3]


@pytest.mark.parametrize(("value", "script", "text"), list(cases("dev")))
def test_sentence_of_the_half_that_was_looked_at(value: str, script: str, text: str) -> None:
    found = language(text)
    assert found.value == value
    assert script in ("any", found.data["script"])


def test_unseen_half_is_right_in_nine_of_ten_and_scripts_too() -> None:
    found = [(value, script, language(text)) for value, script, text in cases("test")]
    right = sum(value == annotation.value for value, _, annotation in found)
    scripts = sum(script in ("any", a.data["script"]) for _, script, a in found)
    assert len(found) >= 75
    assert right / len(found) >= 0.9
    assert scripts / len(found) >= 0.95


@pytest.mark.parametrize(
    "text",
    [
        "Кандидат от партии «Ақ жол» рассказал о программе",
        "Сегодня с жителями говорил Қайрат Нұртаев",
        "Рахмет! Спасибо всем, кто пришёл",
        "#дауысбер Приходите на выборы в воскресенье",
    ],
)
def test_a_name_a_party_a_greeting_or_a_tag_does_not_make_a_russian_post_mixed(text: str) -> None:
    assert language(text).value == "ru"


def test_borrowed_nouns_do_not_make_a_kazakh_post_mixed() -> None:
    assert language("Пенсия, стипендия, кредит туралы заң қабылданды").value == "kk"


def test_two_languages_in_one_sentence_are_mixed_with_both_shares() -> None:
    found = language("Ертең сайлауға барамыз, потому что это важно для нас")
    shares = found.data["shares"]
    assert found.value == "mixed"
    assert isinstance(shares, dict)
    assert min(shares["kk"], shares["ru"]) > 0.2


def test_script_tells_kazakh_typed_without_its_letters_from_proper_spelling() -> None:
    assert language("Дауыс беремиз").data["script"] == "untyped"
    assert language("Дауыс береміз").data["script"] == "cyrillic"
    assert language("Dauys beremiz").data["script"] == "latin"


def test_little_evidence_has_a_lower_score_than_much() -> None:
    assert language("Партия").score < language("Партия не поддержала этот закон вчера").score


@pytest.mark.parametrize("text", ["", " \n", "!!!", "12 34", "\U0001f600", "\ud800"])
def test_text_without_words_is_und_and_has_no_script(text: str) -> None:
    found = language(text)
    assert (found.value, found.data["script"]) == ("und", "")
