"""All detectors over a text, in their order; later ones see what earlier ones found."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from typing import overload

from core.errors import DetectorError
from core.identity import digest
from core.model import Annotation, Token
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
    return Document(text, normal, origin, LaterTokens(head, analyzer))


class LaterTokens(Sequence[Token]):
    """The tokens of a text, made when one is asked for: most texts are read without."""

    def __init__(self, text: str, analyzer: Analyzer) -> None:
        self._text, self._analyzer = text, analyzer

    @cached_property
    def _made(self) -> Sequence[Token]:
        return self._analyzer.tokens(self._text)

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[Token]:
        return iter(self._made)

    @overload
    def __getitem__(self, index: int) -> Token: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Token]: ...

    def __getitem__(self, index: int | slice) -> Token | Sequence[Token]:
        return self._made[index]


class Annotators:
    """The Annotator of the house. `version` changes with any detector, its data or the analyzer.

    With `threads`, several texts are read at once; only detectors that say they are `concurrent`
    run beside each other.
    """

    def __init__(
        self, detectors: Sequence[Detector], analyzer: Analyzer, *, threads: int = 1
    ) -> None:
        self._detectors = tuple(detectors)
        self._analyzer = analyzer
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, "annotate") if threads > 1 else None
        versions = [[detector.name, detector.version] for detector in self._detectors]
        self.version = digest(["annotators-1", MAX_ANALYSED, analyzer.version, versions])[:32]

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        """One tuple of annotations a text, in the order given; equal texts are read once.

        Raises DetectorError, with the detector's name, where one of them fails.
        """
        # Longest first: with a long text last, one core reads it and the others wait.
        different = sorted(dict.fromkeys(texts), key=len, reverse=True)
        at_once = self._pool.map if self._pool is not None and len(different) > 1 else map
        found = dict(zip(different, at_once(self._read, different), strict=True))
        return [found[text] for text in texts]

    def _read(self, text: str) -> tuple[Annotation, ...]:
        with self._lock:
            document = make_document(text, self._analyzer)
        for detector in self._detectors:
            with nullcontext() if getattr(detector, "concurrent", False) else self._lock:
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
