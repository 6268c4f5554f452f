"""Revisions that wait for a judgement: first come first served, each to one worker at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, false, literal, select, update

from core.ports import Work
from core.store import leases
from core.store.bulk import delete_rows, keep_rows, update_rows
from core.store.counters import take
from core.store.dialect import insert_for, store_now
from core.store.records import load_records
from core.store.tables import posts, revisions, work_queue

_Q = work_queue.c


@cache
def _at_the_end(dialect: str) -> Any:
    return insert_for(dialect, work_queue).on_conflict_do_update(
        index_elements=["post_id", "number"],
        set_={"parked": False, "again": True, "attempts": 0, "error": ""},
    )


def add(connection: Connection, waiting: Sequence[tuple[str, int]], now: datetime) -> None:
    """Put revisions at the end; one that waits keeps its place, and one parked is free again.

    `now` is the store's.
    """
    if not waiting:
        return
    first = take(connection, "queue", len(waiting))
    rows: list[dict[str, Any]] = [
        {
            "post_id": post,
            "number": number,
            "position": first + n,
            "lease_key": f"work:{post}:{number}",
            "queued_at": now,
            "attempts": 0,
            "parked": False,
            "again": False,
            "error": "",
        }
        for n, (post, number) in enumerate(waiting)
    ]
    rows.sort(key=lambda row: (row["post_id"], row["number"]))  # as all take them
    connection.execute(_at_the_end(connection.dialect.name), rows)


def requeue(connection: Connection, *, after: str, limit: int) -> str:
    """Queue all revisions of the next posts by id; the last id, or "" at the end."""
    ids = connection.execute(
        select(posts.c.id).where(posts.c.id > after).order_by(posts.c.id).limit(limit)
    ).scalars()
    last = max(ids, default="")
    if last:
        query = (
            select(revisions.c.post_id, revisions.c.number)
            .where(revisions.c.post_id > after, revisions.c.post_id <= last)
            .order_by(revisions.c.post_id, revisions.c.number)
        )
        waiting = [(row.post_id, row.number) for row in connection.execute(query)]
        add(connection, waiting, store_now(connection))
    return last


def lease_work(connection: Connection, worker: str, *, ttl_s: float, limit: int) -> list[Work]:
    """The longest waiting revisions that nobody has, each leased."""
    rows = _take_free(connection, limit)
    if rows:
        taken: list[dict[str, Any]] = [
            {"post_id": row.post_id, "number": row.number, "attempts": row.attempts + 1,
             "again": False}
            for row in rows
        ]  # fmt: skip
        update_rows(connection, work_queue, taken)
    records = load_records(connection, [row.post_id for row in rows])
    # Last, for it keeps all other grants waiting until the end.
    granted = leases.grant(connection, [row.lease_key for row in rows], worker, ttl_s)
    return [
        Work(
            records[row.post_id],
            records[row.post_id].revisions[row.number - 1],
            lease,
            row.attempts + 1,
        )
        for row, lease in zip(rows, granted, strict=True)
    ]


def _take_free(connection: Connection, limit: int) -> Sequence[Any]:
    """Waiting revisions without a lease, longest first, kept from others until the end.

    Where several workers ask at once, each passes over the rows that another one just takes. A row
    may be let go between our look at the leases and our taking it, with a lease on it by then:
    so the leases are looked at once more when the rows are ours.
    """
    while True:
        query = (
            select(_Q.post_id, _Q.number, _Q.lease_key, _Q.attempts)
            .where(_Q.parked == false(), leases.free_at(_Q.lease_key, store_now(connection)))
            .order_by(_Q.position)
            .limit(limit)
            .with_for_update(of=work_queue, skip_locked=True)
        )
        rows = connection.execute(query).all()
        leased = leases.leased(connection, [row.lease_key for row in rows])
        free = [row for row in rows if row.lease_key not in leased]
        if free or not rows:
            return free


def hold(connection: Connection, work: Sequence[Work]) -> set[tuple[str, int]]:
    """(key, token) of those leases that are still held, kept with their places in the queue.

    First the places, then the leases, as whoever leases takes them: nobody waits in a ring.
    """
    places = [{"post_id": one.record.id, "number": one.revision.number} for one in work]
    keep_rows(connection, work_queue, places)
    return leases.held(connection, [one.lease for one in work])


def finish(connection: Connection, work: Sequence[Work]) -> None:
    """Take finished work out of the queue, unless it was asked for again meanwhile."""
    if not work:
        return
    places = [{"post_id": one.record.id, "number": one.revision.number} for one in work]
    delete_rows(connection, work_queue, [one | {"again": False} for one in places])
    anew = [one | {"again": False, "attempts": 0} for one in places]
    update_rows(connection, work_queue, anew)  # those that are still there
    leases.end(connection, [one.lease for one in work])


def release(connection: Connection, work: Sequence[Work], *, error: str, park: bool) -> None:
    """Give work back; without effect for what somebody else holds by now."""
    still = hold(connection, work)
    mine = [one for one in work if (one.lease.key, one.lease.token) in still]
    if not mine:
        return
    connection.execute(
        update(work_queue)
        .where(_Q.post_id == bindparam("b_post"), _Q.number == bindparam("b_number"))
        .values(parked=literal(park) & (_Q.again == false()), error=error),
        [{"b_post": one.record.id, "b_number": one.revision.number} for one in mine],
    )
    leases.end(connection, [one.lease for one in mine])
