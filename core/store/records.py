"""Posts as the archive knows them, many at once in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from core.model import Account, Act, Post, PostRecord, Revision, Source
from core.store import evidence
from core.store.codec import from_json
from core.store.dialect import chunks
from core.store.tables import posts, revisions, sources
from core.when import Instant, Interval


def load_records(
    connection: Connection, post_ids: Iterable[str], *, with_captures: bool = True
) -> dict[str, PostRecord]:
    """These posts, by id; unknown ids are absent."""
    found: dict[str, PostRecord] = {}
    for part in chunks(sorted(set(post_ids))):
        texts: dict[str, list[Revision]] = {}
        shown = evidence.of_revisions(connection, part) if with_captures else {}
        query = (
            select(revisions)
            .where(revisions.c.post_id.in_(part))
            .order_by(revisions.c.post_id, revisions.c.number)
        )
        for row in connection.execute(query):
            captures = tuple(shown.get((row.post_id, row.number), ()))
            texts.setdefault(row.post_id, []).append(_revision(row, captures))
        rows = connection.execute(select(posts).where(posts.c.id.in_(part))).all()
        accounts = _accounts(connection, {row.source_id for row in rows})
        for row in rows:
            found[row.id] = _record(row, accounts[row.source_id], tuple(texts[row.id]))
    return found


def _accounts(connection: Connection, source_ids: Iterable[str]) -> dict[str, Account]:
    """Who speaks through these sources: decoded once a source, not once a post."""
    query = select(sources.c.id, sources.c.definition).where(sources.c.id.in_(sorted(source_ids)))
    return {row.id: from_json(Source, row.definition).account for row in connection.execute(query)}


def _revision(row: Row[Any], captures: tuple[str, ...]) -> Revision:
    return Revision(
        post_id=row.post_id,
        number=row.number,
        post=from_json(Post, row.post),
        act=from_json(Act, row.act),
        first_seen=row.first_seen,
        captures=captures,
    )


def _record(row: Row[Any], account: Account, texts: tuple[Revision, ...]) -> PostRecord:
    return PostRecord(
        id=row.id,
        sort_key=row.sort_key,
        source_id=row.source_id,
        account=account,
        claimed_published=row.claimed_published,
        edited=row.edited,
        first_seen=Instant(row.first_seen),
        last_seen=Instant(row.last_seen),
        gone=None if row.gone_at is None else Interval(row.last_seen, row.gone_at),
        revisions=texts,
    )


def post_ids(connection: Connection, *, after: str, limit: int) -> list[str]:
    """Post ids in order of code points."""
    query = select(posts.c.id).where(posts.c.id > after).order_by(posts.c.id).limit(limit)
    return list(connection.execute(query).scalars())
