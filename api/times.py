"""Times as people need them: in UTC and on the clocks of every zone that is addressed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from core.election import Election
from core.model import Account, ClockReading, Flag
from core.when import Instant, Interval, WallTime, When

Inside: TypeAlias = Literal["all", "some", "none"]


def utc(at: datetime) -> str:
    """An instant in UTC, to the second where that is all it has."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def wall(time: WallTime, zone: str) -> datetime:
    """The instant at which clocks of a zone show a time of the calendar plan."""
    return time.in_zone(ZoneInfo(zone))


def zones_of(account: Account, election: Election) -> tuple[str, ...]:
    """The zones an account speaks to: of its regions, of the whole country, or the default one."""
    zones: set[str] = set()
    for code in account.regions:
        if code in election.regions:
            zones.update(election.regions[code].zones)
        elif code == election.country:
            zones.update(zone for region in election.regions.values() for zone in region.zones)
    return tuple(sorted(zones)) or (election.default_zone,)


def zones_of_flag(flag: Flag, account: Account, election: Election) -> tuple[str, ...]:
    """The zones a flag was judged in, or those its account speaks to."""
    judged_in = tuple(sorted(flag.clock.zones)) if flag.clock else ()
    return judged_in or zones_of(account, election)


def offset(at: datetime, zone: str) -> str:
    """The offset of a zone at an instant, such as +05:00."""
    shift = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = shift // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def by_offset(at: datetime, zones: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Zones whose clocks show the same at `at`, together; furthest east first."""
    groups: dict[timedelta, list[str]] = {}
    for zone in sorted(set(zones)):
        shift = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        groups.setdefault(shift, []).append(zone)
    return [(offset(at, names[0]), names) for _, names in sorted(groups.items(), reverse=True)]


def local(at: datetime, zones: Sequence[str]) -> list[dict[str, Any]]:
    """What the clocks of `zones` show at an instant."""
    return [
        {
            "offset": shift,
            "zones": names,
            "at": at.astimezone(ZoneInfo(names[0])).isoformat(),
        }
        for shift, names in by_offset(at, zones)
    ]


def when_shape(when: When | None, zones: Sequence[str]) -> dict[str, Any] | None:
    """A `When` as JSON: an instant, two bounds, or a day that has no instants of its own."""
    return None if when is None else _when(when, tuple(zones))


def clock_shape(clock: ClockReading | None, zones: Sequence[str]) -> dict[str, Any] | None:
    """The clock of the law that a flag used: the act's time and the window, zone by zone."""
    if clock is None:
        return None
    return {
        "at": when_shape(clock.at, zones),
        "windows": _windows(tuple(sorted(clock.zones.items()))),
        "tzdata": clock.tzdata,
    }


# A page shows the same few instants over and over: a post's in its flags, a window in every flag.
# What these two return is shared and never changed.
@lru_cache(maxsize=2_048)
def _when(when: When, zones: tuple[str, ...]) -> dict[str, Any]:
    if isinstance(when, Instant):
        return {"kind": "instant", "utc": utc(when.at), "local": local(when.at, zones)}
    if isinstance(when, Interval):
        return {
            "kind": "interval",
            "earliest": {"utc": utc(when.earliest), "local": local(when.earliest, zones)},
            "latest": {"utc": utc(when.latest), "local": local(when.latest, zones)},
        }
    return {"kind": "date", "day": when.day.isoformat()}


@lru_cache(maxsize=2_048)
def _windows(
    zones: tuple[tuple[str, tuple[datetime, datetime, Inside]], ...],
) -> list[dict[str, Any]]:
    """Zones with the same window, read alike, in one row; the window that opens first on top."""
    rows: dict[tuple[datetime, datetime, str, Inside], list[str]] = {}
    for zone, (start, end, inside) in zones:
        rows.setdefault((start, end, offset(start, zone), inside), []).append(zone)
    return [
        {
            "zones": names,
            "offset": shift,
            "start": start.astimezone(ZoneInfo(names[0])).isoformat(),
            "end": end.astimezone(ZoneInfo(names[0])).isoformat(),
            "start_utc": utc(start),
            "end_utc": utc(end),
            "inside": inside,
        }
        for (start, end, shift, inside), names in sorted(rows.items())
    ]
