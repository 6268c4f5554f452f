"""What a calibration makes of logits, and how it is read."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import InvalidCheckpoint
from core.model import SIGNALS
from nlp.classifier.calibration import Calibration, Scale, read_calibration

SCALES = (Scale(2.0, -1.0, 0.4), *(Scale(),) * (len(SIGNALS) - 1))


def test_a_signals_score_is_scaled_and_moved() -> None:
    calibration = Calibration(signals=SCALES)
    assert calibration.signal(0, 2.0) == pytest.approx(0.5)
    assert calibration.signal(1, 0.0) == pytest.approx(0.5)
    assert calibration.is_there(0, 0.4)
    assert not calibration.is_there(1, 0.4)


def test_what_is_written_is_read() -> None:
    calibration = Calibration(1.5, 0.45, SCALES, 0.7)
    assert read_calibration("config.json", calibration.as_json()) == calibration


def test_a_checkpoint_of_before_has_no_bias() -> None:
    record: dict[str, Any] = Calibration(signals=SCALES).as_json()
    for scale in record["signals"].values():
        del scale["bias"]
    assert read_calibration("config.json", record).signals[0] == Scale(2.0, 0.0, 0.4)


def test_a_signal_left_out_is_named() -> None:
    record: dict[str, Any] = Calibration().as_json()
    del record["signals"]["poll"]
    with pytest.raises(InvalidCheckpoint, match="poll"):
        read_calibration("config.json", record)
