"""Several statements of one date, weighed: agreement keeps the most exact, disagreement the day.

- Two instants agree within two minutes. A date agrees with an instant that falls on it in some
  zone; a wall time with an instant that some zone shows as it; two wall times within two minutes.
- Where all agree, the most exact is taken, the most trusted among those as exact.
- Where any disagrees with the most trusted one, only the day of the most trusted is kept: local
  time labelled Z beside the true offset is the common case, and neither can be proved right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from core.when import CivilDate, Instant, When, format_when
from crawler.parsers.dates import Reading, plausible, read_date

SAME = timedelta(minutes=2)
# Later than this after publication and it is an edit: systems stamp both dates when they publish.
EDIT_GAP = timedelta(minutes=1)
_WEST, _EAST, _QUARTER = timedelta(hours=-12), timedelta(hours=14), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claim:
    """A date and who says so, for the notes."""

    source: str
    reading: Reading

    @property
    def instant(self) -> datetime | None:
        """The moment, where it is one."""
        return self.reading.when.at if isinstance(self.reading.when, Instant) else None

    def __str__(self) -> str:
        wall = self.reading.wall
        return f"{self.source} {wall.isoformat() if wall else format_when(self.reading.when)}"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What became of some claims: the date, the plausible claims, and what was doubted."""

    when: When | None
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()


def read_claims(
    written: Iterable[tuple[str, str]], now: datetime, what: str
) -> tuple[list[Claim], list[str]]:
    """Claims from (source, text) pairs in order of trust; notes on what is none."""
    claims: list[Claim] = []
    notes: list[str] = []
    for source, text in written:
        reading = read_date(text)
        if reading is None:
            notes.append(f"{what}: {source} is no date: {text.strip()[:60]!r}")
        elif not plausible(reading.when, now):
            notes.append(f"{what}: {source} is implausible and refused: {text.strip()[:60]!r}")
        else:
            claims.append(Claim(source, reading))
    return claims, notes


def weigh(claims: Sequence[Claim], what: str) -> Weighed:
    """One date from claims in order of trust; without claims there is none."""
    if not claims:
        return Weighed(None)
    first = claims[0]
    for other in claims[1:]:
        if not _agree(first.reading, other.reading):
            note = f"{what}: {first} and {other} disagree, only the day is kept"
            return Weighed(CivilDate(first.reading.day), tuple(claims), (note,))
    best = next((claim for claim in claims if claim.instant), first)
    wall = best.reading.wall
    notes = (f"{what}: {wall.isoformat()} has no offset, only the day is kept",) if wall else ()
    return Weighed(best.reading.when, tuple(claims), notes)


def is_edit(published: Weighed, modified: Weighed) -> bool:
    """True where the publisher's own date of change is later than every date of publication."""
    if modified.when is None or not published.claims:
        return False
    return all(_later(modified.claims[0].reading, claim.reading) for claim in published.claims)


def _later(changed: Reading, made: Reading) -> bool:
    if isinstance(changed.when, Instant) and isinstance(made.when, Instant):
        return changed.when.at - made.when.at > EDIT_GAP
    if changed.wall and made.wall:
        return changed.wall - made.wall > EDIT_GAP
    return changed.day > made.day and not _agree(changed, made)


def _agree(first: Reading, second: Reading) -> bool:
    if isinstance(first.when, Instant) and isinstance(second.when, Instant):
        return abs(first.when.at - second.when.at) <= SAME
    if isinstance(first.when, Instant):
        return _shown(first.when.at, second)
    if isinstance(second.when, Instant):
        return _shown(second.when.at, first)
    if first.wall and second.wall:
        return abs(first.wall - second.wall) <= SAME
    return first.day == second.day


def _shown(at: datetime, local: Reading) -> bool:
    """Whether clocks of some zone show `local` at the moment `at`."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    if local.wall:
        offset = local.wall - utc
        off_grid = (offset + SAME) % _QUARTER
        return _WEST - SAME <= offset <= _EAST + SAME and off_grid <= 2 * SAME
    midnight = datetime.combine(local.day, time())
    return utc + _WEST < midnight + timedelta(days=1) and utc + _EAST >= midnight
