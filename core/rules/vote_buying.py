"""Goods or money for a vote, at any time; a violation only where the author commits it."""

from __future__ import annotations

from core.election import Election
from core.model import Flag, Subject
from core.rules.leads import signal_flag

RULE = "vote_buying"
VERSION = "2"


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """See the first line; the reason says whose doing it is."""
    return signal_flag("vote_buying", VERSION, subject, election, needs_stance=True)
