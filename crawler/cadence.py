"""When to look next: at a source, and again at a post. Pure: `now`, calendar and chance are given.

On the day of silence a deletion or an edit is itself a finding, and its time is only known to lie
between two captures: so posts of those days are looked at every quarter to half hour then.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from core.election import Election
from core.model import Phase, SourceKind

_ORDER: tuple[Phase, ...] = ("quiet", "campaign", "silence")
_WEIGHTS: Mapping[SourceKind, float] = MappingProxyType({
    "feed": 1.0, "telegram": 1.0, "sitemap": 2.0, "article": 4.0,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cadence:
    """The numbers. Times are in minutes unless the name says otherwise.

    A source is visited every `visits[phase]` times `weight[kind]`; `jitter` is the share by which
    chance moves it, so that sources do not fall into step.
    """

    visits: Mapping[Phase, float] = field(
        default_factory=lambda: MappingProxyType({"quiet": 60.0, "campaign": 10.0, "silence": 3.0})
    )
    weight: Mapping[SourceKind, float] = field(default_factory=lambda: _WEIGHTS)
    jitter: float = 0.15
    # After n failures in a row the wait doubles n times, up to this; never so long in silence.
    longest_wait: Mapping[Phase, float] = field(
        default_factory=lambda: MappingProxyType(
            {"quiet": 720.0, "campaign": 120.0, "silence": 15.0}
        )
    )
    # A visit that left pages behind goes on soon.
    backlog: float = 1.0
    # The silence phase begins before the first zone's midnight: crawls in flight must be done.
    silence_lead: float = 60.0
    # Ages of a post at which it is looked at again.
    looks_h: tuple[float, ...] = (0.5, 2.0, 8.0, 24.0, 72.0, 168.0)
    # Posts published within the window, or this long before it, are looked at tightly during it.
    tight_h: float = 48.0
    tight: tuple[float, float] = (15.0, 30.0)


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open [start, end) in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the calendars of all watched elections mean for a clock: campaigns and silences."""

    campaigns: tuple[Span, ...] = ()
    silences: tuple[Span, ...] = ()

    def phase(self, now: datetime) -> Phase:
        """Silence while it is silence in any zone of any contest, campaign before that."""
        if any(now in span for span in self.silences):
            return "silence"
        return "campaign" if any(now in span for span in self.campaigns) else "quiet"


def calendar(elections: Iterable[Election], cadence: Cadence | None = None) -> Calendar:
    """The spans of all contests, from the first zone's midnight (and a lead) to the last zone's."""
    lead = timedelta(minutes=(cadence or Cadence()).silence_lead)
    campaigns: list[Span] = []
    silences: list[Span] = []
    for election in elections:
        for contest in election.contests.values():
            zones = [election.zone(name) for name in contest.zones]
            if not zones:
                continue
            starts = [contest.silence.start.in_zone(zone) - lead for zone in zones]
            ends = [
                max(contest.silence.end.in_zone(zone), contest.voting.end.in_zone(zone))
                for zone in zones
            ]
            called = min(
                min(contest.called.in_zone(zone), contest.opens.in_zone(zone)) for zone in zones
            )
            silences.append(Span(min(starts), max(ends)))
            campaigns.append(Span(called, max(ends)))
    return Calendar(tuple(campaigns), tuple(silences))


def phase(election: Election, now: datetime) -> Phase:
    """The phase of one election at `now`."""
    return calendar([election]).phase(now)


def busiest(phases: Sequence[Phase]) -> Phase:
    """The phase that sets the pace where several elections are watched."""
    return max(phases, key=_ORDER.index, default="quiet")


def interval(kind: SourceKind, phase: Phase, cadence: Cadence) -> timedelta:
    """The time between two visits, before chance."""
    return timedelta(minutes=cadence.visits[phase] * cadence.weight[kind])


def next_due(
    kind: SourceKind,
    phase: Phase,
    now: datetime,
    rng: random.Random,
    cadence: Cadence,
    *,
    failures: int = 0,
    backlog: bool = False,
    not_before: datetime | None = None,
) -> datetime:
    """When to visit a source again. `failures` are those in a row, this visit's included.

    `not_before` is what its host asked for; it wins over everything else.
    """
    wait = interval(kind, phase, cadence)
    if failures:
        longest = max(timedelta(minutes=cadence.longest_wait[phase]), wait)
        wait = min(wait * 2 ** min(failures - 1, 10), longest)
    elif backlog:
        wait = min(wait, timedelta(minutes=cadence.backlog))
    due = now + wait * (1 + rng.uniform(-cadence.jitter, cadence.jitter))
    return max(due, not_before) if not_before is not None else due


def next_look(
    published: datetime | None,
    first_seen: datetime,
    now: datetime,
    *,
    calendar: Calendar,
    rng: random.Random,
    cadence: Cadence,
) -> datetime | None:
    """When to look at a post again, having looked at `now`; None is never.

    `published` is the claimed time. A claim after first seen is not believed.
    """
    born = min(published or first_seen, first_seen)
    ladder = _ladder(born, first_seen, now, rng, cadence)
    for span in calendar.silences:
        if not span.start - timedelta(hours=cadence.tight_h) <= born < span.end:
            continue
        if now in span:
            return now + timedelta(minutes=rng.uniform(*cadence.tight))
        if now < span.start:
            # A look just before the window shows how the post stood when it began.
            return min(ladder or span.start, span.start)
    return ladder


def _ladder(
    born: datetime, first_seen: datetime, now: datetime, rng: random.Random, cadence: Cadence
) -> datetime | None:
    """The next age of `looks_h`; a post that was old when found gets the last two from then on."""
    steps = [timedelta(hours=hours) for hours in cadence.looks_h]
    start = born
    if first_seen - born >= steps[-1]:
        steps, start = steps[-2:], first_seen
    for step in steps:
        if start + step > now:
            return start + step + step * rng.uniform(0, cadence.jitter)
    return None


def from_claim(published_us: int | None) -> datetime | None:
    """A claimed time in microseconds as an instant; None where it is none a calendar has."""
    if published_us is None:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=published_us)
    except OverflowError:
        return None
