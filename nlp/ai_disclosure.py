"""Finds a visible notice that content is generated; talk about generated content is not one."""

from __future__ import annotations

from collections.abc import Sequence

from core.model import Annotation
from core.ports import Document
from nlp.disclosure import certainty, stated
from nlp.phrases import PhraseReader, spans_of


class AiDisclosureDetector:
    """`ai_disclosure` with value `notice` and the words of the notice."""

    name = "ai_disclosure.lexicon"

    def __init__(self, reader: PhraseReader) -> None:
        self._reader = reader
        self.version = f"1-{reader.version}"

    def detect(self, document: Document) -> Sequence[Annotation]:
        """One annotation, or none."""
        reading = self._reader.read(document)
        hits = stated(reading, "ai_notice", "about_ai")
        if not hits:
            return []
        return [
            Annotation(
                self.name,
                self.version,
                "ai_disclosure",
                "notice",
                certainty(hits),
                spans_of(document, reading, hits),
            )
        ]
