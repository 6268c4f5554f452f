"""Campaigning inside the silence window of every zone it addresses."""

from __future__ import annotations

from core.election import Election, Names
from core.model import Flag, Subject
from core.rules.calendar import CalendarRule, calendar_flags
from core.rules.triggers import campaigning, with_act_law

RULE = "silence_violation"
VERSION = "1"
_RULE = CalendarRule(
    RULE,
    VERSION,
    Names("тыныштық кезеңі", "период тишины", "silence window"),
    lambda contest: (contest.silence,),
)


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """A flag for campaigning: apparent breach, open, or outside the window (`cleared`)."""
    trigger = campaigning(subject)
    if trigger is None:
        return ()
    trigger = with_act_law(trigger, subject.act.kind, election)
    return calendar_flags(_RULE, subject, election, trigger)
