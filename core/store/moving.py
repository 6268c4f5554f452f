"""All rows of one archive into another, whatever database each is in, and the proof of it.

A place that is being filled is marked, so that no program takes it for an archive; killed in the
middle, the same call goes on after the last row that arrived. Rows go in the order of their keys,
which is the order of code points in both databases, and the proof reads both sides again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, Table, insert, select

from core.errors import InvalidInput, StoreError, StoreUnavailable
from core.store import migrate, places, rows, transactions
from core.store.dialect import (
    make_engine,
    place,
    reading,
    store_now,
    without_limits,
    wrapped,
    writing,
)
from core.store.places import Claim
from core.store.rows import Content
from core.store.tables import leases, metadata


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is: `done` of `total` rows of a table, or of whatever else is counted."""

    stage: Literal["copy", "check", "upgrade"]
    table: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Proof:
    """One table on both sides."""

    table: str
    here: Content
    there: Content

    @property
    def agrees(self) -> bool:
        """True where both hold the same rows."""
        return self.here == self.there


def carry(
    origin: Connection, target: Engine, proofs: list[Proof], claimed: Claim | None = None
) -> Generator[Step]:
    """Fill `target` with the rows of `origin`; `proofs` get a line for each table at the end.

    `origin` is a connection whose view does not change meanwhile; `claimed` is what was said where
    the target was claimed before. Where every proof agrees the target is an archive then; else it
    stays marked. Raises as `places.claim`. May be closed at any time and called again.
    """
    resumed = (claimed or places.claim(target)) == "begun"
    try:
        yield from _copy(origin, target)
        yield from _prove(origin, target, proofs)
    except StoreUnavailable:
        raise
    except StoreError:
        if not resumed:
            raise
        proofs.clear()
    if resumed and not agree(proofs):
        # The origin went on after the first call, or was another one: what came then is of no use.
        places.empty(target)
        proofs.clear()
        yield from _copy(origin, target)
        yield from _prove(origin, target, proofs)
    if agree(proofs):
        places.finish(target)


def agree(proofs: Sequence[Proof]) -> bool:
    """True where there is a proof and nothing speaks against it."""
    return bool(proofs) and all(one.agrees for one in proofs)


def existing(url: str | URL) -> Engine:
    """An engine for an archive that is there, its schema brought up to date, nothing made.

    Raises InvalidInput where there is none.
    """
    engine = make_engine(url)
    path = Path(str(engine.url.database))
    if engine.dialect.name == "sqlite" and not path.is_file():
        raise InvalidInput(place(engine), "an archive; there is no such file")
    with reading(engine) as connection:
        found = migrate.version_of(connection)
    if found is None:
        raise InvalidInput(place(engine), "an archive; there is none yet")
    migrate.upgrade(engine)
    return engine


def holders(connection: Connection) -> list[str]:
    """The processes that work on an archive now: who holds a lease in it."""
    now, work = store_now(connection), metadata.tables["work_queue"].c
    named = select(leases.c.worker).where(leases.c.until > now)
    query = named.union(select(work.leased_by).where(work.leased_until > now))
    return sorted(connection.execute(query).scalars())


@contextmanager
def standing_still(engine: Engine) -> Iterator[Connection]:
    """One view of an archive that nobody changes meanwhile: who wants to write has to wait."""
    options: dict[str, Any] = {"writes": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ"}
    with wrapped(engine), engine.connect().execution_options(**options) as connection:
        if engine.dialect.name == "postgresql":
            names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
            connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
        without_limits(connection)
        yield connection


# --- rows ----------------------------------------------------------------------------------------


def _copy(origin: Connection, target: Engine) -> Iterator[Step]:
    for table in metadata.sorted_tables:
        kept = rows.as_kept(table)
        total = rows.count(origin, kept)
        with writing(target) as connection:
            done, last = rows.count(connection, kept), rows.last(connection, kept)
        yield Step("copy", table.name, done, total)
        for part in rows.stream(origin, kept, after=last).mappings().partitions():
            _append(target, kept, part)
            done += len(part)
            yield Step("copy", table.name, done, total)


def _append(target: Engine, kept: Table, part: Sequence[Any]) -> None:
    def job(connection: Connection) -> None:
        connection.execute(insert(kept), [dict(row) for row in part])

    transactions.write(target, job, again=False)


def _prove(origin: Connection, target: Engine, proofs: list[Proof]) -> Iterator[Step]:
    with standing_still(target) as there:
        for table in metadata.sorted_tables:
            total = 2 * rows.count(origin, rows.as_kept(table))
            found: list[Content] = []
            for connection in (origin, there):
                before = found[0].rows if found else 0
                for done in rows.read(connection, table, found):
                    yield Step("check", table.name, before + done, max(total, before + done))
            proofs.append(Proof(table.name, *found))
