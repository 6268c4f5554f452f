"""When a source is a matter for somebody: one sentence, or none. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.model import Phase, SourceHealth
from crawler.cadence import Cadence, interval

# Judged in this order; the first that holds is what is said.
FAILURES = 3
MISSED = 6
LATE = 3
LEAST_YIELD = 0.25
_LEAST_LATE = timedelta(minutes=5)


def alarm(health: SourceHealth, now: datetime, phase: Phase, cadence: Cadence | None = None) -> str:
    """A sentence for people, or an empty string where all is well or the source is off."""
    if not health.active:
        return ""
    every = interval(health.source.kind, phase, cadence or Cadence())
    return (
        _failing(health)
        or _silent(health, now, every)
        or _late(health, now, every)
        or _shrunken(health)
    )


def _failing(health: SourceHealth) -> str:
    if health.failures_in_a_row < FAILURES:
        return ""
    last = f"; the last: {health.last_gap.reason}" if health.last_gap else ""
    return f"{health.failures_in_a_row} visits in a row failed{last}"


def _silent(health: SourceHealth, now: datetime, every: timedelta) -> str:
    if health.last_attempt is None:
        return ""
    if health.last_success is None:
        reason = f": {health.last_gap.reason}" if health.last_gap else ""
        return f"never visited with success{reason}"
    quiet = now - health.last_success
    if quiet <= max(every * MISSED, _LEAST_LATE):
        return ""
    return f"no success for {_spoken(quiet)}, where one every {_spoken(every)} is meant"


def _late(health: SourceHealth, now: datetime, every: timedelta) -> str:
    if health.next_due is None:
        return ""
    late = now - health.next_due
    if late <= max(every * LATE, _LEAST_LATE):
        return ""
    return f"due {_spoken(late)} ago and not visited since: the crawler is late or does not run"


def _shrunken(health: SourceHealth) -> str:
    """Fewer posts in a day than a quarter of what is expected, once a whole day was watched.

    A day was watched when some posts are older than that; a source without any post at all after
    a success is empty, and that is said at once.
    """
    expected = health.source.expected_per_day
    if health.posts_total == 0:
        return f"not one post yet, where about {expected:g} a day are expected" if expected else ""
    watched = health.posts_total > health.posts_last_day
    if not watched or health.posts_last_day >= expected * LEAST_YIELD:
        return ""
    return f"{health.posts_last_day} posts in the last day, where about {expected:g} are expected"


def _spoken(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"
