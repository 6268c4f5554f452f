"""The calibration plot of a model card: how often each score was right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlp.training.rows import Row
from nlp.training.scoring import ECE_BINS, Said, table


def plot_calibration(rows: Sequence[Row], said: Sequence[Said], to: Path) -> None:
    """Write a PNG: in each of ten bins of the score the share that was right, and how many."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (of the group `train`)

    scores = np.array([max(one.kind) for one in said])
    right = np.array([one.best == row.kind for row, one in zip(rows, said, strict=True)], float)
    bins = np.minimum((scores * ECE_BINS).astype(int), ECE_BINS - 1)
    figure = Figure(figsize=(4.8, 4.8), dpi=100)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1)
    for number in range(ECE_BINS):
        inside = bins == number
        if inside.any():
            score, share = scores[inside].mean(), right[inside].mean()
            axes.bar((number + 0.5) / ECE_BINS, share, 0.9 / ECE_BINS, color="#4a7ab5")
            axes.annotate(str(inside.sum()), (score, share), ha="center", va="bottom", fontsize=8)
    error = table(rows, said).error
    axes.set(
        xlim=(0, 1), ylim=(0, 1.05), xlabel="score of the kind", ylabel="share that was right",
        title=f"{len(rows)} posts held out, expected error {error:.3f}",
    )  # fmt: skip
    figure.savefig(to, bbox_inches="tight")
