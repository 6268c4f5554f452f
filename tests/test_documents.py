"""One document for the post, one for each flag that waits for a person, each facet as promised."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from core.documents import index_documents
from core.election import (
    AccountRef,
    Candidate,
    Constituency,
    Contest,
    Election,
    Names,
    Region,
    Window,
)
from core.model import (
    FACETS,
    Account,
    Act,
    Annotation,
    ClockReading,
    Flag,
    IndexDocument,
    Judgement,
    Post,
    PostRecord,
    Revision,
    Token,
    Verdict,
)
from core.ports import JudgedFlag, PostState
from core.when import CivilDate, Instant, Interval, WallTime, When, micros

ALMATY, AQTAU = "Asia/Almaty", "Asia/Aqtau"
SEEN = datetime(2023, 3, 18, 20, 0, tzinfo=UTC)  # the 19th in Almaty (UTC+6), in Aqtau (+5) too


class LowerCaseWords:
    version = "test"

    def __init__(self) -> None:
        self.read: list[str] = []

    def tokens(self, text: str) -> list[Token]:
        self.read.append(text)
        return [
            Token(m.start(), m.end(), m[0].lower(), f"{m[0].lower()}_ru")
            for m in re.finditer(r"\w+", text)
        ]


def wall(day: int) -> WallTime:
    return WallTime(date(2023, 3, day), time())


def contest(name: str) -> Contest:
    return Contest(
        name, "city", Names(), wall(1), wall(2), Window(wall(18), wall(20)),
        Window(wall(19), wall(20)), (), (Constituency(f"{name}-1", "KZ-75", ALMATY),),
    )  # fmt: skip


def candidate(name: str, of: str) -> Candidate:
    return Candidate(
        id=name, contest=of, constituency="", region="KZ-75", district="", nomination="self",
        party="", gender="", history=(), names=Names(), accounts=(), source="",
        as_of=date(2023, 3, 1),
    )  # fmt: skip


ELECTION = Election(
    id="e1", country="KZ", names=Names(), voting_day=date(2023, 3, 19), default_zone=ALMATY,
    languages=("kk",),
    regions={
        "KZ-75": Region("KZ-75", Names(), (ALMATY,)),
        "KZ-71": Region("KZ-71", Names(), (ALMATY,)),
        "KZ-47": Region("KZ-47", Names(), (AQTAU,)),
        "XX-1": Region("XX-1", Names(), (ALMATY, AQTAU)),
    },
    contests={"c1": contest("c1"), "c2": contest("c2")}, parties={},
    candidates={"p1": candidate("p1", "c1"), "p2": candidate("p2", "c2")},
    facts={}, barred_roles={}, acts={}, audience_threshold=0, retention_days=1, hash="h",
)  # fmt: skip


def revision(number: int = 1, text: str = "Сайлау күні", act: Act | None = None) -> Revision:
    post = Post("telegram", "ch/1", "https://t.me/ch/1", text, language="kk")
    return Revision("p", number, post, act or Act(), SEEN)


def account(*regions: str, **more: object) -> Account:
    return replace(Account(AccountRef("telegram", "ch"), "media", regions), **more)  # type: ignore[arg-type]


def flag(
    rule: str = "silence_violation",
    verdict: Verdict = "violation",
    of: str = "c1",
    zones: tuple[str, ...] = (ALMATY,),
    at: When | None = None,
) -> Flag:
    clock = ClockReading(at, dict.fromkeys(zones, (SEEN, SEEN, "all")), "t")
    return Flag(rule, "1", verdict, of, None, clock, (), 1.0, Names())


def judged(
    *flags: Flag, current: bool = True, number: int = 1, act: str = "new", election: str = "e1"
) -> list[JudgedFlag]:
    judgement = Judgement(election, "p", number, act, "r", "h", "a", "t", SEEN, flags)  # type: ignore[arg-type]
    return [
        JudgedFlag(one.id(judgement.id), 100 + place, judgement, place, current, ())
        for place, one in enumerate(flags)
    ]


def state(
    *flags: JudgedFlag,
    said: tuple[tuple[str, str], ...] = (),
    speaker: Account | None = None,
    claimed: When | None = None,
    gone: When | None = None,
    revisions: tuple[Revision, ...] | None = None,
) -> PostState:
    record = PostRecord(
        id="p", sort_key=7, source_id="s1", account=speaker or account("KZ-75"),
        claimed_published=claimed, edited=None, first_seen=Instant(SEEN), last_seen=Instant(SEEN),
        gone=gone, revisions=(revision(),) if revisions is None else revisions,
    )  # fmt: skip
    annotations = tuple(Annotation("d", "1", label, value) for label, value in said)
    return PostState(record, annotations, flags, (), 3)


def documents(*args: JudgedFlag, **more: object) -> tuple[IndexDocument, ...]:
    return index_documents(state(*args, **more), ELECTION, LowerCaseWords())  # type: ignore[arg-type]


def facet(name: str, *args: JudgedFlag, **more: object) -> list[tuple[str, ...]]:
    return [document.facets[name] for document in documents(*args, **more)]


# --- which documents -----------------------------------------------------------------------------


def test_a_post_without_flags_is_one_document_with_the_lemmas_of_its_text() -> None:
    (post,) = documents()
    assert (post.doc_id, post.post_id, post.doc_type, post.sort_key) == ("p", "p", "post", 7)
    assert post.lemmas_kk == ("сайлау", "күні")
    assert post.lemmas_ru == ("сайлау_ru", "күні_ru")
    assert set(post.facets) == set(FACETS)


def test_each_current_flag_that_is_not_cleared_has_a_document_under_its_own_id_and_order() -> None:
    flags = judged(
        flag("a"), flag("b", "indeterminate"), flag("c", "cleared"),
    )  # fmt: skip
    old = judged(flag("d"), current=False)
    _, *found = documents(*flags, *old)
    assert [(one.doc_id, one.sort_key, one.doc_type, one.post_id) for one in found] == [
        (flags[0].id, 100, "flag", "p"),
        (flags[1].id, 101, "flag", "p"),
    ]


def test_rule_and_verdict_never_mix_for_the_post_carries_neither() -> None:
    flags = judged(flag("a", "violation"), flag("b", "indeterminate"))
    assert facet("rule", *flags) == [(), ("a",), ("b",)]
    assert facet("verdict", *flags) == [(), ("violation",), ("indeterminate",)]


def test_posts_of_private_people_are_counted_and_never_queued() -> None:
    found = documents(*judged(flag()), speaker=account("KZ-75", role="private"))
    assert [one.doc_type for one in found] == ["post"]
    assert found[0].facets["role"] == ("private",)


def test_a_post_without_a_revision_has_no_documents() -> None:
    assert documents(revisions=()) == ()


def test_the_post_has_the_words_of_its_newest_revision_and_a_flag_those_it_judged() -> None:
    analyzer = LowerCaseWords()
    both = (revision(1, "Дауыс беріңіз"), revision(2, "Тазаланды", Act("edit")))
    flags = judged(flag(), number=1) + judged(flag("b"), number=2, act="edit")
    post, first, second = index_documents(state(*flags, revisions=both), ELECTION, analyzer)
    assert post.lemmas_kk == second.lemmas_kk == ("тазаланды",)
    assert first.lemmas_kk == ("дауыс", "беріңіз")
    assert len(analyzer.read) == 2, "a text is analysed once"


# --- what was read, who speaks -------------------------------------------------------------------


def test_facets_of_what_detectors_read_are_on_post_and_flag_alike() -> None:
    said = (
        ("kind", "campaigning"), ("signal", "poll"), ("signal", "abuse"), ("signal", "poll"),
        ("candidate", "p1"), ("party", "amanat"), ("language", "mixed"), ("disclosure", "marking"),
    )  # fmt: skip
    for name, expected in [
        ("kind", ("campaigning",)), ("signal", ("poll", "abuse")), ("candidate", ("p1",)),
        ("party", ("amanat",)), ("language", ("mixed",)), ("source", ("s1",)),
        ("platform", ("telegram",)), ("role", ("media",)), ("gone", ("no",)),
    ]:  # fmt: skip
        assert facet(name, *judged(flag()), said=said) == [expected, expected]


def test_a_kind_from_which_the_classifier_abstained_can_be_searched() -> None:
    abstained = Annotation("d", "1", "kind", "campaigning", 0.4, data={"abstained": True})
    with_it = replace(state(), annotations=(abstained,))
    (post,) = index_documents(with_it, ELECTION, LowerCaseWords())
    assert post.facets["kind"] == ("campaigning",)


def test_the_party_of_the_author_is_not_the_party_a_text_names() -> None:
    speaker = account("KZ-75", party="amanat", candidate="p2")
    assert facet("party", speaker=speaker) == [()]
    assert facet("candidate", speaker=speaker) == [()]


def test_a_text_that_no_detector_read_has_the_language_its_parser_gave() -> None:
    assert facet("language") == [("kk",)]


def test_what_is_gone_says_so() -> None:
    later = Interval(SEEN, SEEN + timedelta(hours=1))
    assert facet("gone", *judged(flag()), gone=later) == [("yes",), ("yes",)]


def test_elections_of_post_and_flag() -> None:
    flags = judged(flag()) + judged(flag("b"), election="e2")
    assert facet("election", *flags) == [("e1", "e2"), ("e1",), ("e2",)]


# --- where ---------------------------------------------------------------------------------------


def test_the_contest_of_a_flag_is_its_own_and_the_post_has_all_of_them() -> None:
    flags = judged(flag("a", of="c1"), flag("b", of="c2"), flag("c", "cleared", of="c3"))
    assert facet("contest", *flags) == [("c1", "c2", "c3"), ("c1",), ("c2",)]


def test_a_post_without_flags_has_the_contest_of_whom_it_names_then_of_its_account() -> None:
    speaker = account("KZ-75", contest="c1")
    named = (("candidate", "p2"), ("candidate", "unknown"))
    assert facet("contest", said=named, speaker=speaker) == [("c2",)]
    assert facet("contest", speaker=speaker) == [("c1",)]
    assert facet("contest") == [()]


def test_a_flag_lies_in_the_zones_of_its_clock_and_the_post_in_those_and_its_own() -> None:
    flags = judged(flag(zones=(AQTAU,)))
    assert facet("zone", *flags) == [(ALMATY, AQTAU), (AQTAU,)]
    assert facet("region", *flags) == [("KZ-75",), ("KZ-75",)]


def test_a_flag_of_a_rule_that_asks_no_window_lies_in_the_zones_of_its_account() -> None:
    flags = judged(flag(zones=()))
    assert facet("zone", *flags, speaker=account("KZ-47", "KZ-75")) == [(AQTAU, ALMATY)] * 2


@pytest.mark.parametrize(
    ("regions", "zones"),
    [
        ((), ()),
        (("KZ-75", "KZ-71"), (ALMATY,)),
        (("KZ-47", "KZ-75"), (AQTAU, ALMATY)),
        (("KZ",), (ALMATY, AQTAU)),
        (("XX-1",), (ALMATY, AQTAU)),
        (("ZZ-99",), ()),
    ],
)
def test_zones_of_an_account_are_those_of_its_regions(
    regions: tuple[str, ...], zones: tuple[str, ...]
) -> None:
    assert facet("zone", speaker=account(*regions)) == [zones]
    assert facet("region", speaker=account(*regions)) == [regions]


# --- when ----------------------------------------------------------------------------------------

MIDNIGHT_ALMATY = datetime(2023, 3, 17, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("regions", "at", "day"),
    [
        (("KZ-75",), MIDNIGHT_ALMATY, "2023-03-18"),
        (("KZ-75",), MIDNIGHT_ALMATY - timedelta(microseconds=1), "2023-03-17"),
        (("KZ-47",), MIDNIGHT_ALMATY, "2023-03-17"),
        (("KZ-75", "KZ-71"), MIDNIGHT_ALMATY, "2023-03-18"),
        (("KZ-47", "KZ-75"), MIDNIGHT_ALMATY, "2023-03-18"),  # several zones: the default's
        (("KZ",), MIDNIGHT_ALMATY, "2023-03-18"),
        ((), MIDNIGHT_ALMATY, "2023-03-18"),
    ],
)
def test_the_local_day_of_an_instant_is_that_of_the_only_zone_of_the_account_or_the_default(
    regions: tuple[str, ...], at: datetime, day: str
) -> None:
    assert facet("local_day", claimed=Instant(at), speaker=account(*regions)) == [(day,)]


def test_a_civil_date_stays_that_day_in_every_zone_and_begins_at_midnight_of_the_default() -> None:
    claimed = CivilDate(date(2023, 3, 18))
    (post,) = documents(claimed=claimed, speaker=account("KZ-47"))
    assert post.facets["local_day"] == ("2023-03-18",)
    assert post.published_us == micros(MIDNIGHT_ALMATY)


def test_an_interval_over_midnight_is_of_both_days_and_begins_at_its_earliest() -> None:
    low, high = MIDNIGHT_ALMATY - timedelta(hours=1), MIDNIGHT_ALMATY + timedelta(hours=1)
    (post,) = documents(claimed=Interval(low, high))
    assert post.facets["local_day"] == ("2023-03-17", "2023-03-18")
    assert post.published_us == micros(low)


@pytest.mark.parametrize(("length", "days"), [(30, 31), (31, 0), (100_000, 0)])
def test_an_interval_of_more_than_a_month_names_no_day(length: int, days: int) -> None:
    claimed = Interval(MIDNIGHT_ALMATY, MIDNIGHT_ALMATY + timedelta(days=length))
    assert len(facet("local_day", claimed=claimed)[0]) == days


def test_without_a_claimed_time_first_seen_stands_in() -> None:
    (post,) = documents()
    assert post.facets["local_day"] == ("2023-03-19",)
    assert post.published_us == micros(SEEN)


def test_a_flag_of_a_new_post_has_its_day_and_time() -> None:
    claimed = Instant(MIDNIGHT_ALMATY)
    assert facet("local_day", *judged(flag(zones=(AQTAU,))), claimed=claimed) == [
        ("2023-03-18",), ("2023-03-18",),
    ]  # fmt: skip
    post, flagged = documents(*judged(flag()), claimed=claimed)
    assert flagged.published_us == post.published_us == micros(MIDNIGHT_ALMATY)


def test_a_flag_of_an_edit_is_of_the_day_of_the_edit() -> None:
    long_ago = Instant(datetime(2023, 2, 1, 12, 0, tzinfo=UTC))
    edited = Instant(MIDNIGHT_ALMATY)
    flags = judged(flag(at=edited), number=2, act="edit")
    both = (revision(1), revision(2, "x", Act("edit", edited)))
    assert facet("local_day", *flags, claimed=long_ago, revisions=both) == [
        ("2023-02-01",), ("2023-03-18",),
    ]  # fmt: skip
    unread = judged(flag(at=None), number=2, act="edit")
    assert facet("local_day", *unread, claimed=long_ago, revisions=both)[1] == ("2023-03-18",)
    assert facet("act", *flags, revisions=both) == [("new", "edit"), ("edit",)]


@pytest.mark.parametrize(
    "claimed",
    [
        Instant(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        Instant(datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12)))),
        CivilDate(date.min),
        CivilDate(date.max),
        Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_times_at_the_edge_of_the_calendar_break_nothing(claimed: When) -> None:
    (post,) = documents(claimed=claimed)
    assert -(1 << 63) < post.published_us < 1 << 63
