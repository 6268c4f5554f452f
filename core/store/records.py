"""Posts as the archive knows them, many at once in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from core.model import Account, Act, Annotation, Post, PostRecord, Revision, Source
from core.store import evidence
from core.store.codec import from_text
from core.store.dialect import Among, chunks, ids
from core.store.tables import findings, posts, revisions, sources
from core.store.types import as_kept
from core.when import Instant, Interval

# Statements are made once: building those of one page of posts took as long as running them.
_POSTS = (
    select(posts, as_kept(sources.c.definition))
    .join(sources, sources.c.id == posts.c.source_id)
    .where(Among(posts.c.id))
)
_REVISIONS = (
    select(
        revisions.c.post_id,
        revisions.c.number,
        revisions.c.first_seen,
        as_kept(revisions.c.act),
        as_kept(revisions.c.post),
        as_kept(findings.c.found),
    )
    .outerjoin(
        findings,
        (findings.c.text_hash == revisions.c.text_hash)
        & (findings.c.annotator_id == revisions.c.annotator_id),
    )
    .where(Among(revisions.c.post_id))
    .order_by(revisions.c.post_id, revisions.c.number)
)


@dataclass(frozen=True, slots=True)
class Known:
    """A record, what was found in the newest annotated revision, and the version for the index."""

    record: PostRecord
    annotations: tuple[Annotation, ...]
    index_version: int


def load_records(
    connection: Connection, post_ids: Iterable[str], *, with_captures: bool = True
) -> dict[str, PostRecord]:
    """These posts, by id; unknown ids are absent."""
    known = load_known(connection, post_ids, with_captures=with_captures)
    return {key: one.record for key, one in known.items()}


def load_known(
    connection: Connection, post_ids: Iterable[str], *, with_captures: bool = True
) -> dict[str, Known]:
    """These posts and what was found in them, by id; unknown ids are absent."""
    found: dict[str, Known] = {}
    for part in chunks(sorted(set(post_ids))):
        shown = evidence.of_revisions(connection, part) if with_captures else {}
        texts: dict[str, list[Revision]] = {}
        read: dict[str, str] = {}
        for row in connection.execute(_REVISIONS, ids(part)).all():
            captures = tuple(shown.get((row.post_id, row.number), ()))
            texts.setdefault(row.post_id, []).append(_revision(row, captures))
            if row.found is not None:
                read[row.post_id] = row.found
        for row in connection.execute(_POSTS, ids(part)).all():
            account = from_text(Source, row.definition).account
            annotations = annotations_of(read[row.id]) if row.id in read else ()
            record = _record(row, account, tuple(texts[row.id]))
            found[row.id] = Known(record, annotations, row.index_version)
    return found


def annotations_of(found: str) -> tuple[Annotation, ...]:
    """The stored findings of one text."""
    annotations: tuple[Annotation, ...] = from_text(tuple[Annotation, ...], found)
    return annotations


def _revision(row: Row[Any], captures: tuple[str, ...]) -> Revision:
    return Revision(
        post_id=row.post_id,
        number=row.number,
        post=from_text(Post, row.post),
        act=from_text(Act, row.act),
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
