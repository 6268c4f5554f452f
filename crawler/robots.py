"""What robots.txt allows, kept for all crawls of the process. RFC 9309.

No such file (4xx) allows everything; a server that fails (5xx, 429, no answer) forbids everything
until it answers again (section 2.3.1.4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protego import Protego

# RFC 9309 section 2.5: parse at least 500 KiB; section 2.4: keep it no longer than 24 h.
MAX_BYTES = 500 * 1024
_KEEP = timedelta(hours=6)
_KEEP_FAILURE = timedelta(minutes=5)
_MOST = 5_000

Fetch = Callable[[str], Awaitable[tuple[int, bytes]]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one host; `parsed` is None where there are none. `unreachable` says why not."""

    parsed: Protego | None
    until: datetime
    unreachable: str = ""

    def refuses(self, url: str, agent: str) -> str:
        """Why `url` must not be fetched by `agent`, or an empty string."""
        if self.unreachable:
            return f"robots.txt cannot be read ({self.unreachable}), which forbids fetching for now"
        if self.parsed is None or self.parsed.can_fetch(url, agent):
            return ""
        return f"robots.txt forbids it to {agent}"

    def delay(self, agent: str) -> float | None:
        """The Crawl-delay, where one is given."""
        value = self.parsed.crawl_delay(agent) if self.parsed is not None else None
        return float(value) if value is not None else None


@dataclass
class RobotsCache:
    """Rules by origin (scheme://host:port); one fetch at a time for each."""

    now: Callable[[], datetime]
    _rules: dict[str, Rules] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def rules(self, origin: str, fetch: Fetch) -> Rules:
        """The rules of `origin`, fetched as `<origin>/robots.txt` where they are not fresh."""
        async with self._locks.setdefault(origin, asyncio.Lock()):
            known = self._rules.get(origin)
            if known is None or known.until <= self.now():
                known = await self._fetch(origin, fetch)
                if len(self._rules) >= _MOST:
                    oldest = next(iter(self._rules))
                    del self._rules[oldest]
                    self._locks.pop(oldest, None)
                self._rules[origin] = known
            return known

    async def _fetch(self, origin: str, fetch: Fetch) -> Rules:
        try:
            status, body = await fetch(f"{origin}/robots.txt")
        except Exception as error:  # whatever it was, the file was not read
            return Rules(None, self.now() + _KEEP_FAILURE, _reason(error))
        if status == 429 or status >= 500:
            return Rules(None, self.now() + _KEEP_FAILURE, f"HTTP {status}")
        if status != 200:
            return Rules(None, self.now() + _KEEP)
        text = body[:MAX_BYTES].decode("utf-8", "replace")
        return Rules(await asyncio.to_thread(Protego.parse, text), self.now() + _KEEP)


def _reason(error: Exception) -> str:
    return getattr(error, "reason", "") or str(error) or type(error).__name__
