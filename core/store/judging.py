"""What the pipeline made of its work: annotations, judgements, flags, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult, Select, bindparam, select, update

from core.errors import InvalidInput
from core.identity import SEQUENCE_BITS
from core.model import Judgement
from core.ports import Outcome, Work
from core.store import outbox, queue
from core.store.bulk import insert_rows, update_rows
from core.store.codec import to_json
from core.store.counters import append_in_order
from core.store.dialect import Among, chunks, ids
from core.store.streams import asked, streamed
from core.store.tables import annotators, findings, flags, judgements, revisions

_COLUMNS = (
    "post_id", "revision", "election_id", "act", "ruleset_hash", "profile_hash",
    "annotations_hash", "tzdata", "judged_at",
)  # fmt: skip
# Made once, as all that is asked for each batch.
_JUDGED = select(
    judgements.c.id, judgements.c.is_current,
    *(judgements.c[name] for name in ("post_id", "revision", "act", "election_id")),
).where(Among(judgements.c.post_id))  # fmt: skip
_CURRENT = tuple(
    update(column.table).where(Among(column)).values(is_current=bindparam("b_now"))
    for column in (judgements.c.id, flags.c.judgement_id)
)


def save_outcomes(connection: Connection, outcomes: Sequence[Outcome]) -> list[Work]:
    """Save them; returns the work whose lease was lost, for which nothing was written."""
    with streamed(connection):
        answer = queue.hold(connection, [one.work for one in outcomes])
        stored = _stored(connection, outcomes)
        held = answer()
        mine = [one for one in outcomes if queue.claim_of(one.work) in held]
        if mine:
            _save(connection, mine, held, stored)
    return [one.work for one in outcomes if queue.claim_of(one.work) not in held]


def _save(
    connection: Connection,
    outcomes: Sequence[Outcome],
    held: queue.Held,
    stored: Sequence[CursorResult[Any]],
) -> None:
    """What is quickly written goes first, and rows are made while the server works on that.

    Flags come last: the counter that gives them their order keeps other workers waiting.
    """
    queue.finish(connection, [one.work for one in outcomes], held)
    outbox.bump(connection, (one.work.record.id for one in outcomes))
    versions = _annotator_ids(connection, {one.annotator_version for one in outcomes})
    _note_readers(connection, outcomes, versions)
    given = {one.id: one for outcome in outcomes for one in outcome.judgements}
    places = _places(stored, given)
    _save_judgements(connection, given, places)
    _save_annotations(connection, outcomes, versions)
    rows = _flag_rows({key: given[key] for key in places.fresh}, places.newest)
    times = {one.work.record.id: one.work.record.sort_key >> SEQUENCE_BITS for one in outcomes}
    append_in_order(connection, flags, rows, [times[row["post_id"]] for row in rows])


def _note_readers(
    connection: Connection, outcomes: Sequence[Outcome], versions: Mapping[str, int]
) -> None:
    """Each revision remembers which version read it last."""
    read_by: list[dict[str, Any]] = [
        {
            "post_id": one.work.record.id,
            "number": one.work.revision.number,
            "annotator_id": versions[one.annotator_version],
        }
        for one in outcomes
    ]
    update_rows(connection, revisions, read_by)


def _save_annotations(
    connection: Connection, outcomes: Sequence[Outcome], versions: Mapping[str, int]
) -> None:
    """Once a text and version."""
    rows: list[dict[str, Any]] = [
        {
            "text_hash": one.work.revision.text_hash,
            "annotator_id": versions[one.annotator_version],
            "found": [to_json(found) for found in one.annotations],
        }
        for one in outcomes
    ]
    rows.sort(key=itemgetter("text_hash"))
    insert_rows(connection, findings, rows, known="pass")


def _annotator_ids(connection: Connection, versions: set[str]) -> Mapping[str, int]:
    """A version is there from its second batch on; to try to insert it would cost a number.

    Versions are never changed or removed, so what was there before this transaction is remembered
    for as long as the connection is one to the same database.
    """
    known: dict[str, int] = connection.info.setdefault("annotators", {})
    if versions <= known.keys():
        return known
    query = select(annotators.c.version, annotators.c.id).where(annotators.c.version.in_(versions))
    known |= _pairs(connection, query)
    if missing := sorted(versions - known.keys()):
        insert_rows(connection, annotators, [{"version": one} for one in missing], known="pass")
        return _pairs(connection, query)
    return known


def _pairs(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {row.version: row.id for row in asked(connection, query, {}).all()}


# --- judgements ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Places:
    """Judgements by their ids: which are new, and which are current now, again or no more."""

    fresh: Sequence[str]
    newest: Set[str]
    again: Sequence[str]
    replaced: Sequence[str]


def _stored(connection: Connection, outcomes: Sequence[Outcome]) -> list[CursorResult[Any]]:
    """The judgements there are of these posts, once they are read."""
    posts = sorted({made.post_id for one in outcomes for made in one.judgements})
    return [asked(connection, _JUDGED, ids(part)) for part in chunks(posts)]


def _places(stored: Sequence[CursorResult[Any]], given: Mapping[str, Judgement]) -> _Places:
    """The reading just made is the current one, also where the same one was made before and
    another came between: then the old row is current again.
    """
    known: set[str] = set()
    current: dict[tuple[object, ...], str] = {}
    for row in chain.from_iterable(one.all() for one in stored):
        known.add(row.id)
        if row.is_current:
            current[row.post_id, row.revision, row.act, row.election_id] = row.id
    newest = {_place(one): key for key, one in given.items()}
    replaced = [current[place] for place, key in newest.items() if current.get(place, key) != key]
    again = set(newest.values()) & known - set(current.values())
    fresh = [key for key in given if key not in known]
    return _Places(fresh, set(newest.values()), sorted(again), replaced)


def _save_judgements(
    connection: Connection, given: Mapping[str, Judgement], places: _Places
) -> None:
    """In this order there is never more than one current reading of an act."""
    _set_current(connection, places.replaced, now=False)
    rows = [_row(given[key]) | {"id": key, "is_current": key in places.newest}
            for key in places.fresh]  # fmt: skip
    insert_rows(connection, judgements, rows)
    _set_current(connection, places.again, now=True)


def _place(judgement: Judgement) -> tuple[object, ...]:
    return judgement.post_id, judgement.revision, judgement.act, judgement.election_id


def _row(judgement: Judgement) -> dict[str, Any]:
    return {name: getattr(judgement, name) for name in _COLUMNS}


def _set_current(connection: Connection, changed: Sequence[str], *, now: bool) -> None:
    for part in chunks(changed):
        for statement in _CURRENT:
            connection.execute(statement, {**ids(part), "b_now": now})


def _flag_rows(fresh: Mapping[str, Judgement], newest: Set[str]) -> list[dict[str, Any]]:
    """The flags of new judgements; their order, by the time of their post, is given later."""
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
    return list(rows.values())
