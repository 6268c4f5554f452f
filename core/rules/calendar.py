"""What the calendar rules share: act, window, the zones it addresses, the flag that follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.election import Contest, Election, LawFact, Names, Window
from core.model import ClockReading, Flag, Span, Subject, Verdict
from core.rules import words
from core.rules.address import Addressed, addressed
from core.rules.timing import read_clock, verdict_of


@dataclass(frozen=True, slots=True)
class Trigger:
    """What in the text set the rule off. `open_points` each keep it from being a violation."""

    sentence: Names
    score: float
    spans: tuple[Span, ...]
    open_points: tuple[Names, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """A rule that is a window: its name and version, the window's name, and where it is found."""

    name: str
    version: str
    window_name: Names
    windows: Callable[[Contest], tuple[Window, ...]]


@dataclass(frozen=True, slots=True)
class Timed:
    """An addressed contest, one window of it, and the act's clock against that window."""

    to: Addressed
    window: Window
    reading: ClockReading
    verdict: Verdict


def timed(
    subject: Subject, election: Election, windows: Callable[[Contest], tuple[Window, ...]]
) -> tuple[Timed, ...]:
    """For each calendar the act may fall under, the window that it touches most."""
    found: list[Timed] = []
    for to in addressed(subject, election):
        readings = [
            Timed(to, window, reading, verdict_of(reading, certain=to.certain))
            for window in windows(to.contest)
            if window.start != window.end
            for reading in (read_clock(subject.act.at, window, to.zones),)
        ]
        if readings:
            found.append(min(readings, key=lambda one: _RANK[one.verdict]))
    return tuple(found)


_RANK: dict[Verdict, int] = {"violation": 0, "indeterminate": 1, "cleared": 2}


def calendar_flags(
    rule: CalendarRule, subject: Subject, election: Election, trigger: Trigger
) -> tuple[Flag, ...]:
    """One flag a calendar the act may fall under; none where the profile has no such law."""
    fact = election.facts.get(rule.name)
    if fact is None:
        return ()
    found = timed(subject, election, rule.windows)
    agree = len({one.verdict for one in found}) <= 1
    return tuple(_flag(rule, one, trigger, fact, contest_is_open=not agree) for one in found)


def _flag(
    rule: CalendarRule, one: Timed, trigger: Trigger, fact: LawFact, *, contest_is_open: bool
) -> Flag:
    doubts = list(trigger.open_points)
    if not one.to.certain or contest_is_open:
        doubts.append(words.UNCERTAIN_PLACE)
    if fact.is_weak:
        doubts.append(words.WEAK_LAW)
    verdict: Verdict = "indeterminate" if one.verdict == "violation" and doubts else one.verdict
    return Flag(
        rule=rule.name,
        rule_version=rule.version,
        verdict=verdict,
        contest=one.to.contest.id,
        fact=fact,
        clock=one.reading,
        spans=trigger.spans,
        score=trigger.score,
        reason=words.join(
            trigger.sentence,
            words.window_words(rule.window_name, one.window, one.reading),
            words.law_words(fact),
            *(doubts if verdict == "indeterminate" else ()),
            words.APPARENT if verdict == "violation" else None,
        ),
    )
