"""`baqylau classify`: the detectors over texts from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from core.errors import DetectorError, InvalidRecord
from core.identity import portable_text
from core.model import Annotation
from core.ports import Annotator
from monitor.lines import Numbered, Record, field


@dataclass(frozen=True, slots=True)
class Classifier:
    """Answers lines of `baqylau classify`."""

    annotator: Annotator

    def answers(self, lines: Sequence[Numbered]) -> list[Record | InvalidRecord]:
        """Labels of each line's text, or InvalidRecord where there is none or it cannot be read."""
        texts = [_text_of(number, record) for number, record in lines]
        readable = [
            (number, text)
            for (number, _), text in zip(lines, texts, strict=True)
            if isinstance(text, str)
        ]
        found = iter(self._annotations(readable))
        answers: list[Record | InvalidRecord] = []
        for (_, record), text in zip(lines, texts, strict=True):
            one = text if isinstance(text, InvalidRecord) else next(found)
            answers.append(one if isinstance(one, InvalidRecord) else _labels(record, one))
        return answers

    def _annotations(
        self, texts: Sequence[tuple[int, str]]
    ) -> Sequence[tuple[Annotation, ...] | InvalidRecord]:
        """One text that a detector fails on does not take the others with it."""
        try:
            return self.annotator.annotate([text for _, text in texts])
        except DetectorError as error:
            if len(texts) == 1:
                return [InvalidRecord(f"line {texts[0][0]}", str(error))]
            return [one for text in texts for one in self._annotations([text])]


def _text_of(number: int, record: Record) -> str | InvalidRecord:
    try:
        text = field(number, record, "text", "a string", str)
    except InvalidRecord as error:
        return error
    if text is None:
        return InvalidRecord(f"line {number}: text", "a string")
    return portable_text(text)[0]


def _labels(record: Record, found: Sequence[Annotation]) -> Record:
    kind = next(one for one in found if one.label == "kind")
    language = next((one for one in found if one.label == "language"), None)
    signals = [one for one in found if one.label == "signal"]
    return {
        "id": record.get("id"),
        "lang": language.value if language else "und",
        "kind": kind.value,
        "kind_score": round(kind.score, 4),
        "abstained": bool(kind.data.get("abstained")),
        "signals": {one.value: round(one.score, 4) for one in signals},
        "stance": {one.value: one.data["stance"] for one in signals if one.data.get("stance")},
        "targets": [_target(one) for one in found if one.label == "tone"],
        "spans": [
            span for one in found if one.label not in {"language", "tone"} for span in _spans(one)
        ],
    }


def _target(tone: Annotation) -> dict[str, Any]:
    label, value = cast(list[str], tone.data["target"])
    (span,) = tone.spans
    named = True if label == "against_all" else value
    return {
        label: named, "tone": tone.value, "score": tone.score, "start": span.start, "end": span.end,
    }  # fmt: skip


def _spans(annotation: Annotation) -> list[dict[str, Any]]:
    """Words of the lexicons stand under the decision that they support."""
    label = annotation.data.get("supports", annotation.label)
    return [
        {"start": span.start, "end": span.end, "label": label, "value": annotation.value}
        for span in annotation.spans
    ]
