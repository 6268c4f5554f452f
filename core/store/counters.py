"""Numbers that only grow, and the unique order keys made with them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select, update

from core.identity import SEQUENCE_BITS, sort_key
from core.store.bulk import Rows, insert_numbered, insert_rows
from core.store.dialect import Among, clock_of, ids
from core.store.streams import asked
from core.store.tables import counters

_TAKE = (
    update(counters)
    .where(counters.c.name == bindparam("b_name"))
    .values(value=counters.c.value + bindparam("b_count"))
    .returning(counters.c.value)
)


def take(connection: Connection, name: str, count: int = 1) -> int:
    """The first of `count` numbers that nobody else ever gets; holds the counter until the end."""
    last: int = asked(connection, _TAKE, {"b_name": name, "b_count": count}).scalar_one()
    return last - count + 1


def take_at(connection: Connection, name: str) -> tuple[int, datetime]:
    """A number that nobody else ever gets, and the store's time when it was taken."""
    at = clock_of(connection.dialect.name).label("at")
    row = connection.execute(_TAKE.returning(at), {"b_name": name, "b_count": 1}).one()
    return row.value, row.at


def sort_keys(connection: Connection, table: Table, seconds: Sequence[int]) -> list[int]:
    """A key a second, none used in `table` before: order of arrival within one second.

    The sequence starts again after 2**20 rows; where that meets a row of the same second, the next
    free place in that second is taken.
    """
    if not seconds:
        return []
    first = take(connection, table.name, len(seconds))
    wanted = [sort_key(second, first + n) for n, second in enumerate(seconds)]
    used = _used(connection, table, wanted)
    given: dict[int, None] = {}
    for key in wanted:
        taken = key in used or key in given
        given[_free_near(connection, table, key, given) if taken else key] = None
    return list(given)


def append_in_order(
    connection: Connection, table: Table, rows: Rows, seconds: Sequence[int]
) -> None:
    """Append rows, each with a key of its second as `sort_keys` gives them.

    PostgreSQL gives keys itself, for that is one question less; rows whose key is in use are left.
    """
    left: Sequence[tuple[Mapping[str, Any], int]] = list(zip(rows, seconds, strict=True))
    if left and connection.dialect.name == "postgresql":
        bases = [sort_key(second, 0) for second in seconds]
        appended = set(insert_numbered(connection, table, rows, bases, bits=SEQUENCE_BITS))
        left = [(row, second) for row, second in left if row["id"] not in appended]
    keys = sort_keys(connection, table, [second for _, second in left])
    ordered = zip(left, keys, strict=True)
    insert_rows(connection, table, [{**row, "sort_key": key} for (row, _), key in ordered])


def _free_near(connection: Connection, table: Table, key: int, given: Container[int]) -> int:
    """A free key: in the second of `key`, or right after it where all 2**20 of that are used."""
    second = key >> SEQUENCE_BITS
    free = _free_from(connection, table, key, given)
    if free >> SEQUENCE_BITS != second:
        earlier = _free_from(connection, table, second << SEQUENCE_BITS, given)
        free = earlier if earlier >> SEQUENCE_BITS == second else free
    return free


def _free_from(connection: Connection, table: Table, key: int, given: Container[int]) -> int:
    while key in given or _used(connection, table, [key]):
        key = key + 1 if key in given else _end_of_run(connection, table, key)
    return key


def _used(connection: Connection, table: Table, keys: Sequence[int]) -> set[int]:
    return set(asked(connection, _among(table), ids(keys)).scalars())


@cache
def _among(table: Table) -> Select[int]:
    return select(table.c.sort_key).where(Among(table.c.sort_key))


def _end_of_run(connection: Connection, table: Table, key: int) -> int:
    """The first key after `key`, which is used, that is not."""
    here, after = table.alias("here"), table.alias("after")
    follows = select(after.c.sort_key).where(after.c.sort_key == here.c.sort_key + 1).exists()
    statement = (
        select(here.c.sort_key + 1)
        .where(here.c.sort_key >= key, ~follows)
        .order_by(here.c.sort_key)
        .limit(1)
    )
    free: int = asked(connection, statement, {}).scalar_one()
    return free
