"""False words on how, when or who may vote; a violation only where the profile cites a law."""

from __future__ import annotations

from core.election import Election
from core.model import Flag, Subject
from core.rules.leads import signal_flag

RULE = "voting_misinfo"
VERSION = "2"


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """See the first line; the reason says whose doing it is."""
    return signal_flag("voting_misinfo", VERSION, subject, election, needs_stance=False)
