"""Lexicons speak Kazakh, Russian and English; a text in another language is not theirs to judge.

Short texts are left to them all the same: a line of five words may be Kazakh in a spelling that
nobody counted. Real German and Spanish articles without this: 12 of 69 had a signal "found", by
words that mean something in Kazakh written in Latin letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.model import Annotation
from core.ports import Detector, Document

# Words from which on the language detector's "none of ours" is believed.
ENOUGH_WORDS = 12


@dataclass(frozen=True, slots=True)
class OwnLanguages(Detector):
    """A detector that says `otherwise` of texts in other languages."""

    detector: Detector
    otherwise: tuple[Annotation, ...] = ()

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the detector behind it."""
        return self.detector.name

    @property
    def version(self) -> str:  # type: ignore[override]
        """Its version, and that of this rule."""
        return f"{self.detector.version}-own1"

    @property
    def concurrent(self) -> bool:
        """Whether the detector behind it may run beside itself."""
        return bool(getattr(self.detector, "concurrent", False))

    def detect(self, document: Document) -> Sequence[Annotation]:
        """What the detector finds, or `otherwise`."""
        return self.otherwise if is_foreign(document) else self.detector.detect(document)


def kind_unknown(detector: Detector) -> OwnLanguages:
    """A kind detector that abstains on texts in other languages."""
    otherwise = Annotation(
        detector.name, detector.version, "kind", "other", 0.5, (), {"abstained": True}
    )
    return OwnLanguages(detector, (otherwise,))


def is_foreign(document: Document) -> bool:
    """True for a text long enough to tell whose language is none of ours."""
    languages = [one.value for one in document.annotations if one.label == "language"]
    return languages == ["und"] and len(document.tokens) >= ENOUGH_WORDS
