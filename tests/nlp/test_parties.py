"""Parties and the line "against all": names that are words, and what it takes to believe them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.election import Names, Party
from core.model import Annotation
from nlp.analyzer import LemmaAnalyzer
from nlp.annotate import make_document
from nlp.names import NameLinker
from tests.nlp.elections import election

CASES = Path(__file__).parent / "party_cases.tsv"
LINKER = NameLinker(election([]))


def found(text: str, linker: NameLinker = LINKER) -> dict[str, Annotation]:
    return {a.value: a for a in linker.detect(make_document(text, LemmaAnalyzer()))}


def cases(half: str) -> Iterator[tuple[set[str], str]]:
    for line in CASES.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if fields[0] == half:
            yield set(fields[1].split(",")) - {"-"}, fields[2]


@pytest.mark.parametrize(("named", "text"), list(cases("dev")))
def test_case_of_the_half_that_was_looked_at(named: set[str], text: str) -> None:
    assert set(found(text)) == named


def test_unseen_half_is_found_to_nine_tenths_with_hardly_a_false_one() -> None:
    table = [(named, set(found(text))) for named, text in cases("test")]
    hits = sum(len(named & got) for named, got in table)
    assert hits / sum(len(named) for named, _ in table) >= 0.9
    assert hits / sum(len(got) for _, got in table) >= 0.95


def test_quotes_and_the_word_party_are_surer_than_a_capital() -> None:
    assert found("«Ауыл» партиясы")["auyl"].score > found("голосую за Ауыл")["auyl"].score


def test_spans_hold_the_name_with_its_ending_in_the_original() -> None:
    text = "Біз AMA\u200bNAT-тың жағындамыз"
    (span,) = found(text)["amanat"].spans
    assert text[span.start : span.end] == "AMA\u200bNAT-тың"


def test_an_english_text_names_a_party_by_its_latin_name() -> None:
    assert set(found("I support Amanat and Respublica")) == {"amanat", "respublica"}


def test_a_latin_name_is_as_sure_in_every_process() -> None:
    """Two spellings have one key: which of them was asked first hung on the order of a set."""
    program = (
        "from tests.nlp.test_parties import found\n"
        "print(found('Студентам за Respublica даём безлимит')['respublica'].score)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2", "3", "4")
    }  # fmt: skip
    assert said == {"0.9"}


def test_a_party_of_another_country_with_a_plain_name() -> None:
    party = Party("green", Names(ru="Партия «Зелёные»", en="The Greens"), ("Зелёные",))
    linker = NameLinker(election([], [party]))
    assert set(found("за партию «Зелёные»", linker)) == {"green"}
    assert found("зелёные листья", linker) == {}


def test_against_all_needs_a_vote_in_the_neighbourhood() -> None:
    assert found("против всех") == {}
    annotation = found("На выборах голосую против всех")["against_all"]
    assert annotation.label == "against_all"
    assert annotation.spans[0].start == len("На выборах голосую ")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Law and Justice won the vote", {"pis"}),
        ("PiS won the vote", {"pis"}),
        ("he believes in law and justice", set()),
        ("the left side of the road", set()),
        ("The Left won", {"left"}),
        ("пис не выиграл выборы", set()),
        ("третий путь развития", set()),
        ("голосую за «Третий путь»", {"way"}),
    ],
)
def test_names_made_of_ordinary_words_need_their_capitals(text: str, named: set[str]) -> None:
    parties = [
        Party("pis", Names(ru="Право и справедливость", en="Law and Justice"), ("PiS",)),
        Party("left", Names(ru="Левые", en="The Left")),
        Party("way", Names(ru="Третий путь", en="Third Way")),
    ]
    assert set(found(text, NameLinker(election([], parties)))) == named


def test_auyl_at_the_beginning_of_a_latin_kazakh_text_is_a_village() -> None:
    assert found("Auyl turgyndary dauys berdi") == {}
    assert set(found("Auyl is a party of the countryside")) == {"auyl"}
