"""Leases by name. A lease is held while its token stands and the store's clock allows.

Tokens come from one counter, so a row may go when its lease ends: no token comes twice. What is
leased by the hundred, the revisions to judge, has its leases on the rows of its queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    column,
    exists,
    select,
    text,
    update,
)  # fmt: skip

from core.errors import LeaseLost
from core.model import Lease
from core.store.bulk import delete_rows, insert_rows
from core.store.counters import take
from core.store.dialect import Among, chunks, clock_of, ids, store_now
from core.store.tables import leases
from core.store.types import CodeText, TextsText, UtcInstant

# `grant` on PostgreSQL, where grants wait for the counter: it is held for this one statement and
# the commit, and not for three on their way to the server and back.
_GRANT = (
    text("""
    WITH taken AS (
        UPDATE counters SET value = value + :count WHERE name = 'lease'
        RETURNING value - :count AS before, clock_timestamp() AS now
    )
    INSERT INTO leases (key, worker, token, until)
    SELECT given.key, :worker, before + place, now + make_interval(secs => :ttl_s)
    FROM taken, unnest(CAST(:ids AS TEXT[])) WITH ORDINALITY AS given (key, place)
    ORDER BY given.key COLLATE "C"
    ON CONFLICT (key) DO UPDATE
        SET worker = excluded.worker, token = excluded.token, until = excluded.until
    RETURNING token, until
    """)
    .bindparams(bindparam("ids", type_=TextsText()), bindparam("worker", type_=CodeText()))
    .columns(column("token", BigInteger()), column("until", UtcInstant()))
)  # fmt: skip


def grant(connection: Connection, keys: Sequence[str], worker: str, ttl_s: float) -> list[Lease]:
    """New leases for keys that the caller found free in this transaction, in their order.

    Whoever looks for free keys has to call `begin_granting` first.
    """
    if not keys:
        return []
    if connection.dialect.name == "postgresql":
        given = {**ids(keys), "count": len(keys), "worker": worker, "ttl_s": ttl_s}
        made = sorted(map(tuple, connection.execute(_GRANT, given)))  # tokens go as the keys do
        return [Lease(key, worker, *one) for key, one in zip(keys, made, strict=True)]
    until = _end(store_now(connection), ttl_s)
    first = take(connection, "lease", len(keys))
    granted = [Lease(key, worker, first + n, until) for n, key in enumerate(keys)]
    rows: list[dict[str, Any]] = [
        {"key": one.key, "worker": worker, "token": one.token, "until": until} for one in granted
    ]
    rows.sort(key=itemgetter("key"))
    insert_rows(connection, leases, rows, known="replace")
    return granted


def begin_granting(connection: Connection) -> datetime:
    """Keep other grants out until this transaction ends; the store's time from then on."""
    take(connection, "lease", 0)
    return store_now(connection)


def free_at(key: ColumnElement[str], now: datetime) -> ColumnElement[bool]:
    """For a query over what is leased by `key`: nobody holds it at `now`."""
    return ~exists().where(leases.c.key == key, leases.c.until > now)


@cache
def _live(dialect: str) -> Select[Any]:
    alive = leases.c.until > clock_of(dialect)
    return select(leases.c.key, leases.c.token).where(Among(leases.c.key), alive)


def acquire(connection: Connection, key: str, worker: str, ttl_s: float) -> Lease | None:
    """A lease by name, or None while somebody else holds it; one's own is taken afresh."""
    now = begin_granting(connection)
    holder = connection.execute(
        select(leases.c.worker).where(leases.c.key == key, leases.c.until > now)
    ).scalar_one_or_none()
    if holder not in {None, worker}:
        return None
    return grant(connection, [key], worker, ttl_s)[0]


def renew(connection: Connection, lease: Lease, ttl_s: float) -> Lease:
    """The same lease, ending later. Raises LeaseLost."""
    now = store_now(connection)
    until = max(_end(now, ttl_s), lease.until)
    statement = update(leases).where(_is(lease), leases.c.until > now).values(until=until)
    if connection.execute(statement).rowcount != 1:
        raise _lost(lease)
    return Lease(lease.key, lease.worker, lease.token, until)


def require(connection: Connection, lease: Lease) -> None:
    """Raises LeaseLost where the lease is not held; holds its row until the transaction ends."""
    if not held(connection, [lease]):
        raise _lost(lease)


def held(connection: Connection, candidates: Iterable[Lease]) -> set[tuple[str, int]]:
    """(key, token) of those leases that are still held, their rows kept until the end."""
    query = _live(connection.dialect.name).order_by(leases.c.key).with_for_update()
    wanted = {(one.key, one.token) for one in candidates}
    found: set[tuple[str, int]] = set()
    for part in chunks(sorted({key for key, _ in wanted})):
        found.update((key, token) for key, token in connection.execute(query, ids(part)))
    return found & wanted


def end(connection: Connection, ended: Sequence[Lease]) -> None:
    """Let go of leases; without effect on those that somebody else holds by now."""
    delete_rows(connection, leases, [{"key": one.key, "token": one.token} for one in ended])


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"{lease.key}: {lease.worker} no longer holds it")


def _is(lease: Lease) -> ColumnElement[bool]:
    return and_(leases.c.key == lease.key, leases.c.token == lease.token)


def _end(now: datetime, ttl_s: float) -> datetime:
    return now + timedelta(seconds=ttl_s)
