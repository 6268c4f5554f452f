"""Every edge of the silence window, named after the edge it proves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.election import Election
from core.model import Act, Flag, Span, Subject
from core.rules import judge
from core.when import parse_when


def flag(election: Election, at: str | None, **given: object) -> Flag | None:
    act = given.pop("act", None) or Act("new", parse_when(at) if at else None)
    subject = Subject(act=act, kind="campaigning", reads_text=False, **given)  # type: ignore[arg-type]
    found = [one for one in judge(subject, election) if one.rule == "silence_violation"]
    assert len(found) == 1
    return found[0]


def verdict(election: Election, at: str | None, **given: object) -> str:
    found = flag(election, at, **given)
    assert found is not None
    return found.verdict


EDGES = [
    # the last second of campaigning and the first of silence, on the clocks of either zone
    ("2023-03-17T23:59:59+06:00", "KZ-75", "cleared"),
    ("2023-03-18T00:00:00+06:00", "KZ-75", "violation"),
    ("2023-03-18T00:00:00+06:00", "KZ-15", "cleared"),
    ("2023-03-17T23:59:59+05:00", "KZ-15", "cleared"),
    ("2023-03-18T00:00:00+05:00", "KZ-15", "violation"),
    # the window outlasts voting day to its midnight, and not one second longer
    ("2023-03-19T20:00:00+06:00", "KZ-75", "violation"),
    ("2023-03-19T23:59:59+06:00", "KZ-75", "violation"),
    ("2023-03-20T00:00:00+06:00", "KZ-75", "cleared"),
    ("2023-03-20T00:30:00+06:00", "KZ-15", "violation"),
    ("2023-03-20T00:00:00+05:00", "KZ-15", "cleared"),
    # one instant, written with another offset
    ("2023-03-17T18:00:00Z", "KZ-75", "violation"),
    ("2023-03-17T17:59:59Z", "KZ-75", "cleared"),
    ("2023-03-17T18:59:59Z", "KZ-47", "cleared"),
    ("2023-03-17T19:00:00Z", "KZ-47", "violation"),
]


@pytest.mark.parametrize(("at", "region", "expected"), EDGES)
def test_edges_of_the_window_in_one_region(
    kz: Election, at: str, region: str, expected: str
) -> None:
    assert verdict(kz, at, regions=(region,)) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2023-03-17T17:59:59Z", "cleared"),  # the second before the first zone
        ("2023-03-17T18:00:00Z", "indeterminate"),  # 00:00 of the first zone, not yet of the last
        ("2023-03-17T18:59:59Z", "indeterminate"),  # the second before the last zone
        ("2023-03-17T19:00:00Z", "violation"),  # 00:00 of the last zone
        ("2023-03-19T17:59:59Z", "violation"),  # the last second inside every zone
        ("2023-03-19T18:00:00Z", "indeterminate"),  # over in UTC+6, not in UTC+5
        ("2023-03-19T19:00:00Z", "cleared"),  # over everywhere
    ],
)
def test_a_party_list_of_the_whole_country_is_judged_in_every_zone(
    kz: Election, at: str, expected: str
) -> None:
    assert verdict(kz, at, parties=("amanat",)) == expected
    assert verdict(kz, at, regions=("KZ",)) == expected
    assert verdict(kz, at, regions=("KZ-75", "KZ-15")) == expected


def test_the_constituency_of_the_candidate_named_wins_over_the_region_of_the_account(
    kz: Election,
) -> None:
    half_past = "2023-03-18T00:30:00+06:00"
    named = {"account_regions": ("KZ-15",), "candidates": ("in-almaty",)}
    assert verdict(kz, half_past, **named) == "violation"
    assert verdict(kz, half_past, account_regions=("KZ-15",)) == "cleared"
    assert verdict(kz, half_past, candidates=("in-almaty", "in-aqtobe")) == "indeterminate"


def test_a_candidate_on_a_list_of_the_whole_country_addresses_every_zone(kz: Election) -> None:
    assert verdict(kz, "2023-03-18T00:30:00+06:00", candidates=("of-a-list",)) == "indeterminate"
    assert verdict(kz, "2023-03-18T01:00:00+06:00", candidates=("of-a-list",)) == "violation"


def test_a_date_without_a_time_is_judged_in_each_zone_by_itself(kz: Election) -> None:
    assert verdict(kz, "2023-03-18", regions=("KZ",)) == "violation"
    assert verdict(kz, "2023-03-19", regions=("KZ-15",)) == "violation"
    assert verdict(kz, "2023-03-17", regions=("KZ",)) == "cleared"
    assert verdict(kz, "2023-03-20", regions=("KZ-75",)) == "cleared"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2023-03-17T20:00:00+06:00/2023-03-17T23:59:59+06:00", "cleared"),
        ("2023-03-17T23:00:00+06:00/2023-03-18T00:00:00+06:00", "indeterminate"),
        ("2023-03-18T00:00:00+06:00/2023-03-18T09:00:00+06:00", "violation"),
        ("2023-03-19T23:00:00+06:00/2023-03-20T00:00:00+06:00", "indeterminate"),
        ("2023-03-17T00:00:00+06:00/2023-03-21T00:00:00+06:00", "indeterminate"),
    ],
)
def test_an_interval_between_two_captures(kz: Election, at: str, expected: str) -> None:
    assert verdict(kz, at, regions=("KZ-75",)) == expected


def test_unknown_time_and_unknown_region_are_never_a_violation(kz: Election) -> None:
    assert verdict(kz, None, regions=("KZ-75",)) == "indeterminate"
    assert verdict(kz, "2023-03-18T12:00:00+06:00") == "indeterminate"
    assert verdict(kz, "2023-03-16T12:00:00+06:00") == "cleared"
    assert verdict(kz, "2023-03-18T12:00:00+06:00", contest="mazhilis") == "indeterminate"


def test_another_election_has_no_calendar_here(kz: Election) -> None:
    subject = Subject(Act("new", parse_when("2023-03-18T12:00:00+06:00")), kind="campaigning",
                      contest="other", regions=("KZ-75",))  # fmt: skip
    assert judge(subject, kz) == ()


def test_only_campaigning_is_asked(kz: Election) -> None:
    for kind in ("civic_info", "news_report", "other", None):
        subject = Subject(Act("new", parse_when("2023-03-18")), kind=kind, regions=("KZ-75",))  # type: ignore[arg-type]
        assert judge(subject, kz) == ()


def test_an_edit_without_the_publishers_mark_is_indeterminate(kz: Election) -> None:
    at = parse_when("2023-03-18T10:00:00+06:00")
    added = (Span(0, 10),)
    marked, unmarked = Act("edit", at, added=added), Act("edit", at, marked=False, added=added)
    assert verdict(kz, None, act=marked, regions=("KZ-75",)) == "violation"
    assert verdict(kz, None, act=unmarked, regions=("KZ-75",)) == "indeterminate"


def test_an_edit_is_judged_on_the_words_it_added(kz: Election) -> None:
    at = parse_when("2023-03-18T10:00:00+06:00")
    act = Act("edit", at, added=(Span(50, 60),))
    old = Subject(act, kind="campaigning", kind_spans=(Span(0, 10),), regions=("KZ-75",))
    assert judge(old, kz) == ()
    new = replace(old, kind_spans=(Span(0, 10), Span(55, 58)))
    (found,) = [one for one in judge(new, kz) if one.rule == "silence_violation"]
    assert found.verdict == "violation"
    assert found.spans == (Span(55, 58),)


def test_a_repost_and_a_running_advertisement_inside_the_window_are_acts(kz: Election) -> None:
    at = parse_when("2023-03-18T10:00:00+06:00")
    for kind in ("repost", "pin", "running_ad", "comment", "story", "live"):
        assert verdict(kz, None, act=Act(kind, at), regions=("KZ-75",)) == "violation"  # type: ignore[arg-type]


def test_an_unsure_classifier_leaves_it_to_a_person(kz: Election) -> None:
    assert (
        verdict(kz, "2023-03-18T10:00:00+06:00", regions=("KZ-75",), kind_abstained=True)
        == "indeterminate"
    )


def test_the_zone_change_of_2024_03_01_moves_the_same_wall_time(kz: Election) -> None:
    """The whole country is UTC+5 since: an Almaty midnight of a later election is an hour later."""
    from datetime import UTC, date, datetime, time
    from zoneinfo import ZoneInfo

    from core.when import WallTime

    almaty = ZoneInfo("Asia/Almaty")
    before = WallTime(date(2024, 2, 29), time()).in_zone(almaty)
    after = WallTime(date(2024, 3, 2), time()).in_zone(almaty)
    assert before == datetime(2024, 2, 28, 18, tzinfo=UTC)
    assert after == datetime(2024, 3, 1, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-04-05T21:59:59Z", "cleared"),  # 23:59:59 CEST: one hour earlier than CET would say
        ("2024-04-05T22:00:00Z", "violation"),
        ("2024-04-07T18:59:59Z", "violation"),
        ("2024-04-07T19:00:00Z", "cleared"),  # the polls close at 21:00 and silence ends with them
        ("2024-04-07", "indeterminate"),  # a date reaches beyond the close of the polls
        ("2024-04-06", "violation"),
    ],
)
def test_silence_that_ends_when_polls_close_after_a_change_of_clocks(
    pl: Election, at: str, expected: str
) -> None:
    assert verdict(pl, at, regions=("PL-14",)) == expected


def test_a_flag_names_rule_law_contest_clock_and_reason(kz: Election) -> None:
    found = flag(kz, "2023-03-18T00:00:00+06:00", regions=("KZ-75",), kind_spans=(Span(3, 9),))
    assert found is not None
    assert found.fact is not None
    assert found.fact.article and found.fact.basis and found.fact.url
    assert found.rule_version
    assert found.contest in kz.contests
    assert found.spans == (Span(3, 9),)
    assert list(found.clock.zones) == ["Asia/Almaty"]
    assert found.clock.tzdata
    for reason in (found.reason.kk, found.reason.ru, found.reason.en):
        assert found.fact.article in reason
        assert "2023-03-18 00:00" in reason
    assert "only a prosecutor or a court" in found.reason.en
