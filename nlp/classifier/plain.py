"""A plain `transformers` checkpoint for text classification, run by torch: it has a kind alone."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import AutoModelForSequenceClassification, AutoTokenizer

from core.errors import InvalidCheckpoint
from core.model import KINDS
from nlp.classifier.calibration import Calibration, read_calibration
from nlp.classifier.checkpoint import Checkpoint
from nlp.classifier.model import Scores
from nlp.classifier.text import Reading
from nlp.classifier.tokenizer import MOST_TOKENS


class PlainModel:
    """`id2label` names the kinds; signals are then left to the lexicons."""

    reads_signals = False

    def __init__(self, checkpoint: Checkpoint) -> None:
        try:
            import torch  # noqa: PLC0415 (the reason for this file)
        except ImportError as error:
            right = "torch for a checkpoint without model.onnx: install the group `train`"
            raise InvalidCheckpoint(str(checkpoint.directory), right) from error
        self._torch = torch
        self.version = checkpoint.version
        given = checkpoint.config.get("baqylau")
        where = str(checkpoint.directory / "config.json")
        self.calibration = read_calibration(where, given) if given else Calibration()
        self._tokenizer = AutoTokenizer.from_pretrained(checkpoint.directory)
        self._model = AutoModelForSequenceClassification.from_pretrained(checkpoint.directory)
        self._model.eval()
        labels = {label: int(number) for number, label in self._model.config.id2label.items()}
        self._order = [labels[kind] for kind in KINDS]

    def scores(self, reading: Reading, places: Sequence[tuple[int, int]] = ()) -> Scores:
        """As TextModel promises; no tone, and no prefix before the text."""
        encoded = self._tokenizer(
            reading.text, truncation=True, max_length=MOST_TOKENS,
            return_offsets_mapping=True, return_tensors="pt",
        )  # fmt: skip
        end = max(int(end) for _, end in encoded.pop("offset_mapping")[0])
        with self._torch.no_grad():
            logits = self._model(**encoded).logits[0].tolist()
        kind = self.calibration.kind([logits[number] for number in self._order])
        return Scores(kind, None, None, [None for _ in places], reading.origin[end])
