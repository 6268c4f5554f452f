"""Campaigning without its marking: who ordered it, and from what fund it was paid."""

from __future__ import annotations

from core.election import Election, Names
from core.model import Flag, Role, Subject, Verdict
from core.rules.campaign import campaign_flag
from core.rules.triggers import campaigning

RULE = "missing_imprint"
VERSION = "1"

# Their own posts may have been paid for; a private person's opinion needs no marking.
_ASKED: frozenset[Role] = frozenset({"party", "candidate", "proxy", "media"})

_PAID = Names(
    "Материал ақылы, бірақ тапсырыс берушісі мен қаржы көзі көрсетілмеген.",
    "Материал оплачен, но заказчик и источник оплаты не указаны.",
    "The material is paid for, but does not say who ordered it and from what fund.",
)
_UNKNOWN = Names(
    "Таңбалау жоқ; материалдың ақылы ма, әлде өз жазбасы ма екені белгісіз.",
    "Маркировки нет; размещено за плату или это собственная публикация, неизвестно.",
    "There is no marking; whether it was paid for or is a post of their own is unknown.",
)
_UNPAID = Names(
    "Таңбалау жоқ; жазба ақысыз деп белгілі, міндет тек ақылы материалға қатысты.",
    "Маркировки нет; публикация, по имеющимся данным, не оплачена, а обязанность касается оплаты.",
    "There is no marking; as far as is known it was not paid for, and the duty is on what is paid.",
)
_MARKED = Names("Таңбалау бар.", "Маркировка есть.", "The marking is there.")


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """Needs the text: without it nobody can say that a marking is missing."""
    trigger = campaigning(subject)
    if trigger is None or not subject.reads_text:
        return ()
    paid = subject.paid is True or subject.act.kind == "running_ad"
    if not paid and subject.role not in _ASKED:
        return ()
    verdict: Verdict = "violation" if paid else "indeterminate"
    why = _PAID if paid else _UNPAID if subject.paid is False else _UNKNOWN
    if subject.disclosed:
        verdict, why = "cleared", _MARKED
    return campaign_flag(
        subject, election, trigger, rule=(RULE, VERSION), fact_id=RULE, verdict=verdict, why=why
    )
