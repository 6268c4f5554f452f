"""`baqylau classify`: the detectors over texts from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import InvalidRecord
from core.identity import portable_text
from core.model import Annotation
from core.ports import Annotator
from monitor.lines import Record, field


@dataclass(frozen=True, slots=True)
class Classifier:
    """Answers a line of `baqylau classify`."""

    annotator: Annotator

    def answer(self, number: int, record: Record) -> dict[str, Any]:
        """Labels of one text. Raises InvalidRecord where there is none."""
        text = field(number, record, "text", "a string", str)
        if text is None:
            raise InvalidRecord(f"line {number}: text", "a string")
        found = self.annotator.annotate([portable_text(text)[0]])[0]
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
            "spans": [span for one in found if one.label != "language" for span in _spans(one)],
        }


def _spans(annotation: Annotation) -> list[dict[str, Any]]:
    return [
        {"start": span.start, "end": span.end, "label": annotation.label, "value": annotation.value}
        for span in annotation.spans
    ]
