"""The result of a poll or a forecast, published while that is forbidden."""

from __future__ import annotations

from core.election import Election, Names
from core.model import Flag, Subject
from core.rules.calendar import CalendarRule, calendar_flags
from core.rules.triggers import signal

RULE = "poll_ban"
VERSION = "2"
_RULE = CalendarRule(
    RULE,
    VERSION,
    Names(
        "сауалнама жариялауға тыйым салынған кезең",
        "период запрета на публикацию опросов",
        "ban on publishing polls",
    ),
    lambda contest: contest.poll_bans,
)


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """Any count of intentions or forecast with figures, whoever gives it."""
    found = signal(subject, "poll")
    if found is None:
        return ()
    return calendar_flags(_RULE, subject, election, found[0])
