"""A checkpoint at work: texts to scores, by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from core.errors import InvalidCheckpoint
from core.model import KINDS
from nlp.classifier.calibration import Calibration, read_calibration, sigmoid, softmax
from nlp.classifier.checkpoint import Checkpoint
from nlp.classifier.ngrams import read_ngrams
from nlp.classifier.text import Reading
from nlp.classifier.tokenizer import PREFIX_KEY, prefix_of, read_tokens, tokens_within


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says of a text; `read_to` is the index in the original where reading stopped.

    `kind`: shares in the order of KINDS. `signals` and `stance` (the share of "reports", for
    vote_buying and intimidation) are None where the model has no such head; `tones`, for each
    place asked for, the shares of TONES, None where it was not read.
    """

    kind: Sequence[float]
    signals: Sequence[float] | None
    stance: Sequence[float] | None
    tones: Sequence[Sequence[float] | None]
    read_to: int

    @property
    def best(self) -> int:
        """The likeliest kind, as its place in KINDS."""
        return max(range(len(self.kind)), key=self.kind.__getitem__)


class TextModel(Protocol):
    """Pure, and safe to call from several threads."""

    version: str
    calibration: Calibration
    reads_signals: bool

    def scores(self, reading: Reading, places: Sequence[tuple[int, int]] = ()) -> Scores:
        """Scores of one text, and of the tone at each place, in code points of the original."""
        ...


class OnnxModel:
    """The layout that `baqylau model export` writes. One text a run, one thread a run.

    Two threads over one text of 50 tokens took twice the processor time and longer: a worker
    reads several texts at once instead.
    """

    reads_signals = True

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.version = checkpoint.version
        where = str(checkpoint.directory / "config.json")
        self.calibration = read_calibration(where, checkpoint.config.get("baqylau", {}))
        self._tokenizer = _tokenizer(checkpoint)
        self._session = _session(checkpoint)
        self._ngrams = read_ngrams(checkpoint.directory)
        labels = {str(label): int(n) for n, label in checkpoint.config["id2label"].items()}
        self._order = [labels[kind] for kind in KINDS]

    def scores(self, reading: Reading, places: Sequence[tuple[int, int]] = ()) -> Scores:
        """As TextModel promises."""
        ids, offsets = read_tokens(self._tokenizer, reading.text)
        found = [tokens_within(offsets, *reading.place(*place)) for place in places]
        read = [tokens for tokens in found if tokens[0] < tokens[1]]
        kind, signals, stance, tone = self._session.run(
            ["kind", "signals", "stance", "tone"],
            {"input_ids": np.array([ids]), "places": _weights(read, len(ids))},
        )
        tones = iter(tone.tolist())
        read_to = min(max(end for _, end in offsets), len(reading.origin) - 1)
        more = self._ngrams.logits(reading.text[:read_to]) if self._ngrams else 0.0
        return Scores(
            self.calibration.kind([float(kind[0, n]) for n in self._order]),
            [self.calibration.signal(n, float(value)) for n, value in enumerate(signals[0] + more)],
            [sigmoid(float(value)) for value in stance[0]],
            [softmax(next(tones)) if first < last else None for first, last in found],
            reading.origin[read_to],
        )


def _tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerFast:
    try:
        tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(
            checkpoint.directory
        )
    except Exception as error:
        right = (
            "a tokenizer that `transformers` can read, with tokenizer_config.json beside it "
            f"({error}); reinstall the checkpoint"
        )
        raise InvalidCheckpoint(str(checkpoint.directory / "tokenizer.json"), right) from error
    if not isinstance(prefix_of(tokenizer), str):
        where = f"{checkpoint.directory / 'tokenizer_config.json'}: {PREFIX_KEY}"
        raise InvalidCheckpoint(where, "a text, or nothing")
    return tokenizer


def _session(checkpoint: Checkpoint) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Texts differ in length: a plan of memory for each costs some per cent of the time.
    options.enable_mem_pattern = False
    path = str(checkpoint.directory / "model.onnx")
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        right = f"a model that ONNX Runtime can read ({error}); reinstall it, or export it again"
        raise InvalidCheckpoint(path, right) from error
    outputs = {one.name for one in session.get_outputs()}
    if not {"kind", "signals", "stance", "tone"} <= outputs:
        right = f"outputs kind, signals, stance and tone, got {', '.join(sorted(outputs))}"
        raise InvalidCheckpoint(path, right)
    return session


def _weights(spans: Sequence[tuple[int, int]], length: int) -> NDArray[np.float32]:
    weights = np.zeros((len(spans), length), np.float32)
    for row, (first, last) in enumerate(spans):
        weights[row, first:last] = 1 / (last - first)
    return weights
