"""A trained network to a checkpoint that needs no torch: ONNX in 8 bits, config, tokenizer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.model import KINDS, SIGNALS, TONES, WITH_STANCE
from nlp.classifier.calibration import Calibration, Scale
from nlp.classifier.checkpoint import Checkpoint, find_checkpoint
from nlp.classifier.model import OnnxModel
from nlp.classifier.ngrams import write_ngrams
from nlp.training.fit import tokenizer_of
from nlp.training.graph import Shape, build
from nlp.training.network import Network, padded
from nlp.training.ngrams import fit_ngrams
from nlp.training.reading import example_of, read_text
from nlp.training.rows import Row
from nlp.training.scoring import (
    abstain_below,
    best_threshold,
    cross_entropy,
    temperature,
)
from nlp.training.vocabulary import kept_pieces, smaller

WORDS = "encoder.embeddings.word_embeddings.weight"
# Texts that show how large the inner columns of a layer become.
SMOOTHED_ON = 256
# Between leaving the outliers in the activations (0) and in the weights (1): arXiv 2211.10438.
# At 0.5 the kinds' logits were off by 0.27 on the mean, at 0.75 by 0.11, at 0.85 by 0.10, at 0.95
# by 0.12; by 0.09 with these products in 32 bits, which would be 21 MB more.
SMOOTHING = 0.8
# A layer has outliers where the largest is so many times what 99 of 100 columns stay under: 6.3, 15
# and 6.9 times in the layers 0, 4 and 5, at most 3.5 in the others, which need no smoothing.
OUTLYING_TIMES = 5.0
# Of the answers given, so many shall be right on the families held out; the rest is abstained.
RIGHT = 0.92
UNCLEAR_STANCE = 0.6


def export(
    network: Network, base: str | Path, learnt: Sequence[Row], held_out: Sequence[Row], *,
    to: Path, words: Sequence[str] = (),
) -> Checkpoint:  # fmt: skip
    """Write the checkpoint and calibrate it on rows that it was not trained on, as it stands.

    `learnt` are the rows that the network was trained on: the n-grams are trained on them here.

    With `words`, Latin pieces that they do not need leave the vocabulary. `to` is made; what it
    holds of an older checkpoint is overwritten.
    """
    tokenizer = tokenizer_of(base)
    network.eval()
    smooth = smoothing(network, [example_of(row, tokenizer).ids for row in held_out[:SMOOTHED_ON]])
    weights = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    to.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(to)
    content = json.loads((to / "tokenizer.json").read_text(encoding="utf-8"))
    if words:
        kept = kept_pieces(tokenizer, content["model"]["vocab"], words)
        content, weights[WORDS] = smaller(content, kept), weights[WORDS][kept]
    # Without blanks: 4.6 MB in place of 8.1.
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (to / "tokenizer.json").write_text(text, encoding="utf-8")
    encoder = network.encoder
    heads = encoder.config.num_attention_heads
    shape = Shape(len(encoder.encoder.layer), heads, len(TONES))
    encoder.config.vocab_size = len(weights[WORDS])
    _write_config(to, config_of(network, Calibration()))
    _write_model(build(weights, shape, smooth), to)
    write_ngrams(fit_ngrams(learnt), to)
    _write_config(to, config_of(network, calibrated(OnnxModel(find_checkpoint(str(to))), held_out)))
    return find_checkpoint(str(to))


def _write_model(model: onnx.ModelProto, to: Path) -> None:
    """The graph, and its weights in a file beside it, which is mapped: 60 MB less are resident."""
    (to / "model.onnx.data").unlink(missing_ok=True)
    onnx.save_model(
        model, str(to / "model.onnx"), save_as_external_data=True, location="model.onnx.data",
        size_threshold=1024,
    )  # fmt: skip
    (to / "model.onnx.data").chmod(0o644)


def smoothing(network: Network, ids: Sequence[Sequence[int]]) -> list[NDArray[np.float32] | None]:
    """For each layer what its inner columns are divided by: max|x|^a / max|w|^(1-a).

    None where no column stands out.
    """
    largest: dict[int, torch.Tensor] = {}

    def seen(number: int) -> Any:
        def keep(_: object, inputs: tuple[torch.Tensor, ...]) -> None:
            most = inputs[0].abs().flatten(0, -2).max(0).values
            largest[number] = torch.maximum(largest.get(number, most), most)

        return keep

    layers = list(network.encoder.encoder.layer)
    hooks = [one.output.dense.register_forward_pre_hook(seen(n)) for n, one in enumerate(layers)]
    with torch.no_grad():
        for one in ids:
            network(padded([list(one)], [[]], 0))
    for hook in hooks:
        hook.remove()
    factors: list[NDArray[np.float32] | None] = []
    for number, layer in enumerate(layers):
        if largest[number].max() < OUTLYING_TIMES * largest[number].quantile(
            0.99, interpolation="lower"
        ):
            factors.append(None)
            continue
        weight = layer.output.dense.weight.detach().abs().max(0).values.clamp(min=1e-5)
        factor = largest[number].clamp(min=1e-5) ** SMOOTHING / weight ** (1 - SMOOTHING)
        factors.append(factor.clamp(1e-2, 1e2).numpy())
    return factors


def calibrated(model: OnnxModel, rows: Sequence[Row]) -> Calibration:
    """Temperatures and thresholds at which the model does best on rows it has not seen.

    A kind or a signal that was not labelled counts neither way.

    `model` must be uncalibrated: its scores are turned back into logits.
    """
    return calibration_of(*_logits(model, rows), rows)


def calibration_of(
    every: NDArray[np.float32], signals: NDArray[np.float32], rows: Sequence[Row]
) -> Calibration:
    """What `calibrated` finds, from logits: `every` of the kinds [N, 4], `signals` [N, 5]."""
    labelled = [place for place, row in enumerate(rows) if row.kind in KINDS]
    kinds, truth = every[labelled], [KINDS.index(str(rows[place].kind)) for place in labelled]
    kind_temperature = temperature(kinds, cross_entropy(truth))
    shares = _softmax(kinds / kind_temperature)
    right = [bool(ok) for ok in shares.argmax(1) == np.array(truth)]
    return Calibration(
        kind_temperature=kind_temperature,
        abstain_below=abstain_below(list(shares.max(1)), right, RIGHT),
        signals=tuple(
            _signal(*_known(signals[:, n], rows, name)) for n, name in enumerate(SIGNALS)
        ),
        stance_unclear_below=UNCLEAR_STANCE,
    )


def _known(
    logits: NDArray[np.float32], rows: Sequence[Row], name: str
) -> tuple[NDArray[np.float32], list[bool]]:
    """Logits and truth of the rows of which it is known whether the signal is there."""
    places = [place for place, row in enumerate(rows) if name in row.known]
    return logits[places], [name in rows[place].signals for place in places]


def _signal(logits: NDArray[np.float32], truth: Sequence[bool]) -> Scale:
    """A scale that was fitted (Platt), and where F1 is greatest on it."""
    if len(set(truth)) < 2:
        return Scale()
    fitted = LogisticRegression(C=1e6).fit(logits[:, None], truth)
    slope, bias = max(float(fitted.coef_[0, 0]), 1e-3), float(fitted.intercept_[0])
    scores = 1 / (1 + np.exp(-(logits.astype(np.float64) * slope + bias)))
    return Scale(1 / slope, bias, best_threshold(scores, truth))


def _logits(
    model: OnnxModel, rows: Sequence[Row]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    scores = [model.scores(read_text(row.text)) for row in rows]
    kinds = np.log(np.clip([one.kind for one in scores], 1e-9, 1)).astype(np.float32)
    yes = np.clip([one.signals for one in scores], 1e-9, 1 - 1e-9)
    return kinds, np.log(yes / (1 - yes)).astype(np.float32)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)


def config_of(network: Network, calibration: Calibration) -> dict[str, Any]:
    """The encoder's configuration with the labels of the heads and the calibration."""
    config: dict[str, Any] = network.encoder.config.to_dict()
    config.pop("_name_or_path", None)
    numbered = dict(enumerate(KINDS))
    return {
        **config,
        "architectures": ["BaqylauClassifier"],
        "id2label": {str(number): kind for number, kind in numbered.items()},
        "label2id": {kind: number for number, kind in numbered.items()},
        "signals": list(SIGNALS),
        "stance": list(WITH_STANCE),
        "tones": list(TONES),
        "baqylau": calibration.as_json(),
    }


def _write_config(to: Path, config: dict[str, Any]) -> None:
    text = json.dumps(config, ensure_ascii=False, indent=2, sort_keys=True)
    (to / "config.json").write_text(text + "\n", encoding="utf-8")
