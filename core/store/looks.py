"""Which posts are still there, which are to be looked at again, which are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from core.model import Evidence
from core.ports import LivePost
from core.store import evidence as evidence_rows
from core.store import outbox
from core.store.dialect import SAVING_LOCK, chunks, exclusive, insert_or
from core.store.tables import gone_facts, posts

_LIVE = posts.c.gone_at.is_(None)
_SCHEDULE = (
    update(posts).where(posts.c.id == bindparam("b_id")).values(next_look=bindparam("b_due"))
)
_COLUMNS = (
    posts.c.id,
    posts.c.native_id,
    posts.c.url,
    posts.c.claimed_us,
    posts.c.first_seen,
)


def save_gone(
    connection: Connection, post_ids: Sequence[str], *, at: datetime, evidence: Evidence
) -> int:
    """Note those that were there until now, with the capture that no longer shows them."""
    exclusive(connection, SAVING_LOCK)
    missed: list[Any] = []
    for part in chunks(sorted(set(post_ids))):
        query = select(posts.c.id, posts.c.last_seen).where(
            posts.c.id.in_(part), _LIVE, posts.c.last_seen <= at
        )
        missed += connection.execute(query).all()
    if not missed:
        return 0
    capture = evidence_rows.save(connection, evidence)
    facts = [
        {"post_id": row.id, "capture_id": capture, "last_seen": row.last_seen, "gone_at": at}
        for row in missed
    ]
    connection.execute(insert_or(connection, gone_facts).on_conflict_do_nothing(), facts)
    for part in chunks([row.id for row in missed]):
        connection.execute(update(posts).where(posts.c.id.in_(part)).values(gone_at=at))
    outbox.bump(connection, (row.id for row in missed))
    return len(missed)


def live_posts(connection: Connection, source_id: str, limit: int) -> list[LivePost]:
    """Posts of a source that are not gone, newest first."""
    query = (
        select(*_COLUMNS)
        .where(posts.c.source_id == source_id, _LIVE)
        .order_by(posts.c.sort_key.desc())
        .limit(limit)
    )
    return [LivePost(*row) for row in connection.execute(query)]


def due_looks(connection: Connection, source_id: str, now: datetime, limit: int) -> list[LivePost]:
    """Posts of a source to look at again, longest due first."""
    query = (
        select(*_COLUMNS)
        .where(posts.c.source_id == source_id, _LIVE, posts.c.next_look <= now)
        .order_by(posts.c.next_look, posts.c.id)
        .limit(limit)
    )
    return [LivePost(*row) for row in connection.execute(query)]


def schedule_looks(connection: Connection, due: Mapping[str, datetime | None]) -> None:
    """When to look at posts again; unknown ids are passed over."""
    if due:
        rows = [{"b_id": key, "b_due": when} for key, when in sorted(due.items())]
        connection.execute(_SCHEDULE, rows)
