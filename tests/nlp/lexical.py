"""What the tests of the lexicon detectors share: compiled lexicons, documents, labelled posts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.lexicons import load_lexicons
from core.lexicon import VotingFacts
from core.model import Annotation, Span
from core.ports import Document
from nlp.kind import KindDetector
from nlp.normalise import normalise
from nlp.phrases import PhraseReader
from nlp.signals import SignalDetector

DATA = Path(__file__).parent / "data"
VOTING = VotingFacts(date(2023, 3, 19), time(7), time(20))
# Stands for the detector of names: the parties of the posts, and what is not their name beside.
_PARTY = re.compile(
    r"(AMANAT|Amanat|АМАНАТ|Аманат|Respublica|Байтақ|Байтак|«Ауыл»|Ауыл(?= (партия|—))|"
    r"(?<=партии )Ауыл|за Ауыл|«?А[қк] жол»?|НПК|ОСДП|ЖСДП|Народн\w+ парти\w+ Казахстана|"
    r"Auyl(?=,| \d))\w*"
)


@lru_cache(maxsize=1)
def reader() -> PhraseReader:
    """The shipped lexicons, compiled once for all tests."""
    return PhraseReader(load_lexicons())


def document(text: str) -> Document:
    """A text as the lexicon detectors get it, with its parties annotated."""
    normal, origin = normalise(text)
    spans = tuple(Span(found.start(), found.end()) for found in _PARTY.finditer(text))
    named = (Annotation("names", "1", "party", "some", 1.0, spans),) if spans else ()
    return Document(text, normal, origin, (), named)


def kind(text: str) -> Annotation:
    (found,) = KindDetector(reader()).detect(document(text))
    return found


def signals(text: str) -> dict[str, Annotation]:
    found = SignalDetector(reader(), VOTING).detect(document(text))
    return {annotation.value: annotation for annotation in found}


@dataclass(frozen=True)
class Labelled:
    """One post of the labelled sets."""

    id: str
    text: str
    lang: str
    kind: str
    signals: frozenset[str]
    stance: dict[str, str]


def posts(part: str) -> list[Labelled]:
    """The posts of `dev` or `heldout`."""
    lines = (DATA / f"posts_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [
        Labelled(
            row["id"], row["text"], row["lang"], row["kind"],
            frozenset(row["signals"]), row["stance"],
        )
        for row in rows
    ]  # fmt: skip


def f1(right: int, wrong: int, missed: int) -> float:
    """F1 from counts; 1.0 where there was nothing to find and nothing was found."""
    return 1.0 if right + wrong + missed == 0 else 2 * right / (2 * right + wrong + missed)
