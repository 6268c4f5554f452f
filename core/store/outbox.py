"""The outbox of the index: which posts it has not seen in their newest version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    delete,
    insert,
    select,
    update,
)  # fmt: skip

from core.store.dialect import Among, chunks, clock_of, ids, insert_for
from core.store.tables import index_pending, posts

_ADD_NEW = insert(index_pending)
_Which: TypeAlias = Literal["these", "source"]


def bump(connection: Connection, post_ids: Iterable[str]) -> None:
    """These posts changed in a way the index must see."""
    for part in chunks(sorted(set(post_ids))):
        _bump(connection, "these", ids(part))


def bump_source(connection: Connection, source_id: str) -> None:
    """All posts of a source changed: who speaks through it is somebody else."""
    _bump(connection, "source", {"b_source": source_id})


def _bump(connection: Connection, which: _Which, given: dict[str, Any]) -> None:
    for statement in _bumping(connection.dialect.name, which):
        connection.execute(statement, given)


@cache
def _bumping(dialect: str, which: _Which) -> tuple[Any, ...]:
    """On PostgreSQL one statement, which takes the rows in order; made once, for it is long."""
    chosen = Among(posts.c.id) if which == "these" else posts.c.source_id == bindparam("b_source")
    changed = update(posts).values(index_version=posts.c.index_version + 1)
    versions = posts.c.id, posts.c.index_version
    if dialect == "postgresql":
        taken = select(posts.c.id).where(chosen).order_by(posts.c.id)
        locked = taken.with_for_update(key_share=True).cte("locked")
        # Chosen once more: with the join alone the server read all posts of an archive of 12,800.
        again = changed.where(posts.c.id == locked.c.id, chosen)
        bumped = again.returning(*versions).cte("bumped")
        newer = select(*bumped.c, clock_of(dialect)).order_by(bumped.c.id)
        return (_noted(dialect, newer),)
    newer = select(*versions, clock_of(dialect)).where(chosen).order_by(posts.c.id)
    return changed.where(chosen), _noted(dialect, newer)


def _noted(dialect: str, newer: Select[Any]) -> Any:
    """What waits already keeps its place in the line."""
    row = insert_for(dialect, index_pending).from_select(["post_id", "version", "since"], newer)
    version = {"version": row.excluded.version}
    return row.on_conflict_do_update(index_elements=["post_id"], set_=version)


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
