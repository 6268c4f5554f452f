"""The law: an act, what was read in its text, and the election -> flags. Pure, without a model.

One rule a file, each with `RULE`, `VERSION` and `judge(subject, election)`. Raise a rule's VERSION
with every change of what it finds: posts are then judged again and the old flags stay.
"""

from __future__ import annotations

from core.election import Election
from core.identity import digest
from core.model import Flag, Subject
from core.rules import (
    abuse,
    barred_campaigner,
    early_campaigning,
    intimidation,
    missing_imprint,
    poll_ban,
    silence_violation,
    vote_buying,
    voting_misinfo,
)

RULES = (
    silence_violation,
    early_campaigning,
    missing_imprint,
    barred_campaigner,
    poll_ban,
    vote_buying,
    intimidation,
    voting_misinfo,
    abuse,
)
RULE_NAMES: tuple[str, ...] = tuple(rule.RULE for rule in RULES)


def ruleset_hash() -> str:
    """SHA-256 (hex) over the rules and their versions, in their order."""
    return digest([[rule.RULE, rule.VERSION] for rule in RULES])


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """What every rule says of the act, in the order of RULES."""
    return tuple(flag for rule in RULES for flag in rule.judge(subject, election))
