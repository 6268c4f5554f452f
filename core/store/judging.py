"""What the pipeline made of its work: annotations, judgements, flags, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from core.errors import InvalidInput
from core.identity import SEQUENCE_BITS
from core.model import Judgement
from core.ports import Outcome, Work
from core.store import outbox, queue
from core.store.codec import to_json
from core.store.counters import sort_keys
from core.store.dialect import chunks, insert_or, pairs
from core.store.tables import annotators, findings, flags, judgements, posts, revisions

_COLUMNS = (
    "id", "post_id", "revision", "election_id", "act", "ruleset_hash", "profile_hash",
    "annotations_hash", "tzdata", "judged_at",
)  # fmt: skip


def save_outcomes(connection: Connection, outcomes: Sequence[Outcome]) -> list[Work]:
    """Save them; returns the work whose lease was lost, for which nothing was written."""
    still = queue.hold(connection, [one.work for one in outcomes])
    mine = [one for one in outcomes if _key(one.work) in still]
    if mine:
        _save_annotations(connection, mine)
        given = {one.id: one for outcome in mine for one in outcome.judgements}
        _save_judgements(connection, given)
        queue.finish(connection, [one.work for one in mine])
        outbox.bump(connection, (one.work.record.id for one in mine))
    return [one.work for one in outcomes if _key(one.work) not in still]


def _key(work: Work) -> tuple[str, int]:
    return work.lease.key, work.lease.token


def _save_annotations(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Once a text and version; each revision remembers which version read it last."""
    ids = _annotator_ids(connection, {one.annotator_version for one in outcomes})
    rows: list[dict[str, Any]] = [
        {
            "text_hash": one.work.revision.text_hash,
            "annotator_id": ids[one.annotator_version],
            "found": [to_json(found) for found in one.annotations],
        }
        for one in outcomes
    ]
    rows.sort(key=itemgetter("text_hash"))
    connection.execute(insert_or(connection, findings).on_conflict_do_nothing(), rows)
    connection.execute(
        update(revisions)
        .where(
            revisions.c.post_id == bindparam("b_post"),
            revisions.c.number == bindparam("b_number"),
        )
        .values(annotator_id=bindparam("b_annotator")),
        [
            {
                "b_post": one.work.record.id,
                "b_number": one.work.revision.number,
                "b_annotator": ids[one.annotator_version],
            }
            for one in outcomes
        ],
    )


def _annotator_ids(connection: Connection, versions: set[str]) -> dict[str, int]:
    rows = [{"version": one} for one in sorted(versions)]
    connection.execute(insert_or(connection, annotators).on_conflict_do_nothing(), rows)
    query = select(annotators.c.version, annotators.c.id).where(annotators.c.version.in_(versions))
    return pairs(connection, query)


# --- judgements ----------------------------------------------------------------------------------


def _save_judgements(connection: Connection, given: dict[str, Judgement]) -> None:
    """Append those that are new. The reading just made is the current one, also where the same
    one was made before and another came between: then the old row is current again.
    """
    known: set[str] = set()
    current: dict[tuple[object, ...], str] = {}
    ids = sorted({one.post_id for one in given.values()})
    for part in chunks(ids):
        query = select(judgements).where(judgements.c.post_id.in_(part))
        for row in connection.execute(query):
            known.add(row.id)
            if row.is_current:
                current[row.post_id, row.revision, row.act, row.election_id] = row.id
    newest = {_place(one): key for key, one in given.items()}
    replaced = [current[place] for place, key in newest.items() if current.get(place, key) != key]
    _set_current(connection, replaced, now=False)
    fresh = {key: one for key, one in given.items() if key not in known}
    if fresh:
        rows = [
            _row(one) | {"is_current": newest[_place(one)] == key} for key, one in fresh.items()
        ]
        connection.execute(insert(judgements), rows)
        _append_flags(connection, fresh, set(newest.values()))
    again = set(newest.values()) & known - set(current.values())
    _set_current(connection, sorted(again), now=True)


def _place(judgement: Judgement) -> tuple[object, ...]:
    return judgement.post_id, judgement.revision, judgement.act, judgement.election_id


def _row(judgement: Judgement) -> dict[str, Any]:
    return {name: getattr(judgement, name) for name in _COLUMNS}


def _set_current(connection: Connection, ids: Sequence[str], *, now: bool) -> None:
    for part in chunks(ids):
        connection.execute(
            update(judgements).where(judgements.c.id.in_(part)).values(is_current=now)
        )
        connection.execute(
            update(flags).where(flags.c.judgement_id.in_(part)).values(is_current=now)
        )


def _append_flags(connection: Connection, fresh: dict[str, Judgement], newest: set[str]) -> None:
    """Flags are ordered by the time of their post, each with a place of its own."""
    times = _times(connection, sorted({one.post_id for one in fresh.values()}))
    rows: dict[str, dict[str, Any]] = {}
    for key, judgement in fresh.items():
        for number, flag in enumerate(judgement.flags):
            flag_id = flag.id(key)
            if flag_id in rows:
                where = f"judgement {key} of post {judgement.post_id}: {flag.rule}"
                raise InvalidInput(where, f"one flag a rule and contest ({flag.contest!r})")
            rows[flag_id] = {
                "id": flag_id,
                "judgement_id": key,
                "number": number,
                "post_id": judgement.post_id,
                "is_current": key in newest,
                "flag": to_json(flag),
            }
    keys = sort_keys(connection, flags, [times[row["post_id"]] for row in rows.values()])
    if rows:
        ordered = zip(rows.values(), keys, strict=True)
        connection.execute(insert(flags), [row | {"sort_key": key} for row, key in ordered])


def _times(connection: Connection, post_ids: Sequence[str]) -> dict[str, int]:
    """The seconds by which these posts are ordered."""
    found: dict[str, int] = {}
    for part in chunks(post_ids):
        query = select(posts.c.id, posts.c.sort_key).where(posts.c.id.in_(part))
        found.update((row.id, row.sort_key >> SEQUENCE_BITS) for row in connection.execute(query))
    return found
