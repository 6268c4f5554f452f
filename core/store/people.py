"""What people do: their decisions on flags, and the audit log with its hash chain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from core.errors import NotFound
from core.identity import Json, canonical_json, portable_text
from core.model import Decision
from core.ports import AuditEntry
from core.store.counters import take
from core.store.tables import audit, counters, decisions, flags
from core.when import micros

_PAGE = 1_000


def append_decision(connection: Connection, decision: Decision) -> None:
    """Append a person's word. Raises NotFound for an unknown flag."""
    flag = connection.execute(select(flags.c.id).where(flags.c.id == decision.flag_id)).first()
    if flag is None:
        raise NotFound(f"flag {decision.flag_id!r}")
    fields = ("flag_id", "ruling", "reviewer", "reason", "decided_at")
    connection.execute(insert(decisions).values({one: getattr(decision, one) for one in fields}))


def append_audit(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Json],
) -> AuditEntry:
    """Append a line; taking its number keeps every other writer waiting until it is there."""
    number = take(connection, "audit")
    previous = connection.execute(select(audit.c.chain).where(audit.c.number == number - 1))
    plain = {"actor": actor, "action": action, "subject": subject}
    row: dict[str, Any] = {name: portable_text(text)[0] for name, text in plain.items()}
    row |= {"number": number, "at": at, "detail": _portable(detail)}
    row["chain"] = chain(previous.scalar_one_or_none() or "", row)
    connection.execute(insert(audit).values(row))
    return AuditEntry(**row)


def chain(previous: str, entry: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the chain value before and the canonical JSON of this entry.

    The entry is an object of number, at (microseconds), actor, action, subject and detail.
    """
    names = ("number", "actor", "action", "subject", "detail")
    covered: dict[str, Json] = {name: entry[name] for name in names}
    text = canonical_json(covered | {"at": micros(entry["at"])})
    return hashlib.sha256((previous + text).encode()).hexdigest()


def _portable(value: Any) -> Any:
    if isinstance(value, str):
        return portable_text(value)[0]
    if isinstance(value, Mapping):
        return {_portable(key): _portable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(part) for part in value]
    return value


def audit_lines(connection: Connection, *, after: int, limit: int) -> list[AuditEntry]:
    """Lines after a number, in order."""
    query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
    return [AuditEntry(**row._mapping) for row in connection.execute(query)]


def verify_audit(connection: Connection) -> int | None:
    """The first line whose chain does not hold; for lines cut off at the end, the first missing."""
    previous, last = "", 0
    while lines := _page(connection, last):
        for line in lines:
            if line.chain != chain(previous, line._asdict()):
                return int(line.number)
            previous, last = line.chain, line.number
    written = connection.execute(
        select(counters.c.value).where(counters.c.name == "audit")
    ).scalar_one()
    return last + 1 if written > last else None


def _page(connection: Connection, after: int) -> list[Row[Any]]:
    query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(_PAGE)
    return list(connection.execute(query).all())
