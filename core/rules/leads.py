"""What the signal rules share: they fire at any time, and say whose doing it is."""

from __future__ import annotations

from core.election import Election, Names
from core.model import Flag, Signal, Subject, Verdict
from core.rules import words
from core.rules.address import OTHER_CONTEST, addressed
from core.rules.timing import any_time
from core.rules.triggers import signal

_COMMITS = Names(
    "Мәтін авторы мұны өзі жасап отыр.",
    "По тексту, делает это сам автор.",
    "By the text, the author does it.",
)
_REPORTS = Names(
    "Автор басқа біреу туралы хабарлайды: бұл – тексеруге негіз, авторға қарсы белгі емес.",
    "Автор сообщает о ком-то другом: это повод для проверки, а не отметка против автора.",
    "The author reports somebody else: a lead to follow, not a mark against the author.",
)
_UNCLEAR = Names(
    "Автор мұны жасап отыр ма, әлде хабарлап отыр ма – анық емес.",
    "Делает это автор или сообщает о других, неясно.",
    "Whether the author does it or reports it is unclear.",
)


def signal_flag(
    rule: Signal, version: str, subject: Subject, election: Election, *, needs_stance: bool
) -> tuple[Flag, ...]:
    """A flag at any time; a `violation` only under a cited law, and by the author where asked."""
    found = signal(subject, rule)
    if found is None:
        return ()
    trigger, finding = found
    fact = election.facts.get(rule)
    whose = {"commits": _COMMITS, "reports": _REPORTS}.get(finding.stance or "", _UNCLEAR)
    doubts = list(trigger.open_points)
    if needs_stance and finding.stance != "commits":
        doubts.append(whose)
    if fact is None:
        doubts.append(words.OPEN)
    elif fact.is_weak:
        doubts.append(words.WEAK_LAW)
    verdict: Verdict = "indeterminate" if doubts else "violation"
    return (
        Flag(
            rule=rule,
            rule_version=version,
            verdict=verdict,
            contest=_contest(subject, election),
            fact=fact,
            clock=any_time(subject.act.at),
            spans=trigger.spans,
            score=trigger.score,
            reason=words.join(
                trigger.sentence,
                words.ANY_TIME,
                _COMMITS if needs_stance and verdict == "violation" else None,
                words.law_words(fact),
                *doubts,
                words.APPARENT if verdict == "violation" else None,
            ),
        ),
    )


def _contest(subject: Subject, election: Election) -> str:
    """The contest it speaks of, where that is known: these rules ask no calendar."""
    if subject.contest == OTHER_CONTEST:
        return OTHER_CONTEST
    found = addressed(subject, election)
    return found[0].contest.id if len(found) == 1 and found[0].certain else subject.contest
