"""Everything known of posts: records, annotations, flags with what people said, captures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, false, func, select, true

from core.model import Annotation, Decision, Flag, Judgement
from core.ports import Counts, JudgedFlag, PostState
from core.store import evidence
from core.store.codec import from_text
from core.store.dialect import Among, chunks, ids, pairs, store_now
from core.store.records import annotations_of, load_known
from core.store.tables import (
    annotators,
    decisions,
    findings,
    flags,
    gaps,
    index_pending,
    judgements,
    posts,
    work_queue,
)
from core.store.types import as_kept

_JUDGEMENT = (
    "election_id", "post_id", "revision", "act", "ruleset_hash", "profile_hash",
    "annotations_hash", "tzdata", "judged_at",
)  # fmt: skip
_FLAGS = (
    select(
        flags.c.id,
        flags.c.judgement_id,
        flags.c.number,
        flags.c.sort_key,
        as_kept(flags.c.flag),
        judgements.c.is_current,
        *(judgements.c[name] for name in _JUDGEMENT),
    )
    .join(judgements, judgements.c.id == flags.c.judgement_id)
    .where(Among(flags.c.post_id))
    .order_by(flags.c.judgement_id, flags.c.number)
)
_DECISIONS = (
    select(decisions)
    .join(flags, flags.c.id == decisions.c.flag_id)
    .where(Among(flags.c.post_id))
    .order_by(decisions.c.id)
)


def load_states(
    connection: Connection, post_ids: Sequence[str], *, with_captures: bool = True
) -> dict[str, PostState]:
    """What is known of these posts, by id; unknown ids are absent."""
    found: dict[str, PostState] = {}
    for part in chunks(sorted(set(post_ids))):
        known = load_known(connection, part, with_captures=with_captures)
        judged = _flags(connection, part)
        captures = evidence.of_posts(connection, part) if with_captures else {}
        for key, one in known.items():
            found[key] = PostState(
                record=one.record,
                annotations=one.annotations,
                flags=tuple(judged.get(key, ())),
                captures=tuple(captures.get(key, ())),
                index_version=one.index_version,
            )
    return found


def stored_annotations(
    connection: Connection, text_hashes: Iterable[str], annotator_version: str
) -> dict[str, tuple[Annotation, ...]]:
    """What this version said of these texts; unknown ones are absent."""
    found: dict[str, tuple[Annotation, ...]] = {}
    for part in chunks(sorted(set(text_hashes))):
        query = (
            select(findings.c.text_hash, as_kept(findings.c.found))
            .join(annotators, annotators.c.id == findings.c.annotator_id)
            .where(findings.c.text_hash.in_(part), annotators.c.version == annotator_version)
        )
        rows = connection.execute(query)
        found.update((row.text_hash, annotations_of(row.found)) for row in rows)
    return found


# --- flags ---------------------------------------------------------------------------------------


def _flags(connection: Connection, post_ids: Sequence[str]) -> dict[str, list[JudgedFlag]]:
    """Every flag of these posts: current ones first, then by the newest judgement."""
    rows = connection.execute(_FLAGS, ids(post_ids)).all()
    said = _decisions(connection, post_ids) if rows else {}
    found: dict[str, list[JudgedFlag]] = {}
    for _, group in groupby(rows, key=attrgetter("judgement_id")):
        together = list(group)
        first, given = together[0], tuple(from_text(Flag, row.flag) for row in together)
        judgement = Judgement(**{name: getattr(first, name) for name in _JUDGEMENT}, flags=given)
        found.setdefault(judgement.post_id, []).extend(
            JudgedFlag(
                row.id, row.sort_key, judgement, row.number, row.is_current,
                tuple(said.get(row.id, ())),
            )
            for row in together
        )  # fmt: skip
    for one in found.values():
        one.sort(key=_flag_order, reverse=True)
    return found


def _flag_order(flag: JudgedFlag) -> tuple[object, ...]:
    return flag.current, flag.judgement.judged_at, flag.judgement.id, flag.sort_key


def _decisions(connection: Connection, post_ids: Sequence[str]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for row in connection.execute(_DECISIONS, ids(post_ids)):
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

    # What waits is free or leased, each by its own index.
    until, parked = work_queue.c.leased_until, work_queue.c.parked
    waiting = ((parked == false(), until.is_(None)), (until.is_not(None),))
    oldest = [
        connection.execute(select(func.min(work_queue.c.queued_at)).where(*where)).scalar_one()
        for where in waiting
    ]
    return Counts(
        posts=rows(posts),
        flags_current=rows(flags, flags.c.is_current),
        pending=sum(rows(work_queue, *where) for where in waiting),
        parked=rows(work_queue, parked == true(), until.is_(None)),
        oldest_pending=min((one for one in oldest if one is not None), default=None),
        index_pending=rows(index_pending),
        oldest_index_pending=connection.execute(
            select(func.min(index_pending.c.since))
        ).scalar_one(),
        gaps=rows(gaps),
        at=store_now(connection),
    )
