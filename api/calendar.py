"""Where an election stands now, zone by zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from api.times import offset, wall
from core.election import Contest, Election

State = Literal["uncalled", "called", "campaign", "silence", "voting", "over"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds in a zone, and the instant at which that ends."""

    state: State
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ZoneGroup:
    """Zones that show the same time and are in the same state."""

    offset: str
    zones: tuple[str, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Line:
    """Contests that stand alike, and their zones."""

    contests: tuple[Contest, ...]
    groups: tuple[ZoneGroup, ...]


def standing(contest: Contest, zone: str, now: datetime) -> Standing:
    """What the calendar of a contest says of this moment in a zone."""
    steps: tuple[tuple[State, datetime], ...] = (
        ("uncalled", wall(contest.called, zone)),
        ("called", wall(contest.opens, zone)),
        ("campaign", wall(contest.silence.start, zone)),
    )
    for state, end in steps:
        if now < end:
            return Standing(state, end)
    end = wall(contest.silence.end, zone)
    if now >= end:
        return Standing("over", None)
    polls = wall(contest.voting.start, zone) <= now < wall(contest.voting.end, zone)
    return Standing("voting" if polls else "silence", end)


def lines(election: Election, now: datetime) -> tuple[Line, ...]:
    """Contests of one calendar together, their zones grouped: what the strip of a page shows."""
    together: dict[tuple[ZoneGroup, ...], list[Contest]] = {}
    for contest in election.contests.values():
        together.setdefault(_groups(contest, now), []).append(contest)
    return tuple(Line(tuple(contests), groups) for groups, contests in together.items())


def _groups(contest: Contest, now: datetime) -> tuple[ZoneGroup, ...]:
    found: dict[tuple[str, Standing], list[str]] = {}
    for zone in contest.zones:
        found.setdefault((offset(now, zone), standing(contest, zone, now)), []).append(zone)
    eastmost = sorted(found.items(), key=lambda one: _minutes(one[0][0]), reverse=True)
    return tuple(ZoneGroup(shift, tuple(zones), stands) for (shift, stands), zones in eastmost)


def _minutes(shift: str) -> int:
    size = int(shift[1:3]) * 60 + int(shift[4:6])
    return -size if shift[0] == "-" else size
