"""Cross-validation by families: each is asked of a network that learnt from none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import InvalidInput
from core.model import SIGNALS, WITH_STANCE
from nlp.classifier.calibration import Calibration, sigmoid
from nlp.training.export import calibration_of
from nlp.training.fit import Predicted, Recipe, Told, fit, predict, tokenizer_of
from nlp.training.ngrams import fit_ngrams
from nlp.training.reading import read_text
from nlp.training.rows import Row
from nlp.training.scoring import Said, tone_of


def predicted(
    base: str | Path, learnt: Sequence[Row], held_out: Sequence[Row], recipe: Recipe, *,
    saved: Path, told: Told,
) -> Predicted:  # fmt: skip
    """What a network that learnt from the one says of the other, n-grams beside it, as logits."""
    network = fit(base, learnt, recipe, saved, told=told)
    found = predict(network, tokenizer_of(base), held_out)
    ngrams = fit_ngrams(learnt)
    more = [ngrams.logits(read_text(row.text).text) for row in held_out]
    return replace(found, signals=found.signals + np.stack(more))


def decided(folds: Sequence[tuple[Sequence[Row], Predicted]]) -> list[Said]:
    """What was said of all rows, fold after fold, each calibrated on all the other folds."""
    said: list[Said] = []
    for number, (rows, found) in enumerate(folds):
        others = [fold for place, fold in enumerate(folds) if place != number]
        calibration = calibration_of(
            np.concatenate([one.kind for _, one in others]),
            np.concatenate([one.signals for _, one in others]),
            [row for some, _ in others for row in some],
        )
        said += [_said(found, place, calibration) for place in range(len(rows))]
    return said


def _said(found: Predicted, place: int, calibration: Calibration) -> Said:
    kind = calibration.kind(found.kind[place].tolist())
    signals = enumerate(found.signals[place].tolist())
    stance = zip(WITH_STANCE, map(sigmoid, found.stance[place].tolist()), strict=True)
    return Said(
        kind=kind,
        abstained=calibration.abstains(max(kind)),
        signals=frozenset(
            SIGNALS[n] for n, logit in signals
            if calibration.is_there(n, calibration.signal(n, logit))
        ),
        stance={name: side for name, share in stance if (side := calibration.stance(share))},
        tones=tuple(tone_of(logits) for logits in found.tone[place]),
    )  # fmt: skip


def write_predicted(rows: Sequence[Row], found: Predicted, path: Path) -> None:
    """One file a fold, whole or not there."""
    new = path.with_suffix(".new.npz")
    np.savez(
        new, ids=[row.id for row in rows],
        kind=found.kind, signals=found.signals, stance=found.stance,
        tone=np.concatenate([np.zeros((0, 3), np.float32), *found.tone]),
        tones=[len(one) for one in found.tone],
    )  # fmt: skip
    new.replace(path)


def read_predicted(rows: Sequence[Row], path: Path) -> Predicted:
    """What `write_predicted` wrote. Raises InvalidInput where it was asked about other rows."""
    with np.load(path, allow_pickle=False) as arrays:
        if arrays["ids"].tolist() != [row.id for row in rows]:
            raise InvalidInput(str(path), "the rows that were asked about then, or another --to")
        ends = np.cumsum(arrays["tones"])[:-1]
        tone = np.split(arrays["tone"], ends)
        return Predicted(arrays["kind"], arrays["signals"], arrays["stance"], tone)
