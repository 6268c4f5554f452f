"""Campaigning between the call of the contest and the opening of the campaign."""

from __future__ import annotations

from core.election import Election, Names, Window
from core.model import Flag, Subject
from core.rules.calendar import CalendarRule, calendar_flags
from core.rules.triggers import campaigning

RULE = "early_campaigning"
VERSION = "1"
_RULE = CalendarRule(
    RULE,
    VERSION,
    Names(
        "сайлау тағайындалғаннан үгіт басталғанға дейінгі кезең",
        "период от назначения выборов до начала агитации",
        "time from the call of the election to the opening of the campaign",
    ),
    lambda contest: (Window(contest.called, contest.opens),),
)


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """The same as silence; before the call it is ordinary political life and clears."""
    trigger = campaigning(subject)
    if trigger is None:
        return ()
    return calendar_flags(_RULE, subject, election, trigger)
