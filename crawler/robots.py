"""What robots.txt allows, kept for all crawls of the process. RFC 9309.

No such file (4xx) allows everything; a server that fails (5xx, 429, no answer) forbids everything
until it answers again (section 2.3.1.4). A host that cannot be reached at all is a failed fetch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protego import Protego

from core.errors import AddressRefused, FetchError, ResponseRefused
from crawler.failures import HttpStatus, RefusedForGood

# RFC 9309 section 2.5: parse at least 500 KiB; section 2.4: keep it no longer than 24 h.
MAX_BYTES = 500 * 1024
_KEEP = timedelta(hours=6)
_KEEP_FAILURE = timedelta(minutes=5)
_KEEP_UNREACHED = timedelta(seconds=30)
_MOST = 5_000

Fetch = Callable[[str], Awaitable[tuple[int, bytes]]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one host; `parsed` is None where there are none. `failure` is why not."""

    parsed: Protego | None
    until: datetime
    failure: FetchError | None = None

    def check(self, url: str, agent: str) -> None:
        """Raise a FetchError where `url` must not, or cannot, be fetched by `agent`."""
        if isinstance(self.failure, HttpStatus):
            reason = f"robots.txt cannot be read ({self.failure.reason}), which forbids it for now"
            raise ResponseRefused(url, reason)
        if self.failure is not None:
            kind = AddressRefused if isinstance(self.failure, AddressRefused) else FetchError
            raise kind(url, self.failure.reason)
        if self.parsed is not None and not self.parsed.can_fetch(url, agent):
            raise RefusedForGood(url, f"robots.txt forbids it to {agent}")

    def delay(self, agent: str) -> float | None:
        """The Crawl-delay, where one is given."""
        value = self.parsed.crawl_delay(agent) if self.parsed is not None else None
        return float(value) if value is not None else None


@dataclass
class RobotsCache:
    """Rules by origin (scheme://host:port); one fetch at a time for each.

    What fetches raises FetchError and nothing else.
    """

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
        url = f"{origin}/robots.txt"
        try:
            status, body = await fetch(url)
        except FetchError as error:
            return Rules(None, self.now() + _KEEP_UNREACHED, error)
        if status == 429 or status >= 500:
            return Rules(None, self.now() + _KEEP_FAILURE, HttpStatus(url, status))
        if status != 200:
            return Rules(None, self.now() + _KEEP)
        text = body[:MAX_BYTES].decode("utf-8", "replace")
        return Rules(await asyncio.to_thread(Protego.parse, text), self.now() + _KEEP)
