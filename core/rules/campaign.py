"""Whether an act belongs to the campaign of this election at all.

Before the call it is ordinary political life, after voting day there is nothing left to win: rules
on who may campaign and how it must be marked speak only of the time between.
"""

from __future__ import annotations

from core.election import Contest, Election, Names, Window
from core.model import ClockReading, Flag, Subject, Verdict
from core.rules import words
from core.rules.address import is_other
from core.rules.calendar import Trigger, timed
from core.rules.timing import any_time


def campaign_time(subject: Subject, election: Election) -> tuple[str, ClockReading, Verdict]:
    """(contest, clock, verdict): `violation` inside the campaign in every zone, `cleared` outside.

    An act about another election has no calendar here, so nothing is known against it: its
    contest is `other`, its clock has no zones, and it counts as inside.
    """
    if is_other(subject):
        return subject.contest, any_time(subject.act.at), "violation"
    found = timed(subject, election, _whole_campaign)
    verdicts = {one.verdict if one.to.certain else _without_region(one.reading) for one in found}
    verdict = verdicts.pop() if len(verdicts) == 1 else "indeterminate"
    return found[0].to.contest.id, found[0].reading, verdict


def _whole_campaign(contest: Contest) -> tuple[Window, ...]:
    return (Window(contest.called, contest.silence.end),)


def _without_region(reading: ClockReading) -> Verdict:
    """These rules know no zones of their own: inside in every zone of the country is inside."""
    found = {inside for _, _, inside in reading.zones.values()}
    return {"all": "violation", "none": "cleared"}.get(  # type: ignore[return-value]
        found.pop() if len(found) == 1 else "some", "indeterminate"
    )


def campaign_flag(
    subject: Subject,
    election: Election,
    trigger: Trigger,
    *,
    rule: tuple[str, str],
    fact_id: str,
    verdict: Verdict,
    why: Names,
) -> tuple[Flag, ...]:
    """The flag of a rule (name, version) that holds all campaign long; none outside it or
    without a law.
    """
    fact = election.facts.get(fact_id)
    contest, clock, inside = campaign_time(subject, election)
    if fact is None or inside == "cleared":
        return ()
    doubts = list(trigger.open_points)
    if inside == "indeterminate":
        doubts.append(words.OPEN_TIME)
    if fact.is_weak:
        doubts.append(words.WEAK_LAW)
    if verdict == "violation" and doubts:
        verdict = "indeterminate"
    return (
        Flag(
            rule=rule[0],
            rule_version=rule[1],
            verdict=verdict,
            contest=contest,
            fact=fact,
            clock=clock,
            spans=trigger.spans,
            score=trigger.score,
            reason=words.join(
                trigger.sentence,
                why,
                words.law_words(fact),
                *(doubts if verdict == "indeterminate" else ()),
                words.APPARENT if verdict == "violation" else None,
            ),
        ),
    )
