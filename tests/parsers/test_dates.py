"""Dates as publishers write them, and what several of them together prove."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.when import CivilDate, Instant, format_when
from crawler.parsers.byline import address_date, is_today
from crawler.parsers.claims import is_edit, read_claims, weigh
from crawler.parsers.dates import plausible, read_date

NOW = datetime(2023, 3, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023-03-18T09:00:00+06:00", "2023-03-18T09:00:00+06:00"),
        ("2023-03-18T09:00+0600", "2023-03-18T09:00:00+06:00"),
        ("2023-03-18 09:00:00 +06", "2023-03-18T09:00:00+06:00"),
        ("2023-03-18t03:00:00z", "2023-03-18T03:00:00+00:00"),
        ("2023-03-18T03:00:00.123456789Z", "2023-03-18T03:00:00.123456+00:00"),
        ("20230318T030000Z", "2023-03-18T03:00:00+00:00"),
        ("2023-03-18T24:00:00+06:00", "2023-03-19T00:00:00+06:00"),
        ("2023-03-18T09:00:00+06:00[Asia/Almaty]", "2023-03-18T09:00:00+06:00"),
        ("Sat, 18 Mar 2023 09:00:00 +0600", "2023-03-18T09:00:00+06:00"),
        ("Mon, 18 Mar 2023 09:00:00 GMT", "2023-03-18T09:00:00+00:00"),
        ("18 Mar 23 09:00 EST", "2023-03-18T09:00:00-05:00"),
        ("Сб, 18 мар 2023 09:00:00 +0600", "2023-03-18T09:00:00+06:00"),
        ("Sat Mar 18 2023 09:00:00 GMT+0600 (Almaty)", "2023-03-18T09:00:00+06:00"),
        ("1679130000", "2023-03-18T09:00:00+00:00"),
        ("1679130000000", "2023-03-18T09:00:00+00:00"),
    ],
)
def test_a_time_with_an_offset_is_an_instant(written: str, expected: str) -> None:
    reading = read_date(written)
    assert reading is not None
    assert isinstance(reading.when, Instant)
    assert format_when(reading.when) == expected


@pytest.mark.parametrize(
    "written",
    [
        "2023-03-18T09:15:00",
        "2023-03-18 09:15",
        "Sat, 18 Mar 2023 09:15:00",
        "Sat, 18 Mar 2023 09:15:00 QQT",
        "18 марта 2023 г. 09:15",
        "2023 жылғы 18 наурыз, 09:15",
        "09:15, 18.03.2023",
        "March 18, 2023 9:15 am",
        "2023-03-18T09:15:00+99:00",
    ],
)
def test_a_time_without_a_known_offset_is_a_civil_date_with_its_wall_time(written: str) -> None:
    reading = read_date(written)
    assert reading is not None
    assert reading.when == CivilDate(date(2023, 3, 18))
    assert reading.wall is not None
    assert reading.wall.isoformat() == "2023-03-18T09:15:00"


@pytest.mark.parametrize(
    "written",
    [
        "2023-03-18", "20230318", "2023/03/18", "18.03.2023", "18/03/2023", "03/18/2023",
        "18 наурыз 2023", "18 наурызы 2023", "наурыз 18, 2023", "2023 жылғы 18 наурыз",
        "2023 жылғы 18 наурызда", "2023 жылдың 18 наурызында",
        "18 марта 2023", "March 18th, 2023", "18-Mar-2023",
    ],
)  # fmt: skip
def test_a_date_without_a_time_stays_a_date(written: str) -> None:
    reading = read_date(written)
    assert reading is not None
    assert reading.when == CivilDate(date(2023, 3, 18))
    assert reading.wall is None


@pytest.mark.parametrize(
    "written",
    [
        "", "завтра", "Сегодня, 09:15", "2023-03", "марта 2023", "2023-02-30", "32.01.2023",
        "03/04/2023", "18 бересня 2023", "99999999999999", "1.2.3", "2023-W11-6",
        "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_nothing_is_guessed(written: str) -> None:
    assert read_date(written) is None


def test_almaty_time_has_the_offset_of_its_day() -> None:
    before, after = read_date("18 Mar 2023 00:30:00 ALMT"), read_date("18 Mar 2024 00:30:00 ALMT")
    assert before is not None
    assert after is not None
    assert format_when(before.when) == "2023-03-18T00:30:00+06:00"
    assert format_when(after.when) == "2024-03-18T00:30:00+05:00"


def test_the_hour_that_almaty_had_twice_is_no_instant() -> None:
    reading = read_date("29 Feb 2024 23:30:00 ALMT")
    assert reading is not None
    assert reading.when == CivilDate(date(2024, 2, 29))


@given(st.text(max_size=120))
def test_any_text_is_read_or_not_and_never_fails(text: str) -> None:
    reading = read_date(text)
    assert reading is None or format_when(reading.when)


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    st.integers(-12 * 60, 14 * 60),
)
def test_every_iso_instant_is_read_as_written(wall: datetime, offset: int) -> None:
    at = wall.replace(tzinfo=timezone(timedelta(minutes=offset)))
    reading = read_date(at.isoformat())
    assert reading is not None
    assert reading.when == Instant(at)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1970-01-01", False),
        ("1970-01-01T00:00:00Z", False),
        ("0001-01-01T00:00:00Z", False),
        ("2099-01-01", False),
        ("2023-03-21T12:00:00Z", True),
        ("2023-03-21T12:00:01Z", False),
        ("2023-03-21", True),
        ("2023-03-22", False),
        ("1999-12-31", True),
    ],
)
def test_zero_dates_and_dates_more_than_a_day_ahead_are_implausible(
    written: str, expected: bool
) -> None:
    reading = read_date(written)
    assert reading is not None
    assert plausible(reading.when, NOW) is expected


def agreed(*written: str) -> str | None:
    claims, _ = read_claims([(f"source {n}", text) for n, text in enumerate(written)], NOW, "date")
    when = weigh(claims, "date").when
    return None if when is None else format_when(when)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        # One instant under two offsets, and one that was stamped a minute later.
        (("2023-03-18T03:00:00Z", "2023-03-18T09:00:00+06:00"), "2023-03-18T03:00:00+00:00"),
        (("2023-03-18T09:00:00+06:00", "2023-03-18T09:01:30+06:00"), "2023-03-18T09:00:00+06:00"),
        # Local time labelled Z: neither can be proved right.
        (("2023-03-18T09:00:00Z", "2023-03-18T09:00:00+06:00"), "2023-03-18"),
        (("2023-03-18T09:00:00+06:00", "2023-03-18T11:00:00+06:00"), "2023-03-18"),
        # A date and an instant on it: the instant says more.
        (("2023-03-18", "2023-03-18T09:00:00+06:00"), "2023-03-18T09:00:00+06:00"),
        (("2023-03-18T09:00:00+06:00", "2023-03-18"), "2023-03-18T09:00:00+06:00"),
        # 01:00 of the 18th in Almaty is still the 17th in UTC, and both name it rightly.
        (("2023-03-18", "2023-03-17T19:00:00Z"), "2023-03-17T19:00:00+00:00"),
        (("2023-03-18", "2023-03-20T09:00:00+06:00"), "2023-03-18"),
        # A wall time is shown by clocks of some zone at that instant, or by none.
        (("2023-03-18T09:00:00", "2023-03-18T03:00:00Z"), "2023-03-18T03:00:00+00:00"),
        (("2023-03-18T09:07:00", "2023-03-18T03:00:00Z"), "2023-03-18"),
        (("2023-03-18T09:00:00", "2023-03-18T21:00:00"), "2023-03-18"),
        # Days that differ: the more trusted, and no more than the day.
        (("2023-03-17T23:30:00+06:00", "2023-03-18T00:30:00+06:00"), "2023-03-17"),
        # Two that agree do not outvote one that does not.
        (
            ("2023-03-18T09:00:00+06:00", "2023-03-18", "2023-03-18T10:00:00+06:00"),
            "2023-03-18",
        ),
        # What is refused does not disagree.
        (("1970-01-01T00:00:00Z", "2023-03-18T09:00:00+06:00"), "2023-03-18T09:00:00+06:00"),
        ((), None),
    ],
)
def test_agreement_keeps_the_most_exact_and_disagreement_the_day(
    sources: tuple[str, ...], expected: str | None
) -> None:
    assert agreed(*sources) == expected


@pytest.mark.parametrize(
    ("published", "modified", "expected"),
    [
        ("2023-03-17T10:00:00+06:00", "2023-03-17T10:01:00+06:00", False),
        ("2023-03-17T10:00:00+06:00", "2023-03-17T10:01:01+06:00", True),
        ("2023-03-17T10:00:00+06:00", "2023-03-16T10:00:00+06:00", False),
        ("2023-03-17", "2023-03-17", False),
        ("2023-03-17", "2023-03-18", True),
        ("2023-03-17T10:00:00", "2023-03-17T10:00:40", False),
        ("2023-03-17T10:00:00", "2023-03-17T10:30:00", True),
        # An instant that is still the same day somewhere proves no edit.
        ("2023-03-17", "2023-03-17T23:59:00+06:00", False),
        ("2023-03-17", "2023-03-18T03:00:00+06:00", False),
        ("2023-03-17", "2023-03-19T03:00:00+06:00", True),
        ("", "2023-03-18T03:00:00+06:00", False),
        ("2023-03-17", "", False),
    ],
)
def test_an_edit_is_a_change_later_than_publication(
    published: str, modified: str, expected: bool
) -> None:
    first, second = (
        weigh(read_claims([("s", text)] if text else [], NOW, "date")[0], "date")
        for text in (published, modified)
    )
    assert is_edit(first, second) is expected


def test_an_edit_is_later_than_every_date_of_publication_that_was_given() -> None:
    dates = [("json", "2023-03-17T09:00:00Z"), ("meta", "2023-03-17T15:00:00Z")]
    published = weigh(read_claims(dates, NOW, "p")[0], "p")
    modified = weigh(read_claims([("json", "2023-03-17T12:00:00Z")], NOW, "m")[0], "m")
    assert not is_edit(published, modified)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.kz/2023/03/18/a", date(2023, 3, 18)),
        ("https://e.kz/news/2023-3-8-a.html", date(2023, 3, 8)),
        ("https://e.kz/2023/03/a", None),
        ("https://e.kz/2023/13/18/a", None),
        ("https://e.kz/2099/01/01/a", None),
        ("https://e.kz/2023/03/18/2023-03-17", None),
        ("https://e.kz/a?d=2023-03-18", None),
        ("https://e.kz/12023/03/181", None),
    ],
)
def test_the_day_in_an_address(url: str, expected: date | None) -> None:
    found = address_date(url, NOW)
    assert (found.day if found else None) == expected


def test_today_is_every_day_that_it_may_be_somewhere() -> None:
    evening = datetime(2023, 3, 18, 22, tzinfo=UTC)
    assert [is_today(CivilDate(date(2023, 3, day)), evening) for day in (17, 18, 19, 20)] == [
        False, True, True, False,
    ]  # fmt: skip
