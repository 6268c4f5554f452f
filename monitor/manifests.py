"""What a backup says of itself, in a file that is written last: without it there is no backup."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import InvalidInput, StoreUnavailable
from core.identity import Json, canonical_json
from core.store import migrate
from core.store.moving import Step
from core.store.rows import Content

# 2: the archive's file has its size and hash too. They prove a backup of an older schema, whose
# tables the definitions of today cannot read.
FORMAT = 2
ARCHIVE, EVIDENCE, MANIFEST = "archive.sqlite3", "warc", "manifest.json"
PART = ".part"
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A file of a backup: its size in bytes, and its SHA-256 (hex)."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: the schema and the file of its archive, its tables, its evidence."""

    schema: str
    made_at: str
    archive: File
    tables: Mapping[str, Content]
    files: Mapping[str, File]


def write(to: Path, manifest: Manifest) -> None:
    """Write it, on the disk before it has its name."""
    said: Json = {
        "format": FORMAT,
        "schema": manifest.schema,
        "made_at": manifest.made_at,
        "archive": asdict(manifest.archive),
        "tables": {name: asdict(one) for name, one in manifest.tables.items()},
        "files": {name: asdict(one) for name, one in manifest.files.items()},
    }
    part = to / (MANIFEST + PART)
    with part.open("w", encoding="utf-8") as file:
        file.write(canonical_json(said) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(to / MANIFEST)


def read(source: Path) -> Manifest:
    """What a backup says of itself. Raises InvalidInput where it is none that we can read."""
    path = source / MANIFEST
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if problem := _unreadable(said["format"], said["schema"]):
            raise InvalidInput(f"--from: {path}", problem)
        tables = {name: Content(**one) for name, one in said["tables"].items()}
        files = {name: File(**one) for name, one in said["files"].items()}
        return Manifest(said["schema"], said["made_at"], File(**said["archive"]), tables, files)
    except OSError as error:
        raise InvalidInput(
            f"--from: {path}", f"the manifest of a finished backup ({error})"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"--from: {path}", f"a manifest that backup wrote ({error})") from error


def _unreadable(written: object, schema: object) -> str:
    """What would be right in place of such a manifest; empty for one that we can read."""
    if written == 1:
        return (
            f"format {FORMAT}, got 1, which has no hash of the archive's file: restore with the "
            "program that wrote it, and make a new backup with this one"
        )
    if written != FORMAT:
        return f"format {FORMAT}, got {written!r}: restore with the program that wrote it"
    if schema != migrate.HEAD and schema not in migrate.known():
        return (
            f"schema {migrate.HEAD!r} or one before it, got {schema!r}: restore with the program "
            "that wrote it, or a newer one"
        )
    return ""


def require(path: Path, file: File) -> None:
    """Raises InvalidInput for a file that is missing or not as the manifest says."""
    if not path.is_file() or file_of(path) != file:
        raise InvalidInput(f"--from: {path}", f"{file} as in the manifest")


def file_of(path: Path) -> File:
    """What a file holds."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return File(path.stat().st_size, sha256)


def copying(source: Path, target: Path) -> Generator[Step, None, File]:
    """Copy what is there now of a file that may be growing; on the disk before it has its name.

    Yields how far it is in MiB, and returns what was copied.
    """
    part = target.with_name(target.name + PART)
    sha256, size, done = hashlib.sha256(), source.stat().st_size, 0
    with source.open("rb") as taken, part.open("wb") as given:
        while done < size and (data := taken.read(min(size - done, MIB))):
            sha256.update(data)
            given.write(data)
            done += len(data)
            yield Step("copy", f"MiB of {source.name}", mebibytes(done), mebibytes(size))
        given.flush()
        os.fsync(given.fileno())
    part.replace(target)
    return File(done, sha256.hexdigest())


def copy(source: Path, target: Path) -> File:
    """`copying` to its end."""
    steps = copying(source, target)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            copied: File = end.value
            return copied


def mebibytes(size: int) -> int:
    """Bytes in MiB, rounded up."""
    return -(-size // MIB)


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """A disk that refuses is an error of ours, in one line."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{where}: {error}") from error
