"""Captures: kept once, linked to the revisions they show and to the absences they prove."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from core.model import Evidence
from core.store.dialect import Among, chunks, ids, insert_once
from core.store.tables import captures, gone_facts, revision_captures

_FIELDS = (
    "sha256", "url", "fetched_at", "status", "content_type", "size", "warc_file", "offset",
    "length",
)  # fmt: skip
# Made once: with as many parameters as posts, it was planned anew each time and took the longest of
# all that a worker asks when it leases.
_SHOWN = (
    select(revision_captures)
    .join(captures, captures.c.id == revision_captures.c.capture_id)
    .where(Among(revision_captures.c.post_id))
    .order_by(captures.c.fetched_at, captures.c.id)
)


def save(connection: Connection, evidence: Evidence) -> str:
    """Keep a capture, once; its id."""
    row = {name: getattr(evidence, name) for name in _FIELDS}
    row |= {"id": evidence.capture_id, "headers": [list(pair) for pair in evidence.headers]}
    connection.execute(insert_once(connection.dialect.name, captures), row)
    return evidence.capture_id


def link(connection: Connection, capture_id: str, shown: Sequence[tuple[str, int]]) -> None:
    """This capture shows these revisions."""
    rows = [{"post_id": post, "number": number, "capture_id": capture_id} for post, number in shown]
    connection.execute(insert_once(connection.dialect.name, revision_captures), rows)


def of_revisions(
    connection: Connection, post_ids: Sequence[str]
) -> dict[tuple[str, int], list[str]]:
    """The ids of the captures that show each revision of these posts, oldest capture first."""
    found: dict[tuple[str, int], list[str]] = {}
    for part in chunks(post_ids):
        for row in connection.execute(_SHOWN, ids(part)):
            found.setdefault((row.post_id, row.number), []).append(row.capture_id)
    return found


def of_posts(connection: Connection, post_ids: Sequence[str]) -> dict[str, list[Evidence]]:
    """Every capture that shows one of these posts or its absence, oldest first."""
    found: dict[str, dict[str, Evidence]] = {}
    for part in chunks(post_ids):
        shows = select(revision_captures.c.post_id, revision_captures.c.capture_id).where(
            revision_captures.c.post_id.in_(part)
        )
        misses = select(gone_facts.c.post_id, gone_facts.c.capture_id).where(
            gone_facts.c.post_id.in_(part)
        )
        links = shows.union(misses).subquery()
        query = (
            select(links.c.post_id, captures)
            .join(captures, captures.c.id == links.c.capture_id)
            .order_by(captures.c.fetched_at, captures.c.id)
        )
        for row in connection.execute(query):
            found.setdefault(row.post_id, {})[row.id] = _evidence(row)
    return {post: list(one.values()) for post, one in found.items()}


def by_ids(connection: Connection, capture_ids: Iterable[str]) -> dict[str, Evidence]:
    """These captures, by id."""
    found: dict[str, Evidence] = {}
    for part in chunks(sorted(set(capture_ids))):
        rows = connection.execute(select(captures).where(captures.c.id.in_(part)))
        found.update((row.id, _evidence(row)) for row in rows)
    return found


def by_hash(connection: Connection, sha256: str) -> list[Evidence]:
    """Every capture with this body, oldest first."""
    query = (
        select(captures)
        .where(captures.c.sha256 == sha256)
        .order_by(captures.c.fetched_at, captures.c.id)
    )
    return [_evidence(row) for row in connection.execute(query)]


def _evidence(row: Row[Any]) -> Evidence:
    mapping = row._mapping
    headers = tuple((name, value) for name, value in mapping["headers"])
    return Evidence(headers=headers, **{name: mapping[name] for name in _FIELDS})
