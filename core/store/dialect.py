"""The one place where SQLite and PostgreSQL differ: connecting, beginning, clock, upsert, lock."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    literal_column,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from core.errors import InvalidInput, StoreError, StoreUnavailable
from core.store.streams import answer_later
from core.store.types import TextsText, UtcInstant
from core.store.wire import adapt

T = TypeVar("T")

BUSY_MS = 30_000
# The oldest PostgreSQL that still gets its fixes.
OLDEST_POSTGRESQL = 14
_RIGHT_URL = "sqlite:////absolute/path/archive.sqlite3 or postgresql+psycopg://user@host/name"
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA foreign_keys = ON",
    # FULL, not NORMAL: after a power cut NORMAL may forget the last commits. A post's version
    # that the index already acknowledged would then be given out again for other content, and the
    # index, which ignores versions it has, would stay wrong for good. It costs one fsync a commit.
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -8000",
    # 48 MB of log before it is written back. Keys are hashes, so in a large archive nearly every
    # page is a post's own, and writing them back each 4 MB (the default) made saving and judging
    # into a million posts 16 % slower, into 10,000 5 %.
    "PRAGMA wal_autocheckpoint = 12000",
    "PRAGMA journal_size_limit = 67108864",
)
# A statement of ours takes milliseconds; one that takes a minute would hold locks for ever. A
# process that was suspended in a transaction loses it rather than hold everybody up.
_SESSION = (
    "SET timezone = 'UTC'",
    f"SET lock_timeout = {BUSY_MS}",
    "SET statement_timeout = 60000",
    "SET idle_in_transaction_session_timeout = 60000",
    # The default of 4 is for discs that turn. By it the flags of 500 posts were looked for in the
    # whole table of 13,000, which took 1,260 ms; by their index 1.4 ms.
    "SET random_page_cost = 1.1",
)
# A peer that is gone without a word is noticed within about a minute, not after two hours.
_CONNECT = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "baqylau",
}


def make_engine(url: str | URL) -> Engine:
    """An engine that begins as it must. Raises InvalidInput for a URL of no use."""
    written = str(url)
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend not in {"sqlite", "postgresql"} or not parsed.database:
            raise InvalidInput(shown(written), _RIGHT_URL)
        if parsed.database == ":memory:":
            raise InvalidInput(
                shown(written), f"a file, for memory has one user only: {_RIGHT_URL}"
            )
        return _postgresql(parsed) if backend == "postgresql" else _sqlite(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(shown(written), _RIGHT_URL) from error


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url, pool_size=10, max_overflow=54, execution_options={"turn": threading.Lock()}
    )
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _postgresql(url: URL) -> Engine:
    """At most 20 connections a process: a server has 100, and several processes share them."""
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    given = {name: value for name, value in _CONNECT.items() if name not in url.query}
    engine = create_engine(url, pool_size=5, max_overflow=15, connect_args=given)
    event.listen(engine, "connect", _on_postgresql_connect)
    answer_later(engine)
    return engine


def shown(url: str) -> str:
    """A URL for people, also where it is no URL at all: without password and parameters."""
    return re.sub(r"//([^/@:]*):.*@", r"//\1:***@", url).partition("?")[0]


def place(engine: Engine) -> str:
    """Where the archive of an engine is, for people."""
    return shown(engine.url.render_as_string(hide_password=True))


def _on_postgresql_connect(connection: Any, _record: object) -> None:
    info = connection.info
    if info.server_version < OLDEST_POSTGRESQL * 10_000:
        found = f"{info.server_version // 10_000}.{info.server_version % 10_000}"
        raise StoreUnavailable(f"PostgreSQL {found}; {OLDEST_POSTGRESQL} or newer is needed")
    if (encoding := info.parameter_status("server_encoding")) != "UTF8":
        raise StoreUnavailable(f"a database in {encoding}; one in UTF8 is needed")
    adapt(connection)
    with connection.cursor() as cursor:
        cursor.execute("; ".join(_SESSION))
    connection.commit()


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
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with wrapped(engine), engine.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it is kept at the end, none of it after an error."""
    with (
        wrapped(engine),
        _turn(engine),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Threads that write to SQLite wait for each other here, and are woken.

    SQLite itself has who waits sleep, up to 100 ms at a time, and look again: of 360 saves by
    eight threads the longest took 6 s, in turn 0.5 s. Other processes still wait as SQLite has it.
    """
    turn: threading.Lock | None = engine.get_execution_options().get("turn")
    if turn is None:
        yield
    elif turn.acquire(timeout=BUSY_MS / 1000):
        try:
            yield
        finally:
            turn.release()
    else:
        raise StoreUnavailable(f"{place(engine)}: database is locked")


@contextmanager
def wrapped(engine: Engine) -> Iterator[None]:
    """Errors of the database, as errors of this house, each in one line."""
    try:
        yield
    except IntegrityError as error:
        raise StoreError(f"the archive refuses this: {_line(error.orig)}") from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(f"{place(engine)}: {_line(cause)}") from error


def _line(error: object) -> str:
    return " ".join(str(error).split())


SCHEMA_LOCK, SAVING_LOCK = 4241179, 4241180


def exclusive(connection: Connection, lock: int) -> None:
    """Wait until no other transaction has this lock (on SQLite, BEGIN IMMEDIATE has done it)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


def without_limits(connection: Connection) -> None:
    """This transaction may take its time, and wait for locks as long as it must."""
    if connection.dialect.name == "postgresql":
        for name in ("lock", "statement", "idle_in_transaction_session"):
            connection.exec_driver_sql(f"SET LOCAL {name}_timeout = 0")


_NOW = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000 AS now",
    "postgresql": "SELECT clock_timestamp() AS now",
}


_ASK_NOW = {name: text(asked).columns(now=UtcInstant()) for name, asked in _NOW.items()}


def store_now(connection: Connection) -> datetime:
    """The store's own clock, the only one that all workers share; in milliseconds on SQLite."""
    now: datetime = connection.execute(_ASK_NOW[connection.dialect.name]).scalar_one()
    return now


def clock(connection: Connection) -> ColumnElement[datetime]:
    """`store_now` as part of a statement: one question less."""
    return clock_of(connection.dialect.name)


def clock_of(dialect: str) -> ColumnElement[datetime]:
    """`clock` for a statement that is made once and kept."""
    written = _NOW[dialect].removeprefix("SELECT ").removesuffix(" AS now")
    return literal_column(written, UtcInstant())


def insert_or(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, spelt alike in both."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> Any:
    """`insert_or` for a statement that is made once and kept."""
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)


@cache
def insert_once(dialect: str, table: Table) -> Any:
    """An INSERT that passes over rows that are there."""
    return insert_for(dialect, table).on_conflict_do_nothing()


class Among(FunctionElement[bool]):
    """A column of texts or numbers is one of `ids`, which are one parameter: see `ids`.

    `in_` writes the statement anew for each number of ids and handles each id by itself: of the
    5 ms that reading 50 posts took, that was a third.
    """

    name, type, inherit_cache = "among", Boolean(), True

    def __init__(self, column: Column[Any]) -> None:
        super().__init__(column, bindparam("ids", type_=TextsText()))

    def self_group(self, against: Any = None) -> Among:
        """As it is: `= 1`, put behind it where there are no booleans, keeps SQLite off indexes."""
        return self


@compiles(Among, "sqlite")
def _among_sqlite(element: Among, compiler: Any, **given: Any) -> str:
    column, ids = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 (names and a place)


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: Any, **given: Any) -> str:
    [chosen, _] = element.clauses
    kind = "BIGINT" if isinstance(chosen.type, Integer) else "TEXT"
    column, ids = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} = ANY (CAST({ids} AS {kind}[]))"


def ids(some: Iterable[str] | Iterable[int]) -> dict[str, Any]:
    """The parameter of `Among`."""
    return {"ids": list(some)}


def pairs(connection: Connection, query: Select[Any, Any]) -> dict[Any, Any]:
    """A query of two columns, as a mapping of the first to the second."""
    return {row[0]: row[1] for row in connection.execute(query)}


def chunks(items: Iterable[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Parts that fit the number of parameters a statement may have."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
