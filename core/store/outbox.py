"""The outbox of the index: which posts it has not seen in their newest version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, delete, literal, select, update

from core.store.dialect import chunks, insert_or, lock_rows, store_now
from core.store.tables import index_pending, posts


def bump(connection: Connection, post_ids: Iterable[str]) -> None:
    """These posts changed in a way the index must see."""
    for part in chunks(sorted(set(post_ids))):
        _bump(connection, posts.c.id.in_(part))


def bump_source(connection: Connection, source_id: str) -> None:
    """All posts of a source changed: who speaks through it is somebody else."""
    _bump(connection, posts.c.source_id == source_id)


def _bump(connection: Connection, which: ColumnElement[bool]) -> None:
    in_order = select(posts.c.id).where(which).order_by(posts.c.id)
    lock_rows(connection, in_order)
    connection.execute(update(posts).where(which).values(index_version=posts.c.index_version + 1))
    since = literal(store_now(connection), index_pending.c.since.type)
    row = insert_or(connection, index_pending).from_select(
        ["post_id", "version", "since"],
        select(posts.c.id, posts.c.index_version, since).where(which).order_by(posts.c.id),
    )
    # What waits already keeps its place in the line.
    newer = {"version": row.excluded.version}
    connection.execute(row.on_conflict_do_update(index_elements=["post_id"], set_=newer))


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
