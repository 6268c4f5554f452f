"""Manners towards a host, across crawls."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import ResponseRefused
from crawler.hosts import HostGate, retry_after

NOW = datetime(2023, 3, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", "", 120),
        (" 0 ", "", 0),
        ("1.5", "", 1.5),
        ("Sat, 18 Mar 2023 00:10:00 GMT", "", 600),
        ("Sat, 18 Mar 2023 00:10:00 GMT", "Sat, 18 Mar 2023 00:09:00 GMT", 60),
        ("Fri, 17 Mar 2023 00:00:00 GMT", "", 0),
        ("soon", "", None),
        ("", "", None),
        ("-5", "", None),
        ("nan", "", None),
        ("99999999999999999999", "", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(
    value: str, date: str, seconds: float | None
) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(value, date, NOW) == expected


def gate(delay_s: float = 0.05, **kwargs: object) -> HostGate:
    return HostGate(delay_s, timedelta(hours=6), lambda: NOW, **kwargs)  # type: ignore[arg-type]


async def turns(gate: HostGate, netloc: str, count: int) -> float:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    begun = loop.time()
    await asyncio.gather(*(gate.turn(netloc, "http://x/", stop) for _ in range(count)))
    return loop.time() - begun


async def test_one_host_is_asked_at_intervals_and_another_does_not_wait_for_it() -> None:
    shared = gate()
    waited = await turns(shared, "a.kz", 4)
    assert 0.14 <= waited < 0.5
    assert await turns(shared, "b.kz", 1) < 0.04


async def test_our_own_machines_are_not_waited_for() -> None:
    assert await turns(gate(5.0, free=frozenset({"127.0.0.1:80"})), "127.0.0.1:80", 20) < 0.5


async def test_crawl_delay_is_granted_within_bounds() -> None:
    shared = gate(0.01)
    shared.ask_delay("a.kz", 0.06)
    assert await turns(shared, "a.kz", 3) >= 0.11
    shared.ask_delay("b.kz", 86400)
    assert shared._hosts["b.kz"].delay_s == 30.0


async def test_a_blocked_host_is_refused_and_a_shorter_block_does_not_end_a_longer() -> None:
    shared = gate()
    until = shared.block("a.kz", timedelta(hours=1))
    assert shared.block("a.kz", timedelta(minutes=1)) == until == NOW + timedelta(hours=1)
    with pytest.raises(ResponseRefused, match="left alone until 2023-03-18 01:00:00Z"):
        await turns(shared, "a.kz", 1)


async def test_a_wait_ends_when_the_crawler_stops() -> None:
    shared, stop = gate(60.0), asyncio.Event()
    await shared.turn("a.kz", "http://a.kz/", stop)
    waiting = asyncio.create_task(shared.turn("a.kz", "http://a.kz/", stop))
    await asyncio.sleep(0.01)
    stop.set()
    with pytest.raises(ResponseRefused, match="stopping"):
        await asyncio.wait_for(waiting, 1)
