"""When a source is a matter for somebody: one sentence in three languages, or none. Pure.

The reason of a gap stands in it as the log has it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.election import Names
from core.model import Phase, SourceHealth
from crawler.cadence import Cadence, interval

# Judged in this order; the first that holds is what is said.
FAILURES = 3
MISSED = 6
LATE = 3
LEAST_YIELD = 0.25
_LEAST_LATE = timedelta(minutes=5)


def alarm(
    health: SourceHealth, now: datetime, phase: Phase, cadence: Cadence | None = None
) -> Names | None:
    """A sentence for people, or None where all is well or the source is off."""
    if not health.active:
        return None
    every = interval(health.source.kind, phase, cadence or Cadence())
    return (
        _failing(health)
        or _silent(health, now, every)
        or _late(health, now, every)
        or _shrunken(health)
    )


def _failing(health: SourceHealth) -> Names | None:
    times = health.failures_in_a_row
    if times < FAILURES:
        return None
    reason = health.last_gap.reason if health.last_gap else ""
    return Names(
        f"қатарынан {times} рет келу сәтсіз{reason and f'; соңғысы: {reason}'}",
        f"посещений неудачных подряд: {times}{reason and f'; последнее: {reason}'}",
        f"{times} visits in a row failed{reason and f'; the last: {reason}'}",
    )


def _silent(health: SourceHealth, now: datetime, every: timedelta) -> Names | None:
    if health.last_attempt is None:
        return None
    if health.last_success is None:
        reason = f": {health.last_gap.reason}" if health.last_gap else ""
        return Names(
            f"әлі бірде-бір рет сәтті келмедік{reason}",
            f"ни одного удачного посещения{reason}",
            f"never visited with success{reason}",
        )
    quiet = now - health.last_success
    if quiet <= max(every * MISSED, _LEAST_LATE):
        return None
    since, meant = _spoken(quiet), _spoken(every)
    return Names(
        f"{since.kk} бойы сәтті келу жоқ, ал {meant.kk} сайын келу керек",
        f"нет удачного посещения {since.ru}, а положено одно за {meant.ru}",
        f"no success for {since.en}, where one every {meant.en} is meant",
    )


def _late(health: SourceHealth, now: datetime, every: timedelta) -> Names | None:
    if health.next_due is None:
        return None
    late = now - health.next_due
    if late <= max(every * LATE, _LEAST_LATE):
        return None
    ago = _spoken(late)
    return Names(
        f"кезегі {ago.kk} бұрын келді, әлі тексерілмеді: жинаушы кешігуде не жұмыс істемейді",
        f"срок наступил {ago.ru} назад, посещения не было: сборщик опаздывает или не работает",
        f"due {ago.en} ago and not visited since: the crawler is late or does not run",
    )


def _shrunken(health: SourceHealth) -> Names | None:
    """Fewer posts in a day than a quarter of what is expected, once a whole day was watched.

    A day was watched when some posts are older than that; a source without any post at all after
    a success is empty, and that is said at once.
    """
    expected, seen = health.source.expected_per_day, health.posts_last_day
    if health.posts_total == 0 and expected:
        return Names(
            f"әлі бір де жазба жоқ, ал күніне шамамен {expected:g} күтіледі",
            f"ещё ни одной публикации, а ожидается около {expected:g} в день",
            f"not one post yet, where about {expected:g} a day are expected",
        )
    watched = health.posts_total > seen
    if not watched or seen >= expected * LEAST_YIELD:
        return None
    return Names(
        f"соңғы тәулікте {seen} жазба, ал шамамен {expected:g} күтіледі",
        f"публикаций за последние сутки: {seen}, а ожидается около {expected:g}",
        f"{seen} posts in the last day, where about {expected:g} are expected",
    )


def _spoken(span: timedelta) -> Names:
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return Names(f"{minutes} минут", f"{minutes} мин", f"{minutes} min")
    if minutes < 48 * 60:
        hours = f"{minutes / 60:.0f}"
        return Names(f"{hours} сағат", f"{hours} ч", f"{hours} h")
    days = f"{minutes / 1440:.0f}"
    return Names(f"{days} тәулік", f"{days} сут", f"{days} days")
