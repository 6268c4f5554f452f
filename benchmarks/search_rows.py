"""Generated posts as rows of the archive's tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Table

from benchmarks.search_world import Made
from core.model import Evidence
from core.store import tables
from core.store.codec import to_json

Rows = list[dict[str, Any]]
_CAPTURE = ("sha256", "url", "fetched_at", "status", "content_type", "size", "warc_file", "offset",
            "length")  # fmt: skip
_JUDGEMENT = ("id", "post_id", "revision", "election_id", "act", "ruleset_hash", "profile_hash",
              "annotations_hash", "tzdata", "judged_at")  # fmt: skip


def table_rows(made: Sequence[Made]) -> Iterator[tuple[Table, Rows]]:
    """The rows of these posts, tables in the order in which they may be filled."""
    captures = {one.state.captures[0].capture_id: one.state.captures[0] for one in made}
    yield tables.captures, [_capture(key, one) for key, one in captures.items()]
    yield tables.posts, [_post(one) for one in made]
    yield tables.revisions, [_revision(one) for one in made]
    yield (
        tables.revision_captures,
        [
            {"post_id": one.state.record.id, "number": 1, "capture_id": capture.capture_id}
            for one in made
            for capture in one.state.captures
        ],
    )
    yield (
        tables.findings,
        [
            {
                "text_hash": one.state.record.revisions[0].text_hash,
                "annotator_id": 1,
                "found": [to_json(found) for found in one.state.annotations],
            }
            for one in made
        ],
    )
    yield (
        tables.judgements,
        [
            {name: getattr(one.judgement, name) for name in _JUDGEMENT} | {"is_current": True}
            for one in made
        ],
    )
    if flags := [row for one in made for row in _flags(one)]:
        yield tables.flags, flags


def _capture(key: str, capture: Evidence) -> dict[str, Any]:
    headers = [list(pair) for pair in capture.headers]
    return {name: getattr(capture, name) for name in _CAPTURE} | {"id": key, "headers": headers}


def _post(made: Made) -> dict[str, Any]:
    record = made.state.record
    revision = record.revisions[0]
    post, seen = revision.post, revision.first_seen
    return {
        "id": record.id,
        "sort_key": record.sort_key,
        "source_id": record.source_id,
        "platform": post.platform,
        "native_id": post.native_id,
        "url": post.url,
        "claimed_published": record.claimed_published,
        "claimed_us": made.published_us,
        "first_seen": seen,
        "last_seen": seen,
        "mark_seen": False,
        "newest": 1,
        "index_version": made.state.index_version,
    }


def _revision(made: Made) -> dict[str, Any]:
    revision = made.state.record.revisions[0]
    return {
        "post_id": revision.post_id,
        "number": 1,
        "first_seen": revision.first_seen,
        "act": to_json(revision.act),
        "post": to_json(revision.post),
        "text_hash": revision.text_hash,
        "annotator_id": 1,
    }


def _flags(made: Made) -> Rows:
    return [
        {
            "id": flag.id,
            "judgement_id": flag.judgement.id,
            "number": flag.flag_number,
            "post_id": flag.judgement.post_id,
            "sort_key": flag.sort_key,
            "is_current": flag.current,
            "flag": to_json(flag.judgement.flags[flag.flag_number]),
        }
        for flag in made.state.flags
    ]
