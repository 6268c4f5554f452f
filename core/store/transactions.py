"""One transaction, tried again where that is certain to do no harm.

A server that is restarted, a connection that is cut and a deadlock cost time, not posts. Whether
a COMMIT that was under way when the connection went has been carried out cannot be known (after a
crash PostgreSQL gives the number of a lost transaction to another one, so `pg_xact_status` may
speak of that). Then only a job that may run `again` is run again; of any other we say so.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from core.errors import StoreUnavailable
from core.store.dialect import place, reading, writing

T = TypeVar("T")

# About eight seconds in all: a server restarts in two or three.
PAUSES_S = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
# serialization_failure, deadlock_detected: the server says itself that nothing was kept.
_UNDONE = frozenset({"40001", "40P01"})


def read(engine: Engine, job: Callable[[Connection], T]) -> T:
    """What `job` finds in one consistent view."""

    def once(_attempt: _Attempt) -> T:
        with reading(engine) as connection:
            return job(connection)

    return _tried(engine, once, again=True)


def write(engine: Engine, job: Callable[[Connection], T], *, again: bool) -> T:
    """What `job` returns, all of its writes kept. `again`: doing it twice is doing it once."""

    def once(attempt: _Attempt) -> T:
        with writing(engine) as connection:
            result = job(connection)
            attempt.committing = True
        return result

    return _tried(engine, once, again=again)


class _Attempt:
    """How far one try came."""

    committing = False


def _tried(engine: Engine, once: Callable[[_Attempt], T], *, again: bool) -> T:
    for pause in (*PAUSES_S, None):
        attempt = _Attempt()
        try:
            return once(attempt)
        except StoreUnavailable as error:
            cause = error.__cause__
            if not isinstance(cause, DBAPIError) or not _passes(cause, attempt):
                raise
            if attempt.committing and cause.connection_invalidated and not again:
                raise StoreUnavailable(
                    f"{place(engine)}: the connection was lost in the middle of a commit; "
                    "look whether it was carried out before trying again"
                ) from error
            if pause is None:
                raise
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _passes(cause: DBAPIError, attempt: _Attempt) -> bool:
    """True for what a little time mends: no connection, a lost one, a transaction undone.

    SQLite has waited long enough for its lock when it says that it is locked.
    """
    if isinstance(cause.orig, sqlite3.Error):
        return False
    not_reached = cause.statement is None and not attempt.committing
    undone = getattr(cause.orig, "sqlstate", None) in _UNDONE
    return cause.connection_invalidated or not_reached or undone
