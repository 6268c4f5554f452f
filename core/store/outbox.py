"""The outbox of the index: which posts it has not seen in their newest version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    insert,
    select,
    update,
)  # fmt: skip

from core.store.bulk import among
from core.store.dialect import chunks, clock, insert_or
from core.store.tables import index_pending, posts

_ADD_NEW = insert(index_pending)


def bump(connection: Connection, post_ids: Iterable[str]) -> None:
    """These posts changed in a way the index must see."""
    for part in chunks(sorted(set(post_ids))):
        _bump(connection, among(connection, posts.c.id, part))


def bump_source(connection: Connection, source_id: str) -> None:
    """All posts of a source changed: who speaks through it is somebody else."""
    _bump(connection, posts.c.source_id == source_id)


def _bump(connection: Connection, which: ColumnElement[bool]) -> None:
    changed = update(posts).values(index_version=posts.c.index_version + 1)
    versions = posts.c.id, posts.c.index_version
    newer: Select[Any]
    if connection.dialect.name == "postgresql":  # one statement; the rows are taken in order
        taken = select(posts.c.id).where(which).order_by(posts.c.id).with_for_update(key_share=True)
        locked = taken.cte("locked")
        bumped = changed.where(posts.c.id == locked.c.id).returning(*versions).cte("bumped")
        newer = select(*bumped.c, clock(connection)).order_by(bumped.c.id)
    else:
        connection.execute(changed.where(which))
        newer = select(*versions, clock(connection)).where(which).order_by(posts.c.id)
    row = insert_or(connection, index_pending).from_select(["post_id", "version", "since"], newer)
    # What waits already keeps its place in the line.
    version = {"version": row.excluded.version}
    connection.execute(row.on_conflict_do_update(index_elements=["post_id"], set_=version))


def add_new(connection: Connection, post_ids: Iterable[str], now: datetime) -> None:
    """These posts were just made, in version 1, at `now` by the store's clock."""
    rows = [{"post_id": one, "version": 1, "since": now} for one in sorted(post_ids)]
    connection.execute(_ADD_NEW, rows)


def batch(connection: Connection, limit: int) -> list[tuple[str, int]]:
    """(post id, version) the index has not acknowledged, longest waiting first."""
    query = (
        select(index_pending.c.post_id, index_pending.c.version)
        .order_by(index_pending.c.since, index_pending.c.post_id)
        .limit(limit)
    )
    return [(row.post_id, row.version) for row in connection.execute(query)]


def done(connection: Connection, acknowledged: Sequence[tuple[str, int]]) -> None:
    """Take out what is durable in the index; a newer version of the same post stays."""
    if acknowledged:
        statement = delete(index_pending).where(
            index_pending.c.post_id == bindparam("b_post"),
            index_pending.c.version <= bindparam("b_version"),
        )
        connection.execute(
            statement, [{"b_post": p, "b_version": v} for p, v in sorted(acknowledged)]
        )
