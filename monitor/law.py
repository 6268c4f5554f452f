"""`baqylau law`: one act a line, judged under one election, without archive or index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from core.election import AccountRef, Election
from core.errors import InvalidRecord, InvalidWhen
from core.identity import portable_text
from core.model import (
    KINDS,
    SIGNALS,
    Account,
    Act,
    ActKind,
    Flag,
    Role,
    SignalFinding,
    Subject,
)
from core.ports import Annotator
from core.rules import judge
from core.rules.address import OTHER_CONTEST
from core.subjects import subject_of
from core.when import parse_when
from monitor.lines import Record, field

ROLES: tuple[str, ...] = get_args(Role)
ACTS: tuple[str, ...] = get_args(ActKind)
STANCES = ("commits", "reports")


@dataclass(frozen=True, slots=True)
class Lawyer:
    """Answers a line of `baqylau law`; the annotator reads texts of the same election."""

    election: Election
    annotator: Annotator

    def answer(self, number: int, record: Record) -> dict[str, Any]:
        """`id` and `flags` of one line. Raises InvalidRecord that names the line and the field."""
        flags = judge(self._subject(number, record), self.election)
        return {"id": record.get("id"), "flags": [flag_record(flag) for flag in flags]}

    def _subject(self, number: int, record: Record) -> Subject:
        text = field(number, record, "text", "a string", str)
        annotations = self.annotator.annotate([portable_text(text)[0]])[0] if text else ()
        account = Account(
            AccountRef("web", ""), role=_choice(number, record, "role", ROLES) or "unknown"
        )
        subject = subject_of(_act(number, record), annotations, account)
        kind = _choice(number, record, "kind", KINDS)
        if kind is not None:
            subject = replace(
                subject,
                kind=kind,
                kind_score=1.0,
                kind_abstained=False,
                kind_spans=subject.kind_spans if kind == subject.kind else (),
            )
        given = _signals(number, record)
        signals = subject.signals if given is None else given
        stances = _stances(number, record)
        signals = tuple(replace(one, stance=stances.get(one.signal, one.stance)) for one in signals)
        return replace(
            subject,
            signals=signals,
            reads_text=bool(text),
            contest=self._contest(number, record),
            regions=self._regions(number, record),
            paid=field(number, record, "paid", "true, false, or left out", bool),
        )

    def _contest(self, number: int, record: Record) -> str:
        known = (*self.election.contests, OTHER_CONTEST)
        return _choice(number, record, "contest", known) or ""

    def _regions(self, number: int, record: Record) -> tuple[str, ...]:
        given = record.get("region")
        regions = [given] if isinstance(given, str) else given or []
        known = {*self.election.regions, self.election.country}
        if not isinstance(regions, list) or not all(
            isinstance(one, str) and one in known for one in regions
        ):
            country, code = self.election.country, min(self.election.regions)
            raise InvalidRecord(
                f"line {number}: region",
                f"an ISO 3166-2 code of {self.election.id} such as {code}, a list of them, "
                f"or {country} for the whole country; got {given!r}",
            )
        return tuple(regions)


def _act(number: int, record: Record) -> Act:
    expected = "ISO 8601 with offset, a bare date, an interval a/b, or null"
    text = field(number, record, "at", expected, str)
    try:
        at = parse_when(text) if text else None
    except InvalidWhen as error:
        raise InvalidRecord(f"line {number}: at", f"{error.where!r}: {error.expected}") from error
    return Act(_choice(number, record, "act", ACTS) or "new", at)


def _choice(number: int, record: Record, name: str, allowed: Sequence[str]) -> Any:
    value = record.get(name)
    if value is None or value == "":
        return None
    if value not in allowed:
        raise InvalidRecord(f"line {number}: {name}", f"one of {', '.join(allowed)}; got {value!r}")
    return value


def _signals(number: int, record: Record) -> tuple[SignalFinding, ...] | None:
    """What was given: a list of labels, or labels with scores; None where nothing was."""
    given = record.get("signals")
    if given is None:
        return None
    scores = dict.fromkeys(map(str, given), 1.0) if isinstance(given, list) else given
    if not isinstance(scores, Mapping) or not all(
        name in SIGNALS and isinstance(score, int | float) and 0 <= score <= 1
        for name, score in scores.items()
    ):
        raise InvalidRecord(
            f"line {number}: signals",
            f"a list of {', '.join(SIGNALS)}, or an object of them with scores between 0 and 1",
        )
    return tuple(
        SignalFinding(name, float(scores[name]))
        for name in SIGNALS
        if scores.get(name, False) is not False
    )


def _stances(number: int, record: Record) -> Mapping[str, Any]:
    """Signal to stance as given: one word stands for every signal of the line."""
    given = record.get("stance")
    stances = dict.fromkeys(SIGNALS, given) if isinstance(given, str) else given or {}
    if not isinstance(stances, Mapping) or not all(
        name in SIGNALS and (value is None or value in STANCES) for name, value in stances.items()
    ):
        raise InvalidRecord(
            f"line {number}: stance",
            'commits, reports, or an object such as {"vote_buying": "commits"}',
        )
    return stances


def flag_record(flag: Flag) -> dict[str, Any]:
    """A flag as the composable commands print it: `reason` in the three languages."""
    return {
        "rule": flag.rule,
        "rule_version": flag.rule_version,
        "verdict": flag.verdict,
        "contest": flag.contest,
        "reason": {"kk": flag.reason.kk, "ru": flag.reason.ru, "en": flag.reason.en},
        "article": flag.fact.article if flag.fact else None,
        "basis": list(flag.fact.basis) if flag.fact else [],
        "window": {
            zone: {"start": _local(start, zone), "end": _local(end, zone), "inside": inside}
            for zone, (start, end, inside) in flag.clock.zones.items()
        }
        or None,
        "spans": [[span.start, span.end] for span in flag.spans],
        "score": flag.score,
        "tzdata": flag.clock.tzdata,
    }


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat()
