"""The detector over a trained model: kind, signals, and the tone towards everybody named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from core.identity import Json
from core.model import KINDS, SIGNALS, TONES, WITH_STANCE, Annotation, Signal, Span, Stance
from core.ports import Document
from nlp.classifier.explain import Stretch, carriers
from nlp.classifier.model import Scores, TextModel
from nlp.classifier.passages import read_passages
from nlp.classifier.text import Reading, reading_of

# More names than this in one text are a list of candidates, and have no tone.
MOST_TARGETS = 16
_NAMED = ("candidate", "party", "against_all")


class ClassifierDetector:
    """One `kind`, a `signal` for each that is there, a `tone` for each name found before.

    Passages around a name are read by themselves where the whole neither campaigns nor surely
    does not.

    With `explain`, campaigning and signals name the sentences that carried them: one more run of
    the model a sentence, for these texts alone. Runs outside of the annotator's lock.
    """

    name = "classifier"
    concurrent: Literal[True] = True

    def __init__(self, model: TextModel, *, explain: bool) -> None:
        self._model = model
        self._explain = explain
        self.version = f"4-{model.version}{'-explained' if explain else ''}"

    def detect(self, document: Document) -> Sequence[Annotation]:
        """Exactly one kind, whatever the text; a text without a letter is left to a person."""
        reading = reading_of(document)
        named = [one for one in document.annotations if one.label in _NAMED and one.spans]
        named = named[:MOST_TARGETS]
        places = [(one.spans[0].start, one.spans[0].end) for one in named]
        scores, passage = read_passages(self._model, reading, places)
        best = scores.best
        found = enumerate(scores.signals or ())
        there = self._model.calibration.is_there
        signals = [(n, score) for n, score in found if there(n, score)]
        spans = (
            self._carriers(reading, scores, best, passage, [n for n, _ in signals])
            if self._explain else {}
        )  # fmt: skip
        return [
            self._kind(document, scores, best, spans.get(("kind", best), ())),
            *(self._signal(scores, n, score, spans.get(("signal", n), ())) for n, score in signals),
            *self._tones(named, scores),
        ]

    def _kind(
        self, document: Document, scores: Scores, best: int, spans: tuple[Span, ...]
    ) -> Annotation:
        score = scores.kind[best]
        wordless = not any(character.isalnum() for character in document.normal)
        abstained = wordless or self._model.calibration.abstains(score)
        data: dict[str, Json] = {"abstained": abstained}
        if document.text[scores.read_to :].strip():
            data["read_to"] = scores.read_to
        return self._annotation("kind", KINDS[best], score, spans, data)

    def _signal(
        self, scores: Scores, number: int, score: float, spans: tuple[Span, ...]
    ) -> Annotation:
        name = SIGNALS[number]
        stance = self._stance(scores, name)
        data: dict[str, Json] = {"stance": stance} if stance else {}
        return self._annotation("signal", name, score, spans, data)

    def _stance(self, scores: Scores, name: Signal) -> Stance | None:
        if scores.stance is None or name not in WITH_STANCE:
            return None
        return self._model.calibration.stance(scores.stance[WITH_STANCE.index(name)])

    def _tones(self, named: Sequence[Annotation], scores: Scores) -> Iterator[Annotation]:
        for one, shares in zip(named, scores.tones, strict=True):
            if shares is not None:
                best = max(range(len(TONES)), key=lambda number: shares[number])
                target: list[Json] = [one.label, one.value]
                data: dict[str, Json] = {"target": target}
                yield self._annotation("tone", TONES[best], shares[best], one.spans[:1], data)

    def _carriers(
        self,
        reading: Reading,
        scores: Scores,
        best: int,
        passage: Stretch | None,
        signals: Sequence[int],
    ) -> dict[tuple[str, int], tuple[Span, ...]]:
        """A passage that campaigns by itself carries the kind."""
        decisions = [("signal", number) for number in signals]
        known: dict[tuple[str, int], tuple[Span, ...]] = {}
        if passage is not None:
            known["kind", best] = (_span(reading, passage),)
        elif KINDS[best] == "campaigning":
            decisions.insert(0, ("kind", best))
        if not decisions:
            return known

        def ask(part: Reading) -> list[float]:
            return _chosen(self._model.scores(part), decisions)

        found = carriers(reading, _chosen(scores, decisions), ask)
        return known | {
            decision: tuple(_span(reading, stretch) for stretch in stretches)
            for decision, stretches in zip(decisions, found, strict=True)
        }

    def _annotation(
        self, label: str, value: str, score: float, spans: tuple[Span, ...], data: dict[str, Json]
    ) -> Annotation:
        return Annotation(self.name, self.version, label, value, round(score, 4), spans, data)


def _chosen(scores: Scores, decisions: Sequence[tuple[str, int]]) -> list[float]:
    signals = scores.signals or ()
    return [scores.kind[n] if label == "kind" else signals[n] for label, n in decisions]


def _span(reading: Reading, stretch: Stretch) -> Span:
    return Span(reading.origin[stretch[0]], reading.origin[stretch[1] - 1] + 1)
