"""Labelled posts as data: JSON Lines to Rows, each error naming file, line and field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from core.errors import InvalidRecord
from core.model import KINDS, SIGNALS, TONES, WITH_STANCE, Stance

LANGUAGES = ("kk", "ru", "mixed", "en")
STANCES: tuple[Stance, ...] = get_args(Stance)
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody named: text[start:end], and the tone towards it, one of TONES."""

    start: int
    end: int
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled post. A kind that was not labelled is None; `family` never crosses a split.

    `known` are the signals of which it is known whether they are there. `not_campaigning`: of the
    kind no more is known than that.
    """

    id: str
    text: str
    lang: str
    family: str
    kind: str | None = None
    signals: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset(SIGNALS)
    stance: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    slice: str = ""
    not_campaigning: bool = False


def read_rows(paths: Iterable[Path]) -> list[Row]:
    """The rows of all files. Raises InvalidRecord; an id and a text stand once only.

    A line holds id, text, lang, kind (null where unknown), signals, and may hold known, stance,
    targets, slice, family and not_campaigning: nlp/training/GUIDE.md.
    """
    rows: list[Row] = []
    ids: dict[str, str] = {}
    texts: dict[str, str] = {}
    for path in paths:
        for number, line in enumerate(_lines(path), start=1):
            if not line.strip():
                continue
            where = f"{path.name}:{number}"
            row = _row(where, line)
            for name, value, seen in (("id", row.id, ids), ("text", row.text, texts)):
                if value in seen:
                    raise InvalidRecord(f"{where}: {name}", f"one not used yet ({seen[value]})")
                seen[value] = where
            rows.append(row)
    return rows


def shipped_files() -> list[Path]:
    """The labelled posts of this repository, in the order of their names."""
    return sorted(DATA.glob("*.jsonl"))


def fold_of(row: Row, folds: int) -> int:
    """The fold of a row's family: the same on every machine and for any other rows beside it."""
    return int.from_bytes(hashlib.sha256(row.family.encode()).digest()[:8]) % folds


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRecord(str(path), f"a readable file in UTF-8 ({error})") from error


def _row(where: str, line: str) -> Row:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidRecord(f"{where}: column {error.colno}", "one JSON object") from error
    if not isinstance(record, dict):
        raise InvalidRecord(where, "one JSON object")
    text = _text(where, record, "text")
    signals = frozenset(_listed(where, record, "signals"))
    known = frozenset(_listed(where, record, "known", SIGNALS))
    _each(where, "known", known, SIGNALS)
    _each(where, "signals", signals, [name for name in SIGNALS if name in known])
    return Row(
        id=_text(where, record, "id"),
        text=text,
        lang=_choice(where, record, "lang", LANGUAGES),
        family=str(record.get("family") or record["id"]),
        kind=_choice(where, record, "kind", KINDS) if record.get("kind") is not None else None,
        signals=signals,
        known=known,
        stance=_stances(where, record, signals),
        targets=tuple(_target(where, text, one) for one in _listed(where, record, "targets")),
        slice=str(record.get("slice", "")),
        not_campaigning=record.get("not_campaigning") is True,
    )


def _text(where: str, record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidRecord(f"{where}: {name}", "a string that is not empty")
    return value


def _choice(where: str, record: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str:
    value = record.get(name)
    _each(where, name, [value], allowed)
    return str(value)


def _each(where: str, name: str, values: Iterable[Any], allowed: Sequence[str]) -> None:
    for value in values:
        if value not in allowed:
            raise InvalidRecord(f"{where}: {name}", f"one of {', '.join(allowed)}, got {value!r}")


def _listed(
    where: str, record: Mapping[str, Any], name: str, otherwise: Sequence[Any] = ()
) -> list[Any]:
    value = record.get(name, list(otherwise))
    if not isinstance(value, list):
        raise InvalidRecord(f"{where}: {name}", "a list")
    return value


def _stances(where: str, record: Mapping[str, Any], signals: frozenset[str]) -> dict[str, str]:
    value = record.get("stance", {})
    if not isinstance(value, dict):
        raise InvalidRecord(f"{where}: stance", 'an object such as {"vote_buying": "commits"}')
    _each(where, "stance", value, [name for name in WITH_STANCE if name in signals])
    _each(where, "stance", value.values(), STANCES)
    return {str(name): str(stance) for name, stance in value.items()}


def _target(where: str, text: str, record: Any) -> Target:
    if not isinstance(record, dict):
        raise InvalidRecord(f"{where}: targets", "a list of objects")
    start, end = record.get("start"), record.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise InvalidRecord(f"{where}: targets", "start and end within the text, in code points")
    if text[start:end] != record.get("name"):
        raise InvalidRecord(f"{where}: targets", f"name as it stands there: {text[start:end]!r}")
    return Target(start, end, _choice(where, record, "tone", TONES))
