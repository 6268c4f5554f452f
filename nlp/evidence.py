"""Hits of the lexicons beside the model's opinion: words a reviewer can point at.

The lexicon detectors are asked about texts that somebody will look at, campaigning or with a
signal, and what they find for the same decision stands as `lexicon`, never as a second opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.identity import digest
from core.model import Annotation
from core.ports import Detector, Document


@dataclass(frozen=True, slots=True)
class LexiconEvidence(Detector):
    """`lexicon` annotations for what these detectors found and the classifier decided as well."""

    detectors: tuple[Detector, ...]

    @property
    def name(self) -> str:  # type: ignore[override]
        """What it is."""
        return "lexicon"

    @property
    def version(self) -> str:  # type: ignore[override]
        """Changes with any detector behind it."""
        return "1-" + digest([one.version for one in self.detectors])[:12]

    def detect(self, document: Document) -> Sequence[Annotation]:
        """The supporting hits; nothing where nothing was decided."""
        decided = {
            (one.label, one.value)
            for one in document.annotations
            if one.label == "signal" or (one.label == "kind" and one.value == "campaigning")
        }
        if not decided:
            return []
        found = [hit for one in self.detectors for hit in one.detect(document)]
        return [
            Annotation(
                self.name, self.version, "lexicon", one.value, one.score, one.spans,
                {"supports": one.label},
            )
            for one in found
            if (one.label, one.value) in decided and one.spans
        ]  # fmt: skip
