"""Where an index lies on disk, which version of it is searched, and who may write.

    DIR/current            one line: the name of the directory that is searched
    DIR/schema1-000002/    a tantivy index; the number after `schema` is tantivy_schema.VERSION
    DIR/writer.lock        held (flock) by the one writing process

A rebuild fills a directory with the next number, then `current` is replaced in one step. A lock
dies with its process, killed or not.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BaqylauError, SchemaMismatch, StoreError, StoreUnavailable
from core.store import tantivy_schema

REPAIR = "`baqylau reindex` makes it anew from the archive"
_CURRENT = "current"
_NAME = re.compile(r"schema(\d+)-(\d{6,})")


def current(root: Path) -> str | None:
    """The name of the directory to search; None where nothing was ever written.

    Raises SchemaMismatch for one that another version of this program wrote.
    """
    try:
        name = (root / _CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{root / _CURRENT} cannot be read: {error}; {REPAIR}") from error
    found = _NAME.fullmatch(name)
    if not found:
        raise StoreError(f"{root / _CURRENT} names no index: {name[:80]!r}; {REPAIR}")
    if int(found[1]) != tantivy_schema.VERSION:
        raise SchemaMismatch(
            f"{root / name} has schema {found[1]}, this program writes and reads "
            f"{tantivy_schema.VERSION}; {REPAIR}"
        )
    return name


def create(root: Path) -> str:
    """A new empty directory with the next number; its name."""
    numbers = [int(found[2]) for path in root.iterdir() if (found := _NAME.fullmatch(path.name))]
    name = f"schema{tantivy_schema.VERSION}-{max(numbers, default=0) + 1:06d}"
    (root / name).mkdir()
    return name


def switch(root: Path, name: str) -> None:
    """Search `name` from now on: after a crash it is the old one or the new one, never neither."""
    fresh = root / f"{_CURRENT}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(f"{name}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(root / _CURRENT)
    descriptor = os.open(root, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(root: Path, keep: str | None) -> None:
    """Remove every index but `keep`: old ones, and rebuilds that were never finished.

    What cannot be removed now is removed the next time. Only for who holds the writer's lock.
    """
    for path in root.iterdir():
        if _NAME.fullmatch(path.name) and path.name != keep:
            remove(path)


def remove(path: Path) -> None:
    """Remove one index. Who still searches it goes on: its files are mapped into memory."""
    shutil.rmtree(path, ignore_errors=True)


def discard(root: Path) -> None:
    """Forget an index that cannot be used (SchemaMismatch, StoreError): the next one is empty.

    Raises StoreUnavailable while somebody writes to it.
    """
    if not root.exists():
        return
    lock = WriterLock(root)
    try:
        (root / _CURRENT).unlink(missing_ok=True)
        sweep(root, keep=None)
    finally:
        lock.release()


class WriterLock:
    """The right to write; raises StoreUnavailable where another process, or object, has it."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._file = (root / "writer.lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise StoreUnavailable(f"{root} is being written by another process") from error

    def release(self) -> None:
        """Let others write. May be called again."""
        self._file.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """What tantivy raises, in our words: it is ValueError for nearly everything, by message."""
    try:
        yield
    except BaqylauError:
        raise
    except (ValueError, OSError, OverflowError, RuntimeError) as error:
        raise _wrapped(path, str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3's, which no module exports
            raise
        raise _wrapped(path, str(error)) from error


def _wrapped(path: Path, message: str) -> StoreError:
    if "LockBusy" in message:
        return StoreUnavailable(f"{path} is being written by another process")
    if "schema does not match" in message or "ncompatible" in message:
        return SchemaMismatch(f"{path} was written by another version: {message}; {REPAIR}")
    return StoreError(f"{path}: {message}; {REPAIR}")
