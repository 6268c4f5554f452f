"""What turns logits into scores and decisions; it lies in the config of the checkpoint.

Temperatures make the scores mean what they say (arXiv 1706.04599), of signals with a bias (Platt
1999, "Probabilistic outputs for support vector machines"); thresholds are where a signal is there,
and below which a kind is left to a person. All were set on families held out of training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import InvalidCheckpoint
from core.model import SIGNALS, Stance


@dataclass(frozen=True, slots=True)
class Scale:
    """A signal's score is sigmoid(logit / temperature + bias); from `threshold` it is there."""

    temperature: float = 1.0
    bias: float = 0.0
    threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """`signals`: a Scale for each of SIGNALS."""

    kind_temperature: float = 1.0
    abstain_below: float = 0.5
    signals: tuple[Scale, ...] = (Scale(),) * len(SIGNALS)
    stance_unclear_below: float = 0.6

    def kind(self, logits: Sequence[float]) -> list[float]:
        """Calibrated shares of the kinds; they sum to one."""
        return softmax([value / self.kind_temperature for value in logits])

    def signal(self, number: int, logit: float) -> float:
        """The calibrated score of one signal."""
        scale = self.signals[number]
        return sigmoid(logit / scale.temperature + scale.bias)

    def abstains(self, score: float) -> bool:
        """Whether a kind of this score is left to a person."""
        return score < self.abstain_below

    def is_there(self, number: int, score: float) -> bool:
        """Whether a signal of this score is there; `number` is its place in SIGNALS."""
        return score >= self.signals[number].threshold

    def stance(self, reports: float) -> Stance | None:
        """The stance that a share of "reports" stands for; None where unclear."""
        if max(reports, 1 - reports) < self.stance_unclear_below:
            return None
        return "reports" if reports >= 0.5 else "commits"

    def as_json(self) -> dict[str, Any]:
        """As it is written into a config."""
        return {
            "kind_temperature": self.kind_temperature,
            "abstain_below": self.abstain_below,
            "signals": {
                name: asdict(scale) for name, scale in zip(SIGNALS, self.signals, strict=True)
            },
            "stance_unclear_below": self.stance_unclear_below,
        }


def read_calibration(where: str, record: Mapping[str, Any]) -> Calibration:
    """The calibration of a config. Raises InvalidCheckpoint naming the key."""
    try:
        signals = tuple(_scale(record["signals"][name]) for name in SIGNALS)
        return Calibration(
            float(record["kind_temperature"]),
            float(record["abstain_below"]),
            signals,
            float(record["stance_unclear_below"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidCheckpoint(where, f"calibration with all its keys ({error!r})") from error


def _scale(record: Mapping[str, Any]) -> Scale:
    """Checkpoints of before have no bias."""
    temperature, threshold = float(record["temperature"]), float(record["threshold"])
    return Scale(temperature, float(record.get("bias", 0.0)), threshold)


def softmax(values: Sequence[float]) -> list[float]:
    """Shares that sum to one."""
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    total = sum(powers)
    return [power / total for power in powers]


def sigmoid(value: float) -> float:
    """The logistic function, safe at both ends."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    power = math.exp(value)
    return power / (1 + power)
