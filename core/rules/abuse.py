"""Demeaning a candidate or a group; a violation only where the profile cites a law."""

from __future__ import annotations

from core.election import Election
from core.model import Flag, Subject
from core.rules.leads import signal_flag

RULE = "abuse"
VERSION = "2"


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """See the first line; the reason says whose doing it is."""
    return signal_flag("abuse", VERSION, subject, election, needs_stance=False)
