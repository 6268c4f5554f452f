"""From what detectors read to what rules may look at: Annotations and an Account -> Subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.model import (
    KINDS,
    SIGNALS,
    Account,
    Act,
    Annotation,
    SignalFinding,
    Stance,
    Subject,
)


def subject_of(act: Act, annotations: Sequence[Annotation], account: Account) -> Subject:
    """The subject of one act by one account, as its text was read."""
    kind = _first(annotations, "kind")
    return Subject(
        act=act,
        kind=kind.value if kind and kind.value in KINDS else None,
        kind_score=kind.score if kind else 0.0,
        kind_spans=kind.spans if kind else (),
        kind_abstained=bool(kind and kind.data.get("abstained")),
        signals=signals_of(annotations),
        candidates=_values(annotations, "candidate"),
        parties=_values(annotations, "party"),
        disclosed=_first(annotations, "disclosure") is not None,
        role=account.role,
        account_candidate=account.candidate,
        account_party=account.party,
        account_contest=account.contest,
        account_regions=account.regions,
    )


def signals_of(annotations: Iterable[Annotation]) -> tuple[SignalFinding, ...]:
    """The signals that were found, each once, with their stance where it is known."""
    found: dict[str, SignalFinding] = {}
    for one in annotations:
        if one.label == "signal" and one.value in SIGNALS and one.value not in found:
            stance = one.data.get("stance")
            found[one.value] = SignalFinding(
                one.value,
                one.score,
                _stance(stance),
                one.spans,
            )
    return tuple(found.values())


def _stance(value: object) -> Stance | None:
    return value if value in {"commits", "reports"} else None


def _first(annotations: Iterable[Annotation], label: str) -> Annotation | None:
    return next((one for one in annotations if one.label == label), None)


def _values(annotations: Iterable[Annotation], label: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.value for one in annotations if one.label == label))
