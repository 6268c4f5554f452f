"""Rows as every database keeps them alike: read in the order of their keys, written, hashed.

The order of keys is that of code points everywhere; texts are taken as they are kept, so JSON is
neither read nor written anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    CursorResult,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    literal,
    select,
    tuple_,
)  # fmt: skip

from core.store.tables import metadata
from core.store.types import UtcInstant
from core.when import micros

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: the number of its rows, and SHA-256 (hex) over them in their order."""

    rows: int
    sha256: str


def contents(connection: Connection) -> dict[str, Content]:
    """What every table holds."""
    found: dict[str, Content] = {}
    for table in metadata.sorted_tables:
        held: list[Content] = []
        for _ in read(connection, table, held):
            pass
        found[table.name] = held[0]
    return found


def read(connection: Connection, table: Table, found: list[Content]) -> Iterator[int]:
    """Reads a table to its end, yields how far it is, and appends what it holds to `found`."""
    sha256, done = hashlib.sha256(), 0
    yield done
    for part in stream(connection, as_kept(table)).partitions():
        for row in part:
            sha256.update(canonical(row))
        done += len(part)
        yield done
    found.append(Content(done, sha256.hexdigest()))


def canonical(row: Sequence[Any]) -> bytes:
    """A row as it is hashed: a JSON array of its values, instants as microseconds, one line."""
    values = [micros(one) if isinstance(one, datetime) else one for one in row]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def as_kept(table: Table) -> Table:
    """The table with its texts as they are kept: JSON is neither read nor written anew."""
    return Table(
        table.name,
        MetaData(),
        *(Column(one.name, _kind(one), primary_key=one.primary_key) for one in table.columns),
    )


def _kind(column: Column[Any]) -> Any:
    if isinstance(column.type, UtcInstant | Boolean):
        return column.type
    return BigInteger() if isinstance(column.type, Integer) else Text()


def count(connection: Connection, table: Table) -> int:
    """How many rows there are."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def last(connection: Connection, table: Table) -> tuple[Any, ...] | None:
    """The key of the last row, None where there is none."""
    keys = list(table.primary_key.columns)
    query = select(*keys).order_by(*(key.desc() for key in keys)).limit(1)
    row = connection.execute(query).first()
    return None if row is None else tuple(row)


def stream(
    connection: Connection, table: Table, after: tuple[Any, ...] | None = None
) -> CursorResult[Any]:
    """The rows in the order of their keys, a batch at a time in memory."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys)
    if after is not None:
        values = [literal(value, key.type) for key, value in zip(keys, after, strict=True)]
        query = query.where(tuple_(*keys) > tuple_(*values))
    return connection.execute(query, execution_options={"yield_per": BATCH})
