"""Revisions that wait for a judgement: first come first served, each to one worker at a time.

A lease is on the row itself, and what nobody has is an index: to take work costs the same however
much is leased. One whose time is over is found by an index of its own and is free again, in its
old place, before anybody takes work. Tokens come from the counter of all leases, one a claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, bindparam, false, select

from core.model import Lease
from core.ports import Work
from core.store.bulk import delete_rows, update_rows
from core.store.counters import take, take_at
from core.store.dialect import Among, chunks, clock_of, ids, insert_for, store_now
from core.store.records import load_records
from core.store.streams import asked
from core.store.tables import posts, revisions, work_queue

_Q = work_queue.c
_FREED: dict[str, Any] = {"leased_by": None, "lease_token": None, "leased_until": None}
# Key and token of a lease: it is not hashed itself, for that takes ten times as long.
Claim: TypeAlias = tuple[str, int]
# Leases that stand, and whether the revision was asked for again meanwhile.
Held: TypeAlias = Mapping[Claim, bool]


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
    _end_what_ran_out(connection)
    rows = connection.execute(_free(), {"b_limit": limit}).all()
    if not rows:
        return []
    records = load_records(connection, [row.post_id for row in rows])
    # Last, for it keeps all other claims waiting until the end.
    token, now = take_at(connection, "lease")
    until = now + timedelta(seconds=ttl_s)
    taken: list[dict[str, Any]] = [
        {"post_id": row.post_id, "number": row.number, "attempts": row.attempts + 1,
         "again": False, "leased_by": worker, "lease_token": token, "leased_until": until}
        for row in rows
    ]  # fmt: skip
    update_rows(connection, work_queue, taken)
    return [
        Work(
            records[row.post_id],
            records[row.post_id].revisions[row.number - 1],
            Lease(_key(row.post_id, row.number), worker, token, until),
            row.attempts + 1,
        )
        for row in rows
    ]


def _key(post_id: str, number: int) -> str:
    return f"work:{post_id}:{number}"


def _end_what_ran_out(connection: Connection) -> None:
    """Leases whose time is over end; those that somebody just works on are passed over."""
    over = connection.execute(_run_out(connection.dialect.name)).all()
    freed = [{"post_id": row.post_id, "number": row.number} | _FREED for row in over]
    update_rows(connection, work_queue, freed)


@cache
def _run_out(dialect: str) -> Select[Any]:
    # As a query of its own the clock is read once, and the index can be searched for it.
    now = select(clock_of(dialect)).scalar_subquery()
    over = select(_Q.post_id, _Q.number).where(_Q.leased_until <= now)
    return over.with_for_update(skip_locked=True)


@cache
def _free() -> Select[Any]:
    """Waiting revisions without a lease, longest first, kept from others until the end.

    Where several workers ask at once, each passes over the rows that another one just takes. A row
    that was leased between our look and our taking it is looked at again by the server, and left.
    """
    return (
        select(_Q.post_id, _Q.number, _Q.attempts)
        .where(_Q.parked == false(), _Q.leased_until.is_(None))
        .order_by(_Q.position)
        .limit(bindparam("b_limit"))
        .with_for_update(skip_locked=True)
    )


def hold(connection: Connection, work: Sequence[Work]) -> Callable[[], Held]:
    """Those leases that still stand, their rows kept until the end, in the order all take them.

    They are asked for here; the call of what is returned waits for the answer.
    """
    tokens = sorted({one.lease.token for one in work})
    query = _held(connection.dialect.name)
    answers = [
        asked(connection, query, {**ids(part), "tokens": tokens})
        for part in chunks(sorted({one.record.id for one in work}))
    ]

    def held() -> Held:
        rows = [row for answer in answers for row in answer.all()]
        return {(_key(row.post_id, row.number), row.lease_token): row.again for row in rows}

    return held


def claim_of(work: Work) -> Claim:
    """By what its lease is known among those that are held."""
    return work.lease.key, work.lease.token


@cache
def _held(dialect: str) -> Select[Any]:
    """A token is of one claim, so of the revisions of a post only those are met that are ours."""
    return (
        select(_Q.post_id, _Q.number, _Q.lease_token, _Q.again)
        .where(
            Among(_Q.post_id),
            _Q.lease_token.in_(bindparam("tokens", expanding=True)),
            _Q.leased_until > clock_of(dialect),
        )
        .order_by(_Q.post_id, _Q.number)
        .with_for_update()
    )


def finish(connection: Connection, work: Sequence[Work], held: Held) -> None:
    """Take finished work, which is held, out of the queue, unless it was asked for again."""
    done = [_place(one) for one in work if not held[claim_of(one)]]
    anew = [_place(one) for one in work if held[claim_of(one)]]
    delete_rows(connection, work_queue, done)
    update_rows(connection, work_queue, [one | _FREED | {"again": False, "attempts": 0}
                                         for one in anew])  # fmt: skip


def _place(work: Work) -> dict[str, Any]:
    return {"post_id": work.record.id, "number": work.revision.number}


def release(connection: Connection, work: Sequence[Work], *, error: str, park: bool) -> None:
    """Give work back; without effect for what somebody else holds by now."""
    held = hold(connection, work)()
    rows = [
        _place(one) | _FREED | {"parked": park and not held[claim_of(one)], "error": error}
        for one in work
        if claim_of(one) in held
    ]
    update_rows(connection, work_queue, rows)
