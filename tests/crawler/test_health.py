"""When a source is an alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.election import AccountRef
from core.model import Account, Gap, Source, SourceHealth
from crawler.health import alarm

NOW = datetime(2023, 3, 18, 12, tzinfo=UTC)
SOURCE = Source("s", "feed", "http://x.kz/feed", Account(AccountRef("web", "x.kz")), "ru", 40.0)
WELL = SourceHealth(
    source=SOURCE, active=True, next_due=NOW + timedelta(minutes=2),
    last_attempt=NOW - timedelta(minutes=1), last_success=NOW - timedelta(minutes=1),
    last_new_post=NOW - timedelta(hours=1), posts_total=300, posts_last_day=38,
    failures_in_a_row=0, last_gap=None,
)  # fmt: skip
GAP = Gap("s", "http://x.kz/feed", NOW, "FetchError", "HTTP 500 Internal Server Error")


def said(**changes: object) -> str:
    found = alarm(replace(WELL, **changes), NOW, "silence")  # type: ignore[arg-type]
    return found.en if found is not None else ""


def test_an_alarm_is_said_in_three_languages() -> None:
    every: tuple[dict[str, object], ...] = (
        {"failures_in_a_row": 3},
        {"last_success": None},
        {"last_success": NOW - timedelta(hours=3)},
        {"next_due": NOW - timedelta(days=3)},
        {"posts_total": 0},
        {"posts_last_day": 9},
    )
    for changes in every:
        found = alarm(replace(WELL, **changes), NOW, "silence")  # type: ignore[arg-type]
        assert found is not None
        assert len({found.kk, found.ru, found.en}) == 3, changes


def test_a_source_that_does_well_and_one_that_is_off_say_nothing() -> None:
    assert said() == ""
    assert said(active=False, failures_in_a_row=9) == ""


def test_three_failures_in_a_row_name_the_last_reason() -> None:
    assert said(failures_in_a_row=2, last_gap=GAP) == ""
    assert said(failures_in_a_row=3, last_gap=GAP) == (
        "3 visits in a row failed; the last: HTTP 500 Internal Server Error"
    )


def test_six_missed_visits_are_an_alarm_measured_by_the_phase() -> None:
    late = {"last_success": NOW - timedelta(minutes=19)}
    assert "no success for 19 min" in said(**late)
    assert alarm(replace(WELL, **late), NOW, "quiet") is None  # type: ignore[arg-type]


def test_a_source_that_never_answered_says_why() -> None:
    assert said(last_success=None, failures_in_a_row=1, last_gap=GAP, posts_total=0) == (
        "never visited with success: HTTP 500 Internal Server Error"
    )
    assert said(last_success=None, last_attempt=None) == ""


def test_a_source_that_is_due_and_not_visited_says_that_the_crawler_is_late() -> None:
    assert "the crawler is late" in said(next_due=NOW - timedelta(minutes=10))
    assert said(next_due=NOW - timedelta(minutes=5)) == ""


def test_a_shrunken_yield_is_an_alarm_once_a_whole_day_was_watched() -> None:
    assert said(posts_last_day=9) == "9 posts in the last day, where about 40 are expected"
    assert said(posts_last_day=10) == ""
    assert said(posts_total=9, posts_last_day=9) == ""


def test_an_empty_source_is_an_alarm_at_once() -> None:
    assert "not one post yet" in said(posts_total=0, posts_last_day=0)
