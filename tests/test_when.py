"""Times as exactly as they are known: gaps, folds, the zone that changed, text and back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput, InvalidWhen
from core.when import (
    EPOCH,
    CivilDate,
    Instant,
    Interval,
    WallTime,
    When,
    format_when,
    from_micros,
    micros,
    parse_when,
    span_in,
)

ALMATY, AQTOBE = ZoneInfo("Asia/Almaty"), ZoneInfo("Asia/Aqtobe")
BERLIN, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
MIDNIGHT = time()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def wall(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> WallTime:
    return WallTime(date(year, month, day), time(hour, minute))


# --- wall times ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "at", "instant"),
    [
        # 2023: two zones in one country, so silence begins twice
        (ALMATY, wall(2023, 3, 18), utc(2023, 3, 17, 18)),
        (AQTOBE, wall(2023, 3, 18), utc(2023, 3, 17, 19)),
        # 2024-03-01: the clocks of Almaty go back from 24:00 to 23:00, that evening twice
        (ALMATY, wall(2024, 2, 29, 22, 59), utc(2024, 2, 29, 16, 59)),
        (ALMATY, wall(2024, 2, 29, 23, 30), utc(2024, 2, 29, 17, 30)),
        (ALMATY, wall(2024, 3, 1), utc(2024, 2, 29, 19)),
        (AQTOBE, wall(2024, 3, 1), utc(2024, 2, 29, 19)),
        # spring: 02:00 to 03:00 is skipped, and what lies in it is the instant of the change
        (BERLIN, wall(2023, 3, 26, 1, 59), utc(2023, 3, 26, 0, 59)),
        (BERLIN, wall(2023, 3, 26, 2), utc(2023, 3, 26, 1)),
        (BERLIN, wall(2023, 3, 26, 2, 30), utc(2023, 3, 26, 1)),
        (BERLIN, wall(2023, 3, 26, 3), utc(2023, 3, 26, 1)),
        # autumn: 02:00 to 03:00 comes twice, the first counts
        (BERLIN, wall(2023, 10, 29, 2, 30), utc(2023, 10, 29, 0, 30)),
        (BERLIN, wall(2023, 10, 29, 3), utc(2023, 10, 29, 2)),
        # midnight itself is skipped
        (ZoneInfo("America/Asuncion"), wall(2023, 10, 1), utc(2023, 10, 1, 4)),
        # a whole day is skipped
        (APIA, wall(2011, 12, 30, 12), utc(2011, 12, 30, 10)),
        # half an hour is skipped
        (ZoneInfo("Australia/Lord_Howe"), wall(2023, 10, 1, 2, 15), utc(2023, 9, 30, 15, 30)),
    ],
)
def test_a_wall_time_is_the_first_instant_whose_clocks_show_it(
    zone: ZoneInfo, at: WallTime, instant: datetime
) -> None:
    assert at.in_zone(zone) == instant


ZONES = st.sampled_from(
    ["Asia/Almaty", "Asia/Qostanay", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC"]
).map(ZoneInfo)


WALL_TIMES = st.builds(
    WallTime,
    st.dates(date(1990, 1, 1), date(2036, 12, 31)),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)


@given(WALL_TIMES, ZONES)
def test_no_clock_showed_the_time_or_a_later_one_just_before(
    wall_time: WallTime, zone: ZoneInfo
) -> None:
    found = wall_time.in_zone(zone)
    asked = datetime.combine(wall_time.day, wall_time.clock, tzinfo=zone).replace(tzinfo=None)
    before = (found - timedelta(seconds=1)).astimezone(zone)
    assert found.astimezone(zone).replace(tzinfo=None) >= asked
    assert before.replace(tzinfo=None) < asked


# --- civil dates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (ALMATY, date(2024, 2, 29), 25),
        (ALMATY, date(2024, 3, 1), 24),
        (AQTOBE, date(2024, 2, 29), 24),
        (BERLIN, date(2023, 3, 26), 23),
        (BERLIN, date(2023, 10, 29), 25),
        (APIA, date(2011, 12, 29), 24),
        (APIA, date(2011, 12, 31), 24),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: ZoneInfo, day: date, hours: int) -> None:
    start, end = span_in(CivilDate(day), zone)
    assert end - start + timedelta(microseconds=1) == timedelta(hours=hours)


def test_a_day_is_another_stretch_of_time_in_each_zone() -> None:
    day = CivilDate(date(2023, 3, 18))
    assert span_in(day, ALMATY)[0] == utc(2023, 3, 17, 18)
    assert span_in(day, AQTOBE)[1] == utc(2023, 3, 18, 19) - timedelta(microseconds=1)


@given(st.dates(), ZONES)
def test_days_follow_each_other_without_a_hole_to_the_ends_of_the_calendar(
    day: date, zone: ZoneInfo
) -> None:
    start, end = span_in(CivilDate(day), zone)
    assert start <= end
    if date(1980, 1, 1) < day < date(2100, 1, 1):
        after = span_in(CivilDate(day + timedelta(days=1)), zone)[0]
        assert end + timedelta(microseconds=1) == after


@pytest.mark.parametrize("offset", [-12, 14])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_instants_at_the_ends_of_the_calendar_can_be_read(day: date, offset: int) -> None:
    for clock in (time.min, time.max):
        at = datetime.combine(day, clock, tzinfo=timezone(timedelta(hours=offset)))
        start, end = span_in(Instant(at), ALMATY)
        assert start == end
        assert abs(start - at) <= timedelta(hours=14)


def test_instants_and_intervals_are_the_same_in_every_zone() -> None:
    early = datetime(2023, 3, 18, 5, tzinfo=timezone(timedelta(hours=5)))
    late = utc(2023, 3, 18, 1)
    for zone in (ALMATY, BERLIN):
        assert span_in(Instant(early), zone) == (utc(2023, 3, 18), utc(2023, 3, 18))
        assert span_in(Interval(early, late), zone) == (utc(2023, 3, 18), late)


# --- text ----------------------------------------------------------------------------------------

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda n: timezone(timedelta(minutes=n)))
MOMENTS = st.datetimes(timezones=OFFSETS)
WHENS = st.one_of(
    MOMENTS.map(Instant),
    st.dates().map(CivilDate),
    st.tuples(MOMENTS, MOMENTS).map(lambda two: Interval(min(two), max(two))),
)


@given(WHENS)
def test_what_was_written_is_read_again(when: When) -> None:
    assert parse_when(format_when(when)) == when
    assert format_when(parse_when(format_when(when))) == format_when(when)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2023-03-18", CivilDate(date(2023, 3, 18))),
        (" 2023-03-18 ", CivilDate(date(2023, 3, 18))),
        ("2023-03-18T09:00:00Z", Instant(utc(2023, 3, 18, 9))),
        ("2023-03-18T09:00+06:00", Instant(utc(2023, 3, 18, 3))),
        (
            "2023-03-18T09:00:00+06:00/2023-03-18T10:00:00Z",
            Interval(utc(2023, 3, 18, 3), utc(2023, 3, 18, 10)),
        ),
        (
            "2023-03-18T09:00:00Z / 2023-03-18T09:00:00Z",
            Interval(utc(2023, 3, 18, 9), utc(2023, 3, 18, 9)),
        ),
    ],
)
def test_iso_8601_is_read(text: str, when: When) -> None:
    assert parse_when(text) == when


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2023-03-18T09:00:00",
        "2023-02-30",
        "2023-03-18T25:00:00Z",
        "18.03.2023",
        "2023-03-18/2023-03-19",
        "2023-03-18T10:00:00Z/2023-03-18T09:00:00Z",
        "2023-03-18T09:00:00Z/",
        "2023-03-18T09:00:00Z/2023-03-18T10:00:00Z/2023-03-18T11:00:00Z",
        "2023-03-18T09:00:00+25:00",
        "0000-00-00",
    ],
)
def test_what_is_no_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidWhen) as refused:
        parse_when(text)
    assert isinstance(refused.value, InvalidInput)
    assert refused.value.expected


@given(st.text())
def test_any_text_is_a_time_or_an_invalid_when(text: str) -> None:
    with suppress(InvalidWhen):
        parse_when(text)


def test_a_naive_instant_is_refused_wherever_it_is_made() -> None:
    naive = datetime(2023, 3, 18)  # noqa: DTZ001  what is refused
    for make in (
        lambda: Instant(naive),
        lambda: Interval(naive, utc(2023, 3, 18)),
        lambda: Interval(utc(2023, 3, 18), naive),
        lambda: micros(naive),
    ):
        with pytest.raises(InvalidWhen):
            make()


# --- microseconds --------------------------------------------------------------------------------


@given(MOMENTS)
def test_microseconds_are_the_same_instant(at: datetime) -> None:
    if abs(at.year - 5000) < 4990:
        assert from_micros(micros(at)) == at
        assert from_micros(micros(at)).utcoffset() == timedelta(0)


def test_microseconds_count_from_1970_and_order_as_instants_do() -> None:
    assert micros(EPOCH) == 0
    assert micros(EPOCH - timedelta(microseconds=1)) == -1
    assert micros(datetime(1970, 1, 1, 6, tzinfo=ALMATY)) == 0
    assert micros(utc(2023, 3, 18)) == 1679097600000000
