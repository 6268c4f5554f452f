"""How long an event loop was away: a task that wants to run every few milliseconds."""

from __future__ import annotations

import asyncio

STEP_S = 0.005


class Heartbeat:
    """Run it as a task of the loop in question."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._before: float | None = None

    async def run(self) -> None:
        """Beat until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            self._before = clock()
            await asyncio.sleep(STEP_S)
            self._longest = max(self._longest, clock() - self._before - STEP_S)

    def take(self) -> float:
        """The longest pause, in seconds, since the last time this was asked."""
        longest, self._longest = self._longest, 0.0
        return longest
