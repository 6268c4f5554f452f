"""Manners towards one host, shared by all crawls of the process.

Scrapy keeps its delays within one crawl, and fifty Telegram channels are fifty crawls of one host.
Also what a host asked for by Retry-After is known to all of them.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from core.errors import ResponseRefused

_MOST_HOSTS = 10_000


@dataclass(slots=True)
class _Host:
    next_turn: float = 0.0
    delay_s: float = 0.0
    blocked_until: datetime | None = None


@dataclass
class HostGate:
    """Hands out turns. `delay_s` lies between two requests to one host, whoever makes them.

    `free` hosts (those of `allow_private`: our own machines) get no delay.
    """

    delay_s: float
    longest_block: timedelta
    now: Callable[[], datetime]
    free: frozenset[str] = frozenset()
    _hosts: dict[str, _Host] = field(default_factory=dict)

    async def turn(self, netloc: str, url: str, stop: asyncio.Event) -> None:
        """Wait until it is polite to ask `netloc`.

        Raises ResponseRefused while the host wants to be left alone, and when `stop` is set.
        """
        until = self.blocked_until(netloc)
        if until is not None:
            raise ResponseRefused(url, f"the host asked to be left alone until {_short(until)}")
        if netloc in self.free or not self.delay_s:
            return
        host = self._host(netloc)
        loop = asyncio.get_running_loop()
        mine = max(loop.time(), host.next_turn)
        host.next_turn = mine + max(self.delay_s, host.delay_s)
        if mine <= loop.time():
            return
        try:
            await asyncio.wait_for(stop.wait(), mine - loop.time())
        except TimeoutError:
            return
        raise ResponseRefused(url, "the crawler is stopping")

    def ask_delay(self, netloc: str, seconds: float) -> None:
        """A Crawl-delay of robots.txt; half a minute is the most that is granted."""
        self._host(netloc).delay_s = min(max(seconds, 0.0), 30.0)

    def block(self, netloc: str, wait: timedelta) -> datetime:
        """Leave the host alone for `wait`, within bounds; returns until when."""
        until = self.now() + min(max(wait, timedelta(seconds=1)), self.longest_block)
        host = self._host(netloc)
        host.blocked_until = max(until, host.blocked_until or until)
        return host.blocked_until

    def blocked_until(self, netloc: str) -> datetime | None:
        """Until when the host is left alone, or None."""
        host = self._hosts.get(netloc)
        if host is None or host.blocked_until is None or host.blocked_until <= self.now():
            return None
        return host.blocked_until

    def _host(self, netloc: str) -> _Host:
        if netloc not in self._hosts:
            if len(self._hosts) >= _MOST_HOSTS:
                self._hosts.pop(next(iter(self._hosts)))
            self._hosts[netloc] = _Host()
        return self._hosts[netloc]


def retry_after(value: str, date: str, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds, or an HTTP date; None where it is neither.

    A date is read against the server's own `Date`, because clocks differ.
    """
    value = value.strip()
    if value.isdecimal() and len(value) < 12:
        return timedelta(seconds=int(value))
    try:
        number = float(value)
        return timedelta(seconds=number) if math.isfinite(number) and 0 <= number < 1e9 else None
    except ValueError:
        pass
    until = _http_date(value)
    if until is None:
        return None
    return max(until - (_http_date(date) or now), timedelta())


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _short(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
