"""Finds campaign marking and financing imprints; talk about marking is not one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.model import Annotation
from core.ports import Document
from nlp.frames import questions
from nlp.phrases import Hit, PhraseReader, Reading, spans_of

VALUES = ("financing", "marking")


class DisclosureDetector:
    """`disclosure` with value `financing` (from what fund) or `marking` (that, or who ordered)."""

    name = "disclosure.lexicon"

    def __init__(self, reader: PhraseReader) -> None:
        self._reader = reader
        self.version = f"1-{reader.version}"

    def detect(self, document: Document) -> Sequence[Annotation]:
        """At most one annotation of each value."""
        reading = self._reader.read(document)
        found = ((value, stated(reading, value, "about_marking")) for value in VALUES)
        return [
            Annotation(
                self.name,
                self.version,
                "disclosure",
                value,
                certainty(hits),
                spans_of(document, reading, hits),
            )
            for value, hits in found
            if hits
        ]


def stated(reading: Reading, role: str, talk: str) -> list[Hit]:
    """Hits of `role` outside sentences of `talk`, questions, and reported speech."""
    if not (hits := reading.of(role)):
        return []  # of most posts nothing else need be asked
    talked = reading.sentences(talk)
    asked = questions(reading)
    told = reading.sentences("report", "debunk")
    return [hit for hit in hits if hit.sentence not in talked | asked | told]


def certainty(hits: Sequence[Hit]) -> float:
    """Logistic in the sum of the best weight of each group: one phrase of weight 3 is 0.88."""
    best = {hit.group: hit.weight for hit in sorted(hits, key=lambda hit: hit.weight)}
    return round(1 / (1 + math.exp(1.0 - sum(best.values()))), 4)
