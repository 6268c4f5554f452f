"""Campaigning by an account whose role may not campaign at all."""

from __future__ import annotations

from core.election import Election, Names
from core.model import Flag, Subject, Verdict
from core.rules.campaign import campaign_flag
from core.rules.triggers import campaigning

RULE = "barred_campaigner"
VERSION = "1"

_BARRED = Names(
    "Аккаунттың рөлі ({role}) бойынша үгіт жүргізуге болмайды.",
    "По роли аккаунта ({role}) агитация запрещена.",
    "The role of the account ({role}) may not campaign.",
)
_OFFICIAL = Names(
    "Лауазымды тұлғаның бұл арнасы мекеменің арнасы екені белгісіз.",
    "Неизвестно, что это канал ведомства, а не личный канал должностного лица.",
    "It is not known that this channel is the office's and not the official's own.",
)
_OWN_CAMPAIGN = Names(
    "Тіркелген кандидаттың өз үгіті – рұқсат етілген.",
    "Собственная агитация зарегистрированного кандидата разрешена.",
    "A registered candidate's own campaign is exempt.",
)


def judge(subject: Subject, election: Election) -> tuple[Flag, ...]:
    """An official's channel that is not the office's stays open; a candidate's own is exempt."""
    fact_id = election.barred_roles.get(subject.role)
    trigger = campaigning(subject)
    if fact_id is None or trigger is None:
        return ()
    why = Names(*(text.format(role=subject.role) for text in (_BARRED.kk, _BARRED.ru, _BARRED.en)))
    verdict: Verdict = "violation"
    if _is_own_campaign(subject, election):
        verdict, why = "cleared", _OWN_CAMPAIGN
    elif subject.role == "official" and not subject.office_channel:
        verdict, why = "indeterminate", _OFFICIAL
    return campaign_flag(
        subject, election, trigger, rule=(RULE, VERSION), fact_id=fact_id, verdict=verdict, why=why
    )


def _is_own_campaign(subject: Subject, election: Election) -> bool:
    own = election.candidates.get(subject.account_candidate)
    if own is None or not any(change.status == "registered" for change in own.history):
        return False
    return not subject.candidates or own.id in subject.candidates
