"""The rules beside silence: who, marked how, polls, and the signals that hold at any time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.election import Election
from core.model import Act, Flag, SignalFinding, Subject
from core.rules import RULES, judge, ruleset_hash
from core.when import parse_when

MARCH_10 = Act("new", parse_when("2023-03-10T12:00:00+06:00"))


def flags(election: Election, subject: Subject) -> dict[str, Flag]:
    found = judge(subject, election)
    assert len({one.rule for one in found}) == len(found)
    return {one.rule: one for one in found}


def verdict(election: Election, rule: str, subject: Subject) -> str | None:
    found = flags(election, subject).get(rule)
    return found.verdict if found else None


def campaigning(at: str | None = "2023-03-10T12:00:00+06:00", **given: object) -> Subject:
    when = parse_when(at) if at else None
    return Subject(Act("new", when), kind="campaigning", regions=("KZ-75",), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2023-01-18T23:59:59+06:00", "cleared"),  # ordinary political life
        ("2023-01-19T00:00:00+06:00", "violation"),
        ("2023-02-18T17:59:59+06:00", "violation"),
        ("2023-02-18T18:00:00+06:00", "cleared"),  # the explicit instant of the calendar plan
        ("2023-02-18", "indeterminate"),
        (None, "indeterminate"),
    ],
)
def test_early_campaigning_lies_between_call_and_opening(
    kz: Election, at: str | None, expected: str
) -> None:
    assert verdict(kz, "early_campaigning", campaigning(at)) == expected


def test_where_the_campaign_opens_with_the_call_nothing_is_early(pl: Election) -> None:
    subject = replace(campaigning("2024-02-01T12:00:00+01:00"), regions=("PL-14",))
    assert "early_campaigning" not in flags(pl, subject)


@pytest.mark.parametrize(
    ("role", "paid", "expected"),
    [
        ("media", True, "violation"),
        ("blogger", True, "violation"),
        ("unknown", True, "violation"),
        ("party", None, "indeterminate"),
        ("candidate", False, "indeterminate"),
        ("media", None, "indeterminate"),
        ("private", None, None),
        ("private", False, None),
        ("unknown", None, None),
    ],
)
def test_missing_imprint_asks_who_paid(
    kz: Election, role: str, paid: bool | None, expected: str | None
) -> None:
    assert verdict(kz, "missing_imprint", campaigning(role=role, paid=paid)) == expected


def test_a_running_advertisement_without_marking_is_a_violation(kz: Election) -> None:
    subject = replace(campaigning(), act=Act("running_ad", MARCH_10.at))
    assert verdict(kz, "missing_imprint", subject) == "violation"


def test_a_marking_clears_and_no_text_says_nothing(kz: Election) -> None:
    assert verdict(kz, "missing_imprint", campaigning(paid=True, disclosed=True)) == "cleared"
    assert verdict(kz, "missing_imprint", campaigning(paid=True, reads_text=False)) is None


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("state_body", "violation"),
        ("local_self_government", "violation"),
        ("military", "violation"),
        ("law_enforcement", "violation"),
        ("judge", "violation"),
        ("election_commission", "violation"),
        ("religious_association", "violation"),
        ("foreign", "violation"),
        ("official", "indeterminate"),
        ("party", None),
        ("candidate", None),
        ("media", None),
        ("private", None),
        ("unknown", None),
    ],
)
def test_who_may_not_campaign(kz: Election, role: str, expected: str | None) -> None:
    assert verdict(kz, "barred_campaigner", campaigning(role=role)) == expected


def test_an_officials_post_on_the_channel_of_the_office_is_the_offices(kz: Election) -> None:
    subject = campaigning(role="official", office_channel=True)
    assert verdict(kz, "barred_campaigner", subject) == "violation"


def test_a_registered_candidates_own_campaign_is_exempt(kz: Election) -> None:
    own = campaigning(role="official", account_candidate="in-almaty")
    assert verdict(kz, "barred_campaigner", own) == "cleared"
    for_other = replace(own, candidates=("in-aqtobe",))
    assert verdict(kz, "barred_campaigner", for_other) == "indeterminate"


def test_barred_before_the_call_is_ordinary_political_life(kz: Election) -> None:
    before = campaigning("2022-12-01T12:00:00+06:00", role="state_body", paid=True)
    assert not {"barred_campaigner", "missing_imprint"} & set(flags(kz, before))
    unknown = campaigning(None, role="state_body")
    assert verdict(kz, "barred_campaigner", unknown) == "indeterminate"


def test_barred_needs_no_region_when_every_zone_is_inside(kz: Election) -> None:
    nowhere = replace(campaigning(role="state_body"), regions=())
    assert verdict(kz, "barred_campaigner", nowhere) == "violation"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2023-03-13T23:59:59+06:00", "cleared"),
        ("2023-03-14T00:00:00+06:00", "violation"),
        ("2023-03-18T23:59:59+06:00", "violation"),
        ("2023-03-19T12:00:00+06:00", "violation"),
        ("2023-03-20T00:00:00+06:00", "cleared"),
        ("2023-03-14", "violation"),
        (None, "indeterminate"),
    ],
)
def test_polls_are_banned_from_the_fifth_day_before_voting(
    kz: Election, at: str | None, expected: str
) -> None:
    act = Act("new", parse_when(at) if at else None)
    subject = Subject(act, kind="news_report", signals=(SignalFinding("poll"),), regions=("KZ-75",))
    assert verdict(kz, "poll_ban", subject) == expected


@pytest.mark.parametrize("rule", ["vote_buying", "intimidation"])
def test_only_who_commits_it_breaks_the_law(kz: Election, rule: str) -> None:
    def with_stance(stance: str | None) -> str | None:
        finding = SignalFinding(rule, stance=stance)  # type: ignore[arg-type]
        return verdict(kz, rule, Subject(Act(at=None), kind="other", signals=(finding,)))

    weak = kz.facts[rule].is_weak if rule in kz.facts else True
    assert with_stance("commits") == ("indeterminate" if weak else "violation")
    assert with_stance("reports") == "indeterminate"
    assert with_stance(None) == "indeterminate"


@pytest.mark.parametrize("rule", ["poll_ban", "vote_buying", "intimidation"])
def test_a_signal_that_the_detector_is_not_sure_of_is_no_violation(kz: Election, rule: str) -> None:
    def scored(score: float) -> Flag:
        name = "poll" if rule == "poll_ban" else rule
        finding = SignalFinding(name, score, "commits")  # type: ignore[arg-type]
        act = Act("new", parse_when("2023-03-15T12:00:00+06:00"))
        subject = Subject(act, kind="other", signals=(finding,), regions=("KZ-75",))
        return flags(cited, subject)[rule]

    strong = {name: replace(fact, basis=("statute",)) for name, fact in kz.facts.items()}
    cited = replace(kz, facts=strong)
    assert scored(0.5).verdict == scored(1.0).verdict == "violation"
    unsure = scored(0.4999)
    assert unsure.verdict == "indeterminate"
    assert unsure.score == 0.4999
    assert "сенімді емес" in unsure.reason.kk
    assert "не уверен" in unsure.reason.ru
    assert "not sure" in unsure.reason.en
    assert "apparent breach" not in unsure.reason.en


@pytest.mark.parametrize("rule", ["voting_misinfo", "abuse"])
def test_an_unsure_signal_without_a_stance_is_no_violation_either(kz: Election, rule: str) -> None:
    fact = replace(kz.facts["poll_ban"], basis=("statute",))
    cited = replace(kz, facts={rule: fact})
    for score, expected in ((0.49, "indeterminate"), (0.51, "violation")):
        finding = SignalFinding(rule, score)  # type: ignore[arg-type]
        assert verdict(cited, rule, Subject(MARCH_10, kind="other", signals=(finding,))) == expected


def test_no_rule_on_campaigning_calls_it_a_breach_where_the_kind_is_left_to_a_person(
    kz: Election,
) -> None:
    on_silence = campaigning("2023-03-18T12:00:00+06:00", role="state_body", paid=True)
    early = campaigning("2023-02-01T12:00:00+06:00")
    sure = {**flags(kz, early), **flags(kz, on_silence)}
    sure["early_campaigning"] = flags(kz, early)["early_campaigning"]
    rules = {"silence_violation", "early_campaigning", "missing_imprint", "barred_campaigner"}
    assert rules == {rule for rule, flag in sure.items() if flag.verdict == "violation"}
    for subject in (on_silence, early):
        left = flags(kz, replace(subject, kind_abstained=True))
        assert "violation" not in {one.verdict for one in left.values()}


def test_a_lead_says_that_it_is_not_against_the_author(kz: Election) -> None:
    finding = SignalFinding("vote_buying", stance="reports")
    found = flags(kz, Subject(MARCH_10, kind="news_report", signals=(finding,)))["vote_buying"]
    assert "not a mark against the author" in found.reason.en
    assert found.clock.zones == {}


def test_signals_without_an_article_stay_open_and_say_so(kz: Election) -> None:
    bare = replace(kz, facts={})
    subject = Subject(MARCH_10, kind="other", signals=(SignalFinding("abuse"),))
    found = flags(bare, subject)["abuse"]
    assert found.verdict == "indeterminate"
    assert "no article" in found.reason.en


def test_press_alone_never_makes_a_violation(kz: Election) -> None:
    weak = {name: replace(fact, basis=("press",)) for name, fact in kz.facts.items()}
    on_silence = campaigning("2023-03-18T12:00:00+06:00", role="state_body", paid=True)
    found = flags(replace(kz, facts=weak), on_silence)
    assert {"silence_violation", "missing_imprint", "barred_campaigner"} <= set(found)
    assert "violation" not in {one.verdict for one in found.values()}
    assert "press alone" in found["silence_violation"].reason.en


def test_every_rule_has_a_version_and_the_hash_moves_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = ruleset_hash()
    monkeypatch.setattr(RULES[0], "VERSION", "next")
    assert ruleset_hash() != before


def test_reasons_are_whole_sentences_in_three_languages(kz: Election) -> None:
    subject = campaigning(
        "2023-03-18T12:00:00+06:00",
        role="state_body",
        paid=True,
        signals=(SignalFinding("poll"), SignalFinding("vote_buying", stance="commits")),
    )
    for found in judge(subject, kz):
        for text in (found.reason.kk, found.reason.ru, found.reason.en):
            assert text.endswith(".")
            assert "{" not in text and "None" not in text
    assert date(2023, 3, 19) == kz.voting_day
