"""One way of timing for whoever answers texts, ours and the baseline's, in whatever interpreter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

Answer: TypeAlias = Callable[[Sequence[str]], Sequence[str]]

WARM_UP = 32


def timed(answer: Answer, texts: Sequence[str]) -> tuple[float, Sequence[str]]:
    """Texts a second, and the answers; what is asked first is other texts by a blank."""
    answer([f"{text} " for text in texts[:WARM_UP]])
    started = time.perf_counter()
    found = answer(texts)
    return len(texts) / (time.perf_counter() - started), found
