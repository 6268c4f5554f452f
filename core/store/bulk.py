"""Many rows written by one statement.

On PostgreSQL the columns go as arrays into `unnest`, and the text of a statement is the same
however many rows there are, so the server plans it once: rows one by one take it three times as
long. SQLite is in this process and takes them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Dialect,
    Integer,
    Table,
    and_,
    bindparam,
    delete,
    update,
)  # fmt: skip

from core.identity import canonical_json, portable_text
from core.store.dialect import insert_or
from core.store.streams import asked_of_driver
from core.store.types import CodeText, JsonText, UtcInstant, element, text_array
from core.store.wire import Texts, texts

Rows: TypeAlias = Sequence[Mapping[str, Any]]
_Sent: TypeAlias = list[tuple[str, Callable[[list[Any]], str | Texts]]]
_Verb: TypeAlias = Literal["insert", "pass", "replace", "update", "delete"]


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Rows,
    *,
    known: Literal["pass", "replace"] | None = None,
) -> None:
    """Append rows that all name the same columns; `known` is for those whose key is there."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _send(connection, known or "insert", table, rows)
        return
    statement = insert_or(connection, table)
    if known == "pass":
        statement = statement.on_conflict_do_nothing()
    elif known == "replace":
        keys = table.primary_key.columns.keys()
        values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values)
    connection.execute(statement, rows)


def update_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Set, in the rows with these primary keys, the other columns that are named."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _send(connection, "update", table, rows)
        return
    keys = set(table.primary_key.columns.keys())
    given: dict[str, Any] = {name: bindparam(f"b_{name}") for name in rows[0]}
    which = and_(*(table.c[name] == given[name] for name in keys))
    values = {name: given[name] for name in rows[0] if name not in keys}
    connection.execute(update(table).where(which).values(values), _bound(rows))


def delete_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Remove the rows that have these values."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _send(connection, "delete", table, rows)
        return
    which = and_(*(table.c[name] == bindparam(f"b_{name}") for name in rows[0]))
    connection.execute(delete(table).where(which), _bound(rows))


def _bound(rows: Rows) -> list[dict[str, Any]]:
    return [{f"b_{name}": value for name, value in row.items()} for row in rows]


# --- PostgreSQL ----------------------------------------------------------------------------------


def insert_numbered(
    connection: Connection, table: Table, rows: Rows, bases: Sequence[int], *, bits: int
) -> Sequence[str]:
    """Append rows with a `sort_key`: the base of each, its last `bits` the table's next number.

    Returns the ids of the rows that were appended: those whose key is in use are not.
    """
    statement, sent = _numbered(connection.dialect, table, tuple(rows[0]))
    arrays = [turn([row[name] for row in rows]) for name, turn in sent]
    numbers = f"{{{','.join(map(str, bases))}}}"
    given = (len(rows), table.name, len(rows), (1 << bits) - 1, *arrays, numbers)
    return asked_of_driver(connection, statement, given, ("id",)).scalars().all()


@lru_cache(maxsize=10)
def _numbered(dialect: Dialect, table: Table, names: tuple[str, ...]) -> tuple[str, _Sent]:
    columns = [table.c[name] for name in names]
    arrays = ", ".join(f"%s::{_type_name(dialect, one)}[]" for one in columns)
    named = ", ".join(f'"{name}"' for name in names)
    statement = (
        "WITH taken AS (UPDATE counters SET value = value + %s WHERE name = %s"  # noqa: S608  ours
        " RETURNING value - %s AS before, %s::BIGINT AS mask)"
        f" INSERT INTO {table.name} ({named}, sort_key)"
        f" SELECT {named}, base | (before + nth & mask)"
        f" FROM taken, unnest({arrays}, %s::BIGINT[])"
        f" WITH ORDINALITY AS given ({named}, base, nth)"
        " ON CONFLICT (sort_key) DO NOTHING RETURNING id"
    )
    return statement, [(one.name, _array_of(dialect, one)) for one in columns]


def _send(connection: Connection, verb: _Verb, table: Table, rows: Rows) -> None:
    statement, sent = _statement(connection.dialect, verb, table, tuple(rows[0]))
    arrays = tuple(turn([row[name] for row in rows]) for name, turn in sent)
    connection.exec_driver_sql(statement, arrays)


@lru_cache(maxsize=100)
def _statement(
    dialect: Dialect, verb: _Verb, table: Table, names: tuple[str, ...]
) -> tuple[str, _Sent]:
    """The text, and how the values of each column are sent."""
    columns = [table.c[name] for name in names]
    arrays = ", ".join(f"%s::{_type_name(dialect, one)}[]" for one in columns)
    quoted = [f'"{name}"' for name in names]
    given = f"unnest({arrays}) AS given ({', '.join(quoted)})"
    return _spelt(verb, table, quoted, given), [
        (one.name, _array_of(dialect, one)) for one in columns
    ]


def _array_of(dialect: Dialect, column: Column[Any]) -> Callable[[list[Any]], str | Texts]:
    """How values of a column become the text of an array (PostgreSQL 8.15.6).

    The driver escapes each quote by a call, which for the quotes of JSON took a third of the time
    of a save. What no text may hold is looked for once in all of them.
    """
    if isinstance(column.type, CodeText):
        return lambda values: portable_text(text_array(values))[0]
    if isinstance(column.type, JsonText):
        return lambda values: texts([*map(canonical_json, values)])
    turn = column.type.dialect_impl(dialect).bind_processor(dialect) or _same
    if isinstance(column.type, Boolean | Integer | UtcInstant):
        return lambda values: _array_of_few(turn, values)
    return lambda values: f"{{{','.join(element(turn(value)) for value in values)}}}"


def _array_of_few(turn: Callable[[Any], Any], values: Sequence[Any]) -> str:
    """Each value is written once: one moment and one truth stand in all rows of a batch."""
    written = {value: element(turn(value)) for value in set(values)}
    return f"{{{','.join(map(written.__getitem__, values))}}}"


def _same(value: Any) -> Any:
    return value


def _spelt(verb: _Verb, table: Table, quoted: Sequence[str], given: str) -> str:
    name, named = table.name, ", ".join(quoted)
    keys = [f'"{one.name}"' for one in table.primary_key.columns]
    others = [one for one in quoted if one not in keys]
    which = " AND ".join(
        f"{name}.{one} = given.{one}" for one in (quoted if verb == "delete" else keys)
    )
    insert = f"INSERT INTO {name} ({named}) SELECT {named} FROM {given}"  # noqa: S608  our tables
    renewed = ", ".join(f"{one} = excluded.{one}" for one in others)
    values = ", ".join(f"{one} = given.{one}" for one in others)
    return {
        "insert": insert,
        "pass": f"{insert} ON CONFLICT DO NOTHING",
        "replace": f"{insert} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {renewed}",
        "update": f"UPDATE {name} SET {values} FROM {given} WHERE {which}",  # noqa: S608
        "delete": f"DELETE FROM {name} USING {given} WHERE {which}",  # noqa: S608
    }[verb]


def _type_name(dialect: Dialect, column: Column[Any]) -> str:
    """Without a collation: an array has none."""
    return column.type.compile(dialect=dialect).partition(" COLLATE ")[0]
