"""Where an act lies against a window: half-open, zone by zone, never by guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from core.election import Window
from core.model import ClockReading, Verdict
from core.when import TZDATA_VERSION, When, span_in

Inside: TypeAlias = Literal["all", "some", "none"]


def read_clock(at: When | None, window: Window, zones: Sequence[str]) -> ClockReading:
    """The act's possible time against [start, end) of `window` in each of `zones`.

    An unknown time may lie anywhere, so it is "some" everywhere.
    """
    readings: dict[str, tuple[datetime, datetime, Inside]] = {}
    for name in zones:
        zone = ZoneInfo(name)
        start, end = window.start.in_zone(zone), window.end.in_zone(zone)
        readings[name] = (start, end, _inside(at, start, end, zone))
    return ClockReading(at, readings, TZDATA_VERSION)


def any_time(at: When | None) -> ClockReading:
    """The clock of a rule that asks no window: it says when the act was, and has no zones."""
    return ClockReading(at, {}, TZDATA_VERSION)


def _inside(at: When | None, start: datetime, end: datetime, zone: ZoneInfo) -> Inside:
    if start >= end:
        return "none"
    if at is None:
        return "some"
    earliest, latest = span_in(at, zone)
    if start <= earliest and latest < end:
        return "all"
    return "none" if latest < start or earliest >= end else "some"


def verdict_of(reading: ClockReading, *, certain: bool) -> Verdict:
    """`violation` only inside every zone and with nothing left open; `cleared` outside all."""
    found = {inside for _, _, inside in reading.zones.values()}
    if found <= {"none"}:
        return "cleared"
    return "violation" if found == {"all"} and certain else "indeterminate"
