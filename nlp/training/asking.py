"""A model asked about labelled rows, as the service would ask it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from core.model import SIGNALS, WITH_STANCE
from nlp.classifier.model import TextModel
from nlp.classifier.passages import read_passages
from nlp.training.reading import read_text
from nlp.training.rows import Row
from nlp.training.scoring import Said, tone_of


def ask(
    model: TextModel,
    rows: Sequence[Row],
    *,
    threads: int = 2,
    told: Callable[[], None] | None = None,
) -> list[Said]:
    """What the model says of each row; `told` is called after each."""

    def one(row: Row) -> Said:
        found = said_of(model, row)
        if told is not None:
            told()
        return found

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, rows))


def said_of(model: TextModel, row: Row) -> Said:
    """What the model says of one row, decided by its calibration."""
    calibration = model.calibration
    places = [(target.start, target.end) for target in row.targets]
    scores, _ = read_passages(model, read_text(row.text), places)
    signals = frozenset(
        name
        for n, (name, score) in enumerate(zip(SIGNALS, scores.signals or (), strict=False))
        if calibration.is_there(n, score)
    )
    stance: dict[str, str] = {
        name: found
        for name, reports in zip(WITH_STANCE, scores.stance or (), strict=False)
        if (found := calibration.stance(reports))
    }
    return Said(
        kind=scores.kind,
        abstained=calibration.abstains(max(scores.kind)),
        signals=signals,
        stance=stance,
        tones=tuple(None if shares is None else tone_of(shares) for shares in scores.tones),
    )
