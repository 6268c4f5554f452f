"""When something happened, as exactly as it is known and no further.

A `When` is an instant, an interval between two instants, or a civil date. A civil date has no
zone: it is a different stretch of time in each zone that reads it, and stays a date until a rule
asks about one zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from typing import TypeAlias
from zoneinfo import ZoneInfo

from core.errors import InvalidWhen

TZDATA_VERSION = version("tzdata")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = datetime.combine(date.min, time.min, tzinfo=UTC)
_LAST = datetime.combine(date.max, time.max, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time, with the offset it was written with."""

    at: datetime

    def __post_init__(self) -> None:
        _require_aware(self.at)


@dataclass(frozen=True, slots=True)
class Interval:
    """Somewhere between two instants, both included: what two captures can prove."""

    earliest: datetime
    latest: datetime

    def __post_init__(self) -> None:
        _require_aware(self.earliest)
        _require_aware(self.latest)
        if self.latest < self.earliest:
            raise InvalidWhen(
                f"{self.earliest.isoformat()}/{self.latest.isoformat()}",
                "an interval ends at or after its start",
            )


@dataclass(frozen=True, slots=True)
class CivilDate:
    """A day on the wall calendar, with no zone and no time."""

    day: date


When: TypeAlias = Instant | Interval | CivilDate


@dataclass(frozen=True, slots=True)
class WallTime:
    """A local time of the calendar plan: the same words in every zone, another instant in each."""

    day: date
    clock: time

    def in_zone(self, zone: ZoneInfo) -> datetime:
        """The instant (UTC) at which clocks of `zone` first show this time.

        Where clocks skip it (spring), the instant of the change; where they show it twice
        (autumn), the first.
        """
        local = datetime.combine(self.day, self.clock, tzinfo=zone)
        there = local.astimezone(UTC)
        shown = there.astimezone(zone)
        skipped = shown.replace(tzinfo=None) - local.replace(tzinfo=None)
        if skipped:  # no clock shows it: the reading jumped ahead by the size of the gap
            there = _change_between(there - skipped, there, zone)
        return there

    def __str__(self) -> str:
        return f"{self.day.isoformat()}T{self.clock.isoformat()}"


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second after `low` at which `zone` has the offset of `high`."""
    target = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == target:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def span_in(when: When, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The earliest and the latest instant (UTC, both included) of `when`, read in `zone`."""
    if isinstance(when, Instant):
        at = _utc(when.at)
        return at, at
    if isinstance(when, Interval):
        return _utc(when.earliest), _utc(when.latest)
    try:
        start = WallTime(when.day, time()).in_zone(zone)
        end = WallTime(when.day + timedelta(days=1), time()).in_zone(zone)
    except OverflowError:  # the first and the last day of the calendar have no room for an offset
        return (
            datetime.combine(when.day, time.min, tzinfo=UTC),
            datetime.combine(when.day, time.max, tzinfo=UTC),
        )
    return start, end - _MICROSECOND


def _utc(at: datetime) -> datetime:
    """`at` in UTC, or the end of the calendar that it would go beyond."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return _FIRST if at.year == 1 else _LAST


def parse_when(text: str) -> When:
    """ISO 8601: an instant with offset, a bare date, or an interval `a/b` of two instants.

    Raises InvalidWhen for anything else, an instant without an offset included.
    """
    text = text.strip()
    try:
        if "/" in text:
            first, second = text.split("/", 1)
            return Interval(_aware(first), _aware(second))
        if len(text) == 10:
            return CivilDate(date.fromisoformat(text))
        return Instant(_aware(text))
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidWhen):
            raise
        raise InvalidWhen(text, "write 2023-03-18T09:00:00+06:00, 2023-03-18, or a/b") from error


def format_when(when: When) -> str:
    """The inverse of `parse_when`."""
    if isinstance(when, Instant):
        return when.at.isoformat()
    if isinstance(when, Interval):
        return f"{when.earliest.isoformat()}/{when.latest.isoformat()}"
    return when.day.isoformat()


def micros(at: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00Z: how instants are hashed and ordered."""
    _require_aware(at)
    return (at - EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The inverse of `micros`, in UTC."""
    return EPOCH + value * _MICROSECOND


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text.strip())
    _require_aware(at)
    return at


def _require_aware(at: datetime) -> None:
    if at.utcoffset() is None:
        raise InvalidWhen(at.isoformat(), "an instant needs its offset, such as +05:00 or Z")
