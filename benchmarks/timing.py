"""One way of timing for whoever answers texts, ours and the baseline's, in whatever interpreter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

Answer: TypeAlias = Callable[[Sequence[str]], Sequence[str]]


def timed(answer: Answer, texts: Sequence[str]) -> tuple[float, Sequence[str]]:
    """Seconds that the answers to all texts took, and the answers."""
    started = time.perf_counter()
    found = answer(texts)
    return time.perf_counter() - started, found
