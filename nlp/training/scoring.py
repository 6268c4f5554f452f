"""How good predictions are: F1 by kind and signal, by language and by slice; calibration; alpha."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.model import KINDS, SIGNALS, TONES
from nlp.training.rows import Row

ECE_BINS = 10


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one row, calibrated and decided.

    `kind`: shares in the order of KINDS. `stance` by signal, for those unclear left out. `tones`:
    for each target of the row one of TONES, None where it was not read.
    """

    kind: Sequence[float]
    abstained: bool
    signals: frozenset[str]
    stance: dict[str, str]
    tones: tuple[str | None, ...] = ()

    @property
    def best(self) -> str:
        """The likeliest kind."""
        return KINDS[int(np.argmax(self.kind))]


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of some rows; NaN where there was nothing to count."""

    rows: int
    accuracy: float
    answered: float
    right_of_answered: float
    kind_f1: float
    kinds: dict[str, float]
    signals_f1: float
    signals: dict[str, float]
    stance: float
    stances: int
    tone_f1: float
    tones: int
    error: float


def table(rows: Sequence[Row], said: Sequence[Said]) -> Table:
    """The figures of rows and what was said of them, in the same order."""
    right = [one.best == row.kind for row, one in zip(rows, said, strict=True)]
    answered = [ok for ok, one in zip(right, said, strict=True) if not one.abstained]
    kinds: dict[str, float] = {
        kind: _f1([(r.kind == kind, s.best == kind) for r, s in _pairs(rows, said)])
        for kind in KINDS
    }
    signals: dict[str, float] = {
        name: _f1([(name in r.signals, name in s.signals) for r, s in _pairs(rows, said)])
        for name in SIGNALS
    }
    stances = [
        one.stance.get(name) == row.stance[name]
        for row, one in _pairs(rows, said)
        for name in row.stance
        if name in one.signals
    ]
    tones = [
        (target.tone, tone)
        for row, one in _pairs(rows, said)
        for target, tone in zip(row.targets, one.tones, strict=True)
        if tone
    ]
    return Table(
        rows=len(rows),
        accuracy=_share(right),
        answered=len(answered) / len(rows) if rows else float("nan"),
        right_of_answered=_share(answered),
        kind_f1=_mean(kinds.values()),
        kinds=kinds,
        signals_f1=_mean(signals.values()),
        signals=signals,
        stance=_share(stances),
        stances=len(stances),
        tone_f1=_mean(_f1([(a == tone, b == tone) for a, b in tones]) for tone in ("-", "+")),
        tones=len(tones),
        error=calibration_error([max(one.kind) for one in said], right),
    )


def parts(rows: Sequence[Row], by: Callable[[Row], str]) -> dict[str, list[int]]:
    """Row numbers by what `by` says of them, in the order of the names."""
    found: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        found.setdefault(by(row), []).append(number)
    return dict(sorted(found.items()))


def calibration_error(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten equal bins (arXiv 1706.04599, equation 3)."""
    at = np.minimum((np.array(scores) * ECE_BINS).astype(int), ECE_BINS - 1)
    score, hit = np.array(scores), np.array(right, float)
    gaps = [
        abs(hit[at == b].mean() - score[at == b].mean()) * (at == b).mean()
        for b in range(ECE_BINS) if (at == b).any()
    ]  # fmt: skip
    return float(sum(gaps))


def temperature(logits: NDArray[np.float32], loss: Callable[[NDArray[np.float32]], float]) -> float:
    """The divisor of logits at which a loss is least, of a grid from 0.25 to 5."""
    grid = np.geomspace(0.25, 5, 121)
    return float(grid[np.argmin([loss(logits / divisor) for divisor in grid])])


def cross_entropy(truth: Sequence[int]) -> Callable[[NDArray[np.float32]], float]:
    """The mean negative log-likelihood of classes."""

    def loss(logits: NDArray[np.float32]) -> float:
        shifted = logits - logits.max(1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return float(-logs[np.arange(len(truth)), list(truth)].mean())

    return loss


def best_threshold(scores: NDArray[np.float64], truth: Sequence[bool]) -> float:
    """The score from which F1 is greatest, within 0.25 to 0.75; the middle of the best ones."""
    grid = np.linspace(0.25, 0.75, 51)
    found = [_f1(list(zip(truth, scores >= at, strict=True))) for at in grid]
    best = [at for at, value in zip(grid, found, strict=True) if value >= max(found) - 1e-9]
    return float(np.median(best))


def abstain_below(scores: Sequence[float], right: Sequence[bool], wanted: float) -> float:
    """The least score above which a share `wanted` of the answers is right; at most 0.8."""
    for at in np.linspace(0.3, 0.8, 101):
        answered = [ok for score, ok in zip(scores, right, strict=True) if score >= at]
        if not answered or sum(answered) / len(answered) >= wanted:
            return float(at)
    return 0.8


def alpha(first: Sequence[object], second: Sequence[object]) -> float:
    """Krippendorff's alpha of two labellers, nominal."""
    import krippendorff  # noqa: PLC0415 (of the group `train`)

    numbers = {value: number for number, value in enumerate(dict.fromkeys([*first, *second]))}
    units = [[numbers[value] for value in values] for values in (first, second)]
    if len(numbers) < 2:
        return float("nan")
    return float(krippendorff.alpha(reliability_data=units, level_of_measurement="nominal"))


def _pairs(rows: Sequence[Row], said: Sequence[Said]) -> Iterable[tuple[Row, Said]]:
    return zip(rows, said, strict=True)


def _f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    """2tp / (2tp + fp + fn); NaN where there is none of either."""
    both = sum(a and b for a, b in pairs)
    either = sum(bool(a) + bool(b) for a, b in pairs)
    return 2 * both / either if either else float("nan")


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else float("nan")


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return sum(known) / len(known) if known else float("nan")


def tone_of(shares: Sequence[float]) -> str:
    """The likeliest tone."""
    return TONES[int(np.argmax(shares))]
