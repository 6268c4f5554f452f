"""A place that rows are carried into: claimed while it is empty, marked, and an archive at the end.

The mark says the schema that the place has, so a later program knows what it finds half filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from sqlalchemy import Connection, Engine, Table, delete, func, inspect, select, text

from core.errors import InvalidInput, SchemaMismatch
from core.store import migrate
from core.store.dialect import (
    SCHEMA_LOCK,
    exclusive,
    place,
    prepare,
    reading,
    without_limits,
    wrapped,
    writing,
)
from core.store.tables import metadata

# Nothing was there; a call before this one had begun; it had begun with an older schema, and what
# it brought is gone.
Claim: TypeAlias = Literal["empty", "begun", "emptied"]
MARK = f"{migrate.UNFINISHED}:{migrate.HEAD}"


def claim(engine: Engine) -> Claim:
    """Mark a place as being filled, with the schema of this program.

    Raises InvalidInput, naming what is in the way, for a place that is not empty, and
    SchemaMismatch for one that a newer program began to fill; both are left as they are.
    """
    with wrapped(engine):
        prepare(engine)
    with writing(engine) as connection:
        found = migrate.version_of(connection)
        if found is None:
            _refuse_strangers(engine, connection)
    schema = migrate.half_filled(found)
    if schema is None:
        return _begin(engine)
    if schema == migrate.HEAD:
        return "begun"
    _require_known(engine, schema)
    return _begin_anew(engine, schema)


def empty(engine: Engine) -> None:
    """Delete every row that was carried in."""
    with writing(engine) as connection:
        _delete_rows(connection)


def finish(engine: Engine) -> None:
    """What was filled is an archive from now on."""
    with writing(engine) as connection:
        without_limits(connection)
        if engine.dialect.name == "postgresql":
            for table in metadata.sorted_tables:
                _go_on_counting(connection, table)
            connection.exec_driver_sql("ANALYZE")
        migrate.note_version(connection, migrate.HEAD)


def _begin(engine: Engine) -> Claim:
    """An archive that is not empty is refused before its schema is touched, and looked at again."""
    migrate.is_current(engine)
    with reading(engine) as connection:
        _refuse_rows(engine, connection)
    migrate.upgrade(engine)
    with writing(engine) as connection:
        exclusive(connection, SCHEMA_LOCK)
        _refuse_rows(engine, connection)
        _mark(connection)
    return "empty"


def _begin_anew(engine: Engine, schema: str) -> Claim:
    """Empty a place that was half filled with an older schema, and bring it up to date."""
    with writing(engine) as connection:
        exclusive(connection, SCHEMA_LOCK)
        if migrate.half_filled(migrate.version_of(connection)) != schema:
            return "begun"  # by another process, while this one waited
        _delete_rows(connection)
        migrate.note_version(connection, schema)
        migrate.run(connection)
        _mark(connection)
    return "emptied"


def _mark(connection: Connection) -> None:
    migrate.note_version(connection, MARK)
    connection.execute(delete(metadata.tables["counters"]))


def _delete_rows(connection: Connection) -> None:
    without_limits(connection)
    for table in reversed(list(_present(connection))):
        connection.execute(delete(table))


def _present(connection: Connection) -> Iterator[Table]:
    """Our tables, as far as the place has them: an older schema may lack some."""
    names = set(inspect(connection).get_table_names())
    return (table for table in metadata.sorted_tables if table.name in names)


def _require_known(engine: Engine, schema: str) -> None:
    if schema not in migrate.known():
        by = f"with schema {schema!r}, by a newer program" if schema else "by an older program"
        raise SchemaMismatch(
            f"{place(engine)}: half filled {by}: go on with that program, or give an empty place; "
            f"this one knows schemas up to {migrate.HEAD!r}"
        )


def _refuse_rows(engine: Engine, connection: Connection) -> None:
    """Raises InvalidInput where a table holds rows; counters at zero are none."""
    found: list[str] = []
    for table in _present(connection):
        query = select(func.count()).select_from(table)
        if table.name == "counters":
            query = query.where(table.c.value > 0)
        if number := connection.execute(query).scalar_one():
            found.append(f"{table.name} ({number})")
    if found:
        raise InvalidInput(place(engine), f"an empty place; it has rows in {', '.join(found)}")


def _refuse_strangers(engine: Engine, connection: Connection) -> None:
    """Tables with our names that no migration of ours made."""
    theirs = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if theirs:
        raise InvalidInput(place(engine), f"a place without tables named {sorted(theirs)}")


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Rows that PostgreSQL numbers by itself get numbers after those that came with theirs."""
    key = table.autoincrement_column
    if key is None:
        return
    last = connection.execute(select(func.max(key))).scalar_one()
    if last is not None:
        query = text("SELECT setval(pg_get_serial_sequence(:table, :key), :last)")
        connection.execute(query, {"table": table.name, "key": key.name, "last": last})
