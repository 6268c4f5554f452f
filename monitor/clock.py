"""Clocks: the machine's, and the demo's, which runs beside it at a fixed distance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock moved by `shift` (zero in earnest, a fixed distance in the demo)."""

    shift: timedelta = timedelta()

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC) + self.shift
