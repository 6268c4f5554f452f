"""All detectors over a text, in their order; later ones see what earlier ones found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.errors import DetectorError
from core.identity import digest
from core.model import Annotation
from core.ports import Analyzer, Detector, Document
from nlp.normalise import normalise

# A post is rarely 20,000 characters and a long article 60,000. What lies beyond is not read, and
# the `language` annotation says so ("analysed"): a page of megabytes must not hold up the rest.
MAX_ANALYSED = 200_000


def make_document(text: str, analyzer: Analyzer) -> Document:
    """A text made ready for detectors; only its first MAX_ANALYSED code points are read."""
    head = text[:MAX_ANALYSED]
    normal, origin = normalise(head)
    if len(head) < len(text):
        origin = [*origin[:-1], len(text)]
    return Document(text, normal, origin, analyzer.tokens(head))


class Annotators:
    """The Annotator of the house. `version` changes with any detector, its data or the analyzer."""

    def __init__(self, detectors: Sequence[Detector], analyzer: Analyzer) -> None:
        self._detectors = tuple(detectors)
        self._analyzer = analyzer
        versions = [[detector.name, detector.version] for detector in self._detectors]
        self.version = digest(["annotators-1", MAX_ANALYSED, analyzer.version, versions])[:32]

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        """One tuple of annotations a text, in the order given; equal texts are read once.

        Raises DetectorError, with the detector's name, where one of them fails.
        """
        found: dict[str, tuple[Annotation, ...]] = {}
        for text in texts:
            if text not in found:
                found[text] = self._read(text)
        return [found[text] for text in texts]

    def _read(self, text: str) -> tuple[Annotation, ...]:
        document = make_document(text, self._analyzer)
        for detector in self._detectors:
            new = tuple(_run(detector, document))
            document = replace(document, annotations=document.annotations + new)
        if len(text) <= MAX_ANALYSED:
            return document.annotations
        return tuple(_cut_short(annotation) for annotation in document.annotations)


def _run(detector: Detector, document: Document) -> Sequence[Annotation]:
    try:
        return detector.detect(document)
    except DetectorError:
        raise
    except Exception as error:  # whatever a detector's library throws becomes one named error
        reason = f"{type(error).__name__}: {error}"
        raise DetectorError(detector.name, detector.version, reason) from error


def _cut_short(annotation: Annotation) -> Annotation:
    if annotation.label != "language":
        return annotation
    return replace(annotation, data={**annotation.data, "analysed": MAX_ANALYSED})
