"""Statements sent to PostgreSQL one after the other, none of them waiting for the one before.

So one core makes rows while the server writes others. SQLite is in this process: there a statement
is done when it returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, UpdateBase, event
from sqlalchemy.engine.cursor import CursorFetchStrategy
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Select


@contextmanager
def streamed(connection: Connection) -> Iterator[None]:
    """Statements in here are sent, and only the end waits for the server, or the reading of what
    was `asked`. Nothing else in here may want an answer.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    raw: Any = connection.connection.driver_connection
    try:
        with raw.pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_executed(connection, error) from error


def asked(
    connection: Connection, statement: Select[Any] | UpdateBase, given: Mapping[str, Any]
) -> CursorResult[Any]:
    """As `execute`, in a stream too: it waits where the rows are read, not here."""
    if connection.dialect.name != "postgresql":
        return connection.execute(statement, given)
    names = tuple(statement.exported_columns.keys())
    return connection.execute(statement, given, execution_options={_NAMES: names})


def asked_of_driver(
    connection: Connection, statement: str, given: tuple[Any, ...], names: tuple[str, ...]
) -> CursorResult[Any]:
    """As `asked`, in PostgreSQL's own words; the columns of the answer are named."""
    return connection.exec_driver_sql(statement, given, execution_options={_NAMES: names})


_NAMES = "baqylau_asked"


class _Later(CursorFetchStrategy):
    """The cursor knows its columns when the answer is there, so they are named beforehand; to
    fetch from it waits.
    """

    __slots__ = ("alternate_cursor_description",)

    def __init__(self, names: tuple[str, ...]) -> None:
        unknown: Any = (None,) * 6
        self.alternate_cursor_description = [(name, *unknown) for name in names]


def answer_later(engine: Engine) -> None:
    """Let what is `asked` of this engine return before the answer is there."""
    event.listen(engine, "before_cursor_execute", _expect)


def _expect(_c: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _m: bool) -> None:
    if names := context.execution_options.get(_NAMES):
        context.cursor_fetch_strategy = _Later(names)


def _as_executed(connection: Connection, error: Any) -> BaseException:
    """An error that came with a later answer, as SQLAlchemy raises one of a statement."""
    kind: Any = connection.dialect.loaded_dbapi.Error
    is_lost = connection.dialect.is_disconnect(error, connection.connection.driver_connection, None)
    if is_lost:
        connection.invalidate(error)
    wrapped_error: BaseException = DBAPIError.instance(
        "", None, error, kind, connection_invalidated=is_lost, dialect=connection.dialect
    )
    return wrapped_error
