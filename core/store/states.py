"""Everything known of posts: records, annotations, flags with what people said, captures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, false, func, select, true

from core.model import Annotation, Decision, Flag, Judgement
from core.ports import Counts, JudgedFlag, PostState
from core.store import evidence
from core.store.codec import from_json
from core.store.dialect import chunks, pairs, store_now
from core.store.records import load_records
from core.store.tables import (
    annotators,
    decisions,
    findings,
    flags,
    gaps,
    index_pending,
    judgements,
    posts,
    revisions,
    work_queue,
)

_JUDGEMENT = (
    "election_id", "post_id", "revision", "act", "ruleset_hash", "profile_hash",
    "annotations_hash", "tzdata", "judged_at",
)  # fmt: skip


def load_states(
    connection: Connection, post_ids: Sequence[str], *, with_captures: bool = True
) -> dict[str, PostState]:
    """What is known of these posts, by id; unknown ids are absent."""
    found: dict[str, PostState] = {}
    for part in chunks(sorted(set(post_ids))):
        records = load_records(connection, part, with_captures=with_captures)
        versions = pairs(
            connection, select(posts.c.id, posts.c.index_version).where(posts.c.id.in_(part))
        )
        read, judged = _newest_annotations(connection, part), _flags(connection, part)
        captures = evidence.of_posts(connection, part) if with_captures else {}
        for key, record in records.items():
            found[key] = PostState(
                record=record,
                annotations=read.get(key, ()),
                flags=tuple(judged.get(key, ())),
                captures=tuple(captures.get(key, ())),
                index_version=versions[key],
            )
    return found


def annotations_of(rows: Any) -> tuple[Annotation, ...]:
    """The stored findings of one text."""
    return tuple(from_json(Annotation, row) for row in rows)


def _newest_annotations(
    connection: Connection, post_ids: Sequence[str]
) -> dict[str, tuple[Annotation, ...]]:
    same = (findings.c.text_hash == revisions.c.text_hash) & (
        findings.c.annotator_id == revisions.c.annotator_id
    )
    query = (
        select(revisions.c.post_id, findings.c.found)
        .join(findings, same)
        .where(revisions.c.post_id.in_(post_ids))
        .order_by(revisions.c.post_id, revisions.c.number)
    )
    newest = {row.post_id: row.found for row in connection.execute(query)}
    return {key: annotations_of(rows) for key, rows in newest.items()}


def stored_annotations(
    connection: Connection, text_hashes: Iterable[str], annotator_version: str
) -> dict[str, tuple[Annotation, ...]]:
    """What this version said of these texts; unknown ones are absent."""
    found: dict[str, tuple[Annotation, ...]] = {}
    for part in chunks(sorted(set(text_hashes))):
        query = (
            select(findings.c.text_hash, findings.c.found)
            .join(annotators, annotators.c.id == findings.c.annotator_id)
            .where(findings.c.text_hash.in_(part), annotators.c.version == annotator_version)
        )
        rows = connection.execute(query)
        found.update((row.text_hash, annotations_of(row.found)) for row in rows)
    return found


# --- flags ---------------------------------------------------------------------------------------


def _flags(connection: Connection, post_ids: Sequence[str]) -> dict[str, list[JudgedFlag]]:
    """Every flag of these posts: current ones first, then by the newest judgement."""
    said = _decisions(connection, post_ids)
    rows = connection.execute(
        select(flags.c.id, flags.c.judgement_id, flags.c.number, flags.c.sort_key, flags.c.flag)
        .where(flags.c.post_id.in_(post_ids))
        .order_by(flags.c.judgement_id, flags.c.number)
    ).all()
    texts: dict[str, list[Flag]] = {}
    for row in rows:
        texts.setdefault(row.judgement_id, []).append(from_json(Flag, row.flag))
    query = select(judgements).where(judgements.c.post_id.in_(post_ids))
    made = {row.id: row for row in connection.execute(query)}
    whole = {key: _judgement(made[key], tuple(given)) for key, given in texts.items()}
    found: dict[str, list[JudgedFlag]] = {}
    for row in rows:
        judgement, current = whole[row.judgement_id], made[row.judgement_id].is_current
        found.setdefault(judgement.post_id, []).append(
            JudgedFlag(
                row.id, row.sort_key, judgement, row.number, current, tuple(said.get(row.id, ()))
            )
        )
    for one in found.values():
        one.sort(key=_flag_order, reverse=True)
    return found


def _flag_order(flag: JudgedFlag) -> tuple[object, ...]:
    return flag.current, flag.judgement.judged_at, flag.judgement.id, flag.sort_key


def _judgement(row: Row[Any], given: tuple[Flag, ...]) -> Judgement:
    return Judgement(**{name: row._mapping[name] for name in _JUDGEMENT}, flags=given)


def _decisions(connection: Connection, post_ids: Sequence[str]) -> dict[str, list[Decision]]:
    query = (
        select(decisions)
        .join(flags, flags.c.id == decisions.c.flag_id)
        .where(flags.c.post_id.in_(post_ids))
        .order_by(decisions.c.id)
    )
    found: dict[str, list[Decision]] = {}
    for row in connection.execute(query):
        said = Decision(row.flag_id, row.ruling, row.reviewer, row.reason, row.decided_at)
        found.setdefault(row.flag_id, []).append(said)
    return found


def flag_posts(connection: Connection, flag_ids: Sequence[str]) -> dict[str, str]:
    """The post of each of these flags."""
    found: dict[str, str] = {}
    for part in chunks(sorted(set(flag_ids))):
        query = select(flags.c.id, flags.c.post_id).where(flags.c.id.in_(part))
        found |= pairs(connection, query)
    return found


def counts(connection: Connection) -> Counts:
    """How much there is and how much is owed."""

    def number(query: Any) -> int:
        return int(connection.execute(query).scalar_one())

    def rows(table: Any, *where: Any) -> int:
        return number(select(func.count()).select_from(table).where(*where))

    waiting, parked = work_queue.c.parked == false(), work_queue.c.parked == true()
    oldest = select(func.min(work_queue.c.queued_at)).where(waiting)
    return Counts(
        posts=rows(posts),
        flags_current=rows(flags, flags.c.is_current),
        pending=rows(work_queue, waiting),
        parked=rows(work_queue, parked),
        oldest_pending=connection.execute(oldest).scalar_one(),
        index_pending=rows(index_pending),
        oldest_index_pending=connection.execute(
            select(func.min(index_pending.c.since))
        ).scalar_one(),
        gaps=rows(gaps),
        at=store_now(connection),
    )
