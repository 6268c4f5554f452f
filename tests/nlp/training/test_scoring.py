"""The figures, by hand where they are small enough."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nlp.training.rows import Row, Target
from nlp.training.scoring import (
    Said,
    abstain_below,
    best_threshold,
    calibration_error,
    cross_entropy,
    parts,
    table,
    temperature,
)


def row(kind: str, *signals: str, **other: object) -> Row:
    return Row("x", "text", "ru", "x", kind=kind, signals=frozenset(signals), **other)  # type: ignore[arg-type]


def said(kind: int, *signals: str, abstained: bool = False, **other: object) -> Said:
    shares = [0.1] * 4
    shares[kind] = 0.7
    return Said(
        shares, abstained, frozenset(signals), other.get("stance", {}), other.get("tones", ())
    )  # type: ignore[arg-type]


def test_f1_of_kinds_and_signals_by_hand() -> None:
    rows = [
        row("campaigning", "poll"),
        row("campaigning"),
        row("other"),
        row("news_report", "poll"),
    ]
    found = table(rows, [said(0, "poll"), said(3), said(3), said(2)])
    assert found.kinds["campaigning"] == pytest.approx(2 / 3)
    assert found.kinds["other"] == pytest.approx(2 / 3)
    assert found.kinds["news_report"] == 1
    assert math.isnan(found.kinds["civic_info"])
    assert found.kind_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert found.signals["poll"] == pytest.approx(2 / 3)
    assert found.accuracy == 0.75


def test_what_is_abstained_is_no_answer() -> None:
    found = table([row("other"), row("other")], [said(3), said(0, abstained=True)])
    assert (found.answered, found.right_of_answered, found.accuracy) == (0.5, 1.0, 0.5)


def test_stance_counts_where_the_signal_was_seen_and_tone_where_it_was_read() -> None:
    rows = [
        row(
            "other", "vote_buying", stance={"vote_buying": "reports"}, targets=(Target(0, 1, "+"),)
        ),
        row(
            "other", "vote_buying", stance={"vote_buying": "commits"}, targets=(Target(0, 1, "-"),)
        ),
    ]
    found = table(
        rows,
        [
            said(3, "vote_buying", stance={"vote_buying": "reports"}, tones=("+",)),
            said(3, tones=(None,)),
        ],
    )
    assert (found.stance, found.stances) == (1.0, 1)
    assert (found.tone_f1, found.tones) == (1.0, 1)


def test_parts_keep_every_row_once() -> None:
    rows = [row("other"), row("campaigning"), row("other")]
    assert parts(rows, lambda one: str(one.kind)) == {"campaigning": [1], "other": [0, 2]}


def test_calibration_error_is_the_gap_between_score_and_share_right() -> None:
    assert calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0)
    assert calibration_error([0.9] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.4)


def test_a_temperature_undoes_too_much_confidence() -> None:
    chance = np.random.default_rng(1)
    logits = chance.normal(size=(4_000, 4)).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = [int(chance.choice(4, p=one / one.sum())) for one in shares.astype(np.float64)]
    assert temperature(logits * 3, cross_entropy(truth)) == pytest.approx(3, rel=0.1)


def test_a_threshold_stands_in_the_middle_of_the_gap() -> None:
    scores = np.array([0.1, 0.2, 0.35, 0.65, 0.9])
    assert 0.45 < best_threshold(scores, [False, False, False, True, True]) < 0.55


def test_so_much_is_abstained_that_the_rest_is_right_often_enough() -> None:
    scores, right = [0.4, 0.5, 0.6, 0.7], [False, False, True, True]
    assert 0.5 < abstain_below(scores, right, 0.95) <= 0.6
