"""Rows to what the network reads: token ids, labels, and where the targets stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerFast

from core.model import KINDS, SIGNALS, TONES, WITH_STANCE
from core.ports import Document
from nlp.classifier.text import Reading, reading_of
from nlp.classifier.tokenizer import read_tokens, tokens_within
from nlp.language import LanguageDetector
from nlp.normalise import normalise
from nlp.training.rows import STANCES, Row

NOT_LABELLED = -100  # what torch's cross entropy passes over
_languages = LanguageDetector()


@dataclass(frozen=True, slots=True)
class Example:
    """One row as numbers. `signals` and `stance` hold 0, 1 or -1 where nothing is known.

    `spans`: for each target (first token, one past its last, index in TONES).
    """

    ids: Sequence[int]
    kind: int
    signals: Sequence[float]
    stance: Sequence[float]
    spans: Sequence[tuple[int, int, int]]
    not_campaigning: bool


def read_text(text: str) -> Reading:
    """A text as the classifier reads it in the service, without the other detectors."""
    normal, origin = normalise(text)
    document = Document(text, normal, origin, ())
    found = tuple(_languages.detect(document))
    return reading_of(Document(text, normal, origin, (), found))


def example_of(row: Row, tokenizer: PreTrainedTokenizerFast) -> Example:
    """The row as the network wants it."""
    reading = read_text(row.text)
    ids, offsets = read_tokens(tokenizer, reading.text)
    spans = []
    for target in row.targets:
        first, last = tokens_within(offsets, *reading.place(target.start, target.end))
        if first < last:
            spans.append((first, last, TONES.index(target.tone)))
    return Example(
        ids=ids,
        kind=KINDS.index(row.kind) if row.kind in KINDS else NOT_LABELLED,
        signals=[float(s in row.signals) if s in row.known else -1.0 for s in SIGNALS],
        stance=[_stance(row, name) for name in WITH_STANCE],
        spans=spans,
        not_campaigning=row.not_campaigning,
    )


def batches(lengths: Sequence[int], tokens: int, order: Sequence[int]) -> Iterator[list[int]]:
    """Indices in batches of like length, at most `tokens` after padding, in a given disorder."""
    pool = 512
    for start in range(0, len(order), pool):
        some = sorted(order[start : start + pool], key=lambda index: lengths[index])
        yield from _disordered(_packed(some, lengths, tokens), order)


def _packed(some: Iterable[int], lengths: Sequence[int], tokens: int) -> list[list[int]]:
    packed: list[list[int]] = [[]]
    for index in some:
        if packed[-1] and lengths[index] * (len(packed[-1]) + 1) > tokens:
            packed.append([])
        packed[-1].append(index)
    return packed


def _disordered(packed: list[list[int]], order: Sequence[int]) -> list[list[int]]:
    """Short and long batches mixed, by the place that chance gave their first row."""
    place = {index: number for number, index in enumerate(order)}
    return sorted((batch for batch in packed if batch), key=lambda batch: place[batch[0]])


def _stance(row: Row, name: str) -> float:
    return float(STANCES.index(row.stance[name])) if name in row.stance else -1.0
