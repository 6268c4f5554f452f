"""The one place where SQLite and PostgreSQL differ: connecting, beginning, clock, upsert, lock."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from core.errors import InvalidInput, StoreError, StoreUnavailable
from core.store.types import UtcInstant

T = TypeVar("T")

BUSY_MS = 30_000
_RIGHT_URL = "sqlite:////absolute/path/archive.sqlite3 or postgresql+psycopg://user@host/name"
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA foreign_keys = ON",
    # FULL, not NORMAL: after a power cut NORMAL may forget the last commits. A post's version
    # that the index already acknowledged would then be given out again for other content, and the
    # index, which ignores versions it has, would stay wrong for good. It costs one fsync a commit.
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -8000",
    "PRAGMA journal_size_limit = 67108864",
)


def make_engine(url: str) -> Engine:
    """An engine that begins as it must. Raises InvalidInput for a URL of no use."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend not in {"sqlite", "postgresql"} or not parsed.database:
            raise InvalidInput(url, _RIGHT_URL)
        if parsed.database == ":memory:":
            raise InvalidInput(url, f"a file, for memory has one user only: {_RIGHT_URL}")
        if backend == "postgresql":
            return create_engine(parsed, pool_size=10, max_overflow=30, pool_pre_ping=True)
        engine = create_engine(parsed, pool_size=10, max_overflow=54)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise error if isinstance(error, InvalidInput) else InvalidInput(url, _RIGHT_URL) from error
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing: `_on_sqlite_begin` does
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _on_sqlite_begin(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another wrote between
    # (290,476 lock errors in one run of eight workers; immediate: 0). Reads need no lock in WAL.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def prepare(engine: Engine) -> None:
    """What has to be done once for a new database: its folder, and WAL for SQLite."""
    if engine.dialect.name != "sqlite":
        return
    Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
    # SQLite does not wait for a lock to change the journal: two openers at once collide here.
    patience = time.monotonic() + BUSY_MS / 1000
    while not _write_ahead(engine, may_wait=time.monotonic() < patience):
        time.sleep(0.05)


def _write_ahead(engine: Engine, *, may_wait: bool) -> bool:
    """True once the journal is WAL, False while somebody else opens the database too."""
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        try:
            [mode] = raw.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if may_wait and "locked" in str(error):
                return False
            raise
    if mode != "wal":
        raise StoreUnavailable(f"{engine.url.database}: no write-ahead log here ({mode})")
    return True


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the archive."""
    isolation = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name != "sqlite" else {}
    with wrapped(engine), engine.connect().execution_options(**isolation) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it is kept at the end, none of it after an error."""
    with (
        wrapped(engine),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def wrapped(engine: Engine) -> Iterator[None]:
    """Errors of the database, as errors of this house."""
    try:
        yield
    except IntegrityError as error:
        raise StoreError(f"the archive refuses this: {error.orig}") from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        where = engine.url.render_as_string(hide_password=True)
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(f"{where}: {cause}") from error


SCHEMA_LOCK, SAVING_LOCK = 4241179, 4241180


def exclusive(connection: Connection, lock: int) -> None:
    """Wait until no other transaction has this lock (on SQLite, BEGIN IMMEDIATE has done it)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


_NOW = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000 AS now",
    "postgresql": "SELECT clock_timestamp() AS now",
}


def store_now(connection: Connection) -> datetime:
    """The store's own clock, the only one that all workers share; in milliseconds on SQLite."""
    statement = text(_NOW[connection.dialect.name]).columns(now=UtcInstant())
    now: datetime = connection.execute(statement).scalar_one()
    return now


def insert_or(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, spelt alike in both."""
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return build(table)


def pairs(connection: Connection, query: Select[Any, Any]) -> dict[Any, Any]:
    """A query of two columns, as a mapping of the first to the second."""
    return {row[0]: row[1] for row in connection.execute(query)}


def chunks(items: Iterable[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Parts that fit the number of parameters a statement may have."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
