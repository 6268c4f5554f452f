"""When to look: phases, visits, second looks."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.election import Constituency, Contest, Election, Names, Window
from core.model import Phase
from core.when import WallTime
from crawler.cadence import (
    Cadence,
    Calendar,
    Span,
    busiest,
    calendar,
    next_due,
    next_look,
    phase,
)

STEADY = Cadence(jitter=0.0)


def wall(day: int, hour: int = 0, month: int = 3) -> WallTime:
    return WallTime(date(2023, month, day), time(hour))


def election(silence_ends: WallTime) -> Election:
    contest = Contest(
        id="m", level="regional", names=Names(), called=wall(19, month=1), opens=wall(18, 18, 2),
        silence=Window(wall(18), silence_ends), voting=Window(wall(19, 7), wall(19, 20)),
        poll_bans=(),
        constituencies=(
            Constituency("a", "KZ-75", "Asia/Almaty"), Constituency("b", "KZ-47", "Asia/Aqtau"),
        ),
    )  # fmt: skip
    return Election(
        id="x", country="KZ", names=Names(), voting_day=date(2023, 3, 19),
        default_zone="Asia/Almaty", languages=(), regions={}, contests={"m": contest}, parties={},
        candidates={}, facts={}, barred_roles={}, acts={}, audience_threshold=0, retention_days=1,
        hash="",
    )  # fmt: skip


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2023, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(18, 17, 59, month=1), "quiet"),
        (at(18, 18, 0, month=1), "campaign"),  # 19 January 00:00 in Almaty, UTC+6
        (at(17, 16, 59), "campaign"),
        (at(17, 17, 0), "silence"),  # an hour before 18 March 00:00 in Almaty
        (at(19, 18, 59), "silence"),  # past midnight in Almaty, not yet in Aqtau, UTC+5
        (at(19, 19, 0), "quiet"),
    ],
)
def test_the_phase_begins_with_the_first_zone_and_ends_with_the_last(
    now: datetime, expected: Phase
) -> None:
    assert phase(election(wall(20)), now) == expected


def test_a_silence_that_ends_before_the_polls_close_lasts_until_they_do() -> None:
    assert phase(election(wall(19, 7)), at(19, 14, 59)) == "silence"
    assert phase(election(wall(19, 7)), at(19, 15, 0)) == "quiet"


def test_of_two_elections_the_one_in_silence_sets_the_pace() -> None:
    other = replace(election(wall(20)), contests={})
    assert calendar([other, election(wall(20))]).phase(at(18, 12)) == "silence"
    assert busiest(["quiet", "silence", "campaign"]) == "silence"
    assert calendar([]).phase(at(18, 12)) == "quiet"


NOW = at(18, 12)


def due(**kwargs: object) -> timedelta:
    return next_due("feed", "silence", NOW, random.Random(1), STEADY, **kwargs) - NOW  # type: ignore[arg-type]


def test_visits_are_closer_the_nearer_the_silence() -> None:
    waits = [
        next_due("feed", one, NOW, random.Random(1), STEADY) - NOW
        for one in ("quiet", "campaign", "silence")
    ]
    assert waits == [timedelta(minutes=60), timedelta(minutes=10), timedelta(minutes=3)]


def test_failures_double_the_wait_up_to_a_bound_that_silence_keeps_short() -> None:
    assert [due(failures=n) for n in (0, 1, 2, 3, 20)] == [
        timedelta(minutes=minutes) for minutes in (3, 3, 6, 12, 15)
    ]


def test_a_backlog_is_gone_on_with_soon_and_what_the_host_asked_wins() -> None:
    assert due(backlog=True) == timedelta(minutes=1)
    assert due(backlog=True, not_before=NOW + timedelta(hours=2)) == timedelta(hours=2)


def test_jitter_stays_within_its_share_and_repeats_with_its_seed() -> None:
    cadence = Cadence(jitter=0.2)
    waits = [next_due("feed", "quiet", NOW, random.Random(n), cadence) - NOW for n in range(50)]
    assert timedelta(minutes=48) <= min(waits) < max(waits) <= timedelta(minutes=72)
    again = [next_due("feed", "quiet", NOW, random.Random(n), cadence) - NOW for n in range(50)]
    assert waits == again


SILENCE = Calendar(silences=(Span(at(17, 17), at(19, 19)),))


def look(published: datetime | None, first_seen: datetime, now: datetime) -> timedelta | None:
    found = next_look(
        published, first_seen, now, calendar=SILENCE, rng=random.Random(1), cadence=STEADY
    )
    return None if found is None else found - now


@pytest.mark.parametrize("published", [at(18, 9), at(16, 9), at(15, 18)])
def test_a_post_of_the_window_or_of_two_days_before_is_looked_at_each_half_hour_in_it(
    published: datetime,
) -> None:
    wait = look(published, published, at(18, 12))
    assert wait is not None
    assert timedelta(minutes=15) <= wait <= timedelta(minutes=30)


def test_a_post_before_the_window_is_looked_at_when_it_begins() -> None:
    assert look(at(17, 8), at(17, 8), at(17, 12)) == timedelta(hours=4)  # the 8 h step comes first
    assert look(at(16, 16), at(16, 16), at(17, 16, 30)) == timedelta(minutes=30)


def test_after_the_window_looks_thin_out_and_end() -> None:
    assert look(at(18, 20), at(18, 20), at(19, 19)) == timedelta(hours=1)
    assert look(at(18, 20), at(18, 20), at(26, 19)) is None


def test_an_old_post_found_late_gets_two_looks_and_a_claim_of_2099_is_not_believed() -> None:
    old = datetime(1970, 1, 1, tzinfo=UTC)
    first = at(1, 0)
    assert look(old, first, first) == timedelta(hours=72)
    assert look(old, first, first + timedelta(hours=73)) == timedelta(hours=95)
    assert look(old, first, first + timedelta(hours=169)) is None
    assert look(datetime(2099, 1, 1, tzinfo=UTC), first, first) == timedelta(minutes=30)
    assert look(None, first, first) == timedelta(minutes=30)
