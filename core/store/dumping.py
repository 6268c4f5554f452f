"""A whole archive in one SQLite file, whatever database it is in: what a backup keeps.

Nobody has to stop meanwhile: the file is of the moment at which the reading began.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine

from core.errors import StoreError
from core.store import moving, rows
from core.store.dialect import make_engine, reading, without_limits
from core.store.moving import Step
from core.store.rows import Content

PAGES = 2_000


def file_url(path: Path) -> URL:
    """The URL of an archive in a file, whatever signs its name has."""
    return URL.create("sqlite", database=str(path))


def dump(engine: Engine, path: Path, tell: Callable[[Step], None]) -> dict[str, Content]:
    """Write the archive to the new file `path`; what each of its tables holds.

    Raises StoreError, naming the table, where what was written is not what was read.
    """
    (_by_pages if engine.dialect.name == "sqlite" else _by_rows)(engine, path, tell)
    _one_file(path)
    written = make_engine(file_url(path))
    try:
        with reading(written) as connection:
            return rows.contents(connection)
    finally:
        written.dispose()


def _by_pages(engine: Engine, path: Path, tell: Callable[[Step], None]) -> None:
    """SQLite's own backup. It begins anew when another process writes, unless a read is open."""

    def progress(_status: int, left: int, total: int) -> None:
        tell(Step("copy", "pages", total - left, total))

    target = sqlite3.connect(path)
    try:
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").all()
            raw: Any = connection.connection.driver_connection
            raw.backup(target, pages=PAGES, progress=progress)
        [found] = target.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        target.close()
    if found != "ok":
        raise StoreError(f"{path}: what was copied is damaged: {found}")


def _by_rows(engine: Engine, path: Path, tell: Callable[[Step], None]) -> None:
    target = make_engine(file_url(path))
    proofs: list[moving.Proof] = []
    try:
        with reading(engine) as connection:
            without_limits(connection)
            for step in moving.carry(connection, target, proofs):
                tell(step)
    finally:
        target.dispose()
    for one in proofs:
        if not one.agrees:
            raise StoreError(f"{path}: {one.table} is not what was read: {one.here}, {one.there}")


def _one_file(path: Path) -> None:
    """No write-ahead log beside it: it can be read from where nothing may be written."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    finally:
        connection.close()
