"""`baqylau backup` and `restore`: the archive as one SQLite file, the evidence, and what they hold.

The archive is read first: every capture it knows of was on the disk before, so the evidence files
that are copied afterwards hold them all. The manifest is written last: without it a directory is
no backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy import func, select

from config.settings import Settings
from core.errors import InvalidInput, StoreUnavailable
from core.identity import Json, canonical_json
from core.store import dumping, migrate, moving, rows
from core.store.dialect import make_engine, place, reading
from core.store.moving import Proof, Step
from core.store.rows import Content
from core.store.sql_archive import SETTING, naming
from core.store.tables import captures
from monitor.moving import STOPPED, bar, show, tell

FORMAT = 1
ARCHIVE, EVIDENCE, MANIFEST = "archive.sqlite3", "warc", "manifest.json"
PART = ".part"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """An evidence file: its size in bytes, and its SHA-256 (hex)."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    tables: Mapping[str, Content]
    files: Mapping[str, File]


# --- out -----------------------------------------------------------------------------------------


def run_backup(settings: Settings, to: Path, now: datetime, console: Console) -> int:
    """Write archive and evidence into the new directory `to`; others may go on working."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise InvalidInput(f"--to: {to}", "a directory that is empty or not there yet")
    with naming(SETTING):
        engine = moving.existing(settings.archive_url)
    try:
        with disk_errors(to), bar(console) as report:
            to.mkdir(parents=True, exist_ok=True)
            tables = dumping.dump(engine, to / ARCHIVE, report)
            files = _copy_files(settings.warc_dir, to / EVIDENCE, report)
            _write_manifest(to, Manifest(now.isoformat(), tables, files))
    finally:
        engine.dispose()
    for name in _short(to / ARCHIVE, files):
        where = settings.warc_dir / name
        console.print(
            f"[yellow]warning:[/yellow] {where} lacks captures that the archive knows of",
            highlight=False,
            soft_wrap=True,
        )
    number = sum(one.rows for one in tables.values())
    console.print(f"{to}: {number} rows, {len(files)} evidence files", highlight=False)
    return 0


def _copy_files(source: Path, target: Path, report: Callable[[Step], None]) -> dict[str, File]:
    """Copy every file of a directory; what each held when it was read."""
    target.mkdir(exist_ok=True)
    found = source.iterdir() if source.is_dir() else ()
    names = sorted(one.name for one in found if one.is_file())
    copied: dict[str, File] = {}
    for number, name in enumerate(names, start=1):
        copied[name] = _copy(source / name, target / name)
        report(Step("copy", EVIDENCE, number, len(names)))
    return copied


def _copy(source: Path, target: Path) -> File:
    """Copy what is there now of a file that may be growing; on the disk before it has its name."""
    part = target.with_name(target.name + PART)
    sha256, left = hashlib.sha256(), source.stat().st_size
    size = left
    with source.open("rb") as taken, part.open("wb") as given:
        while left and (data := taken.read(min(left, _CHUNK))):
            sha256.update(data)
            given.write(data)
            left -= len(data)
        given.flush()
        os.fsync(given.fileno())
    part.replace(target)
    return File(size - left, sha256.hexdigest())


def _short(archive: Path, files: Mapping[str, File]) -> list[str]:
    """Evidence files that lack a capture which the archive knows of."""
    ends = select(captures.c.warc_file, func.max(captures.c.offset + captures.c.length))
    engine = make_engine(dumping.file_url(archive))
    try:
        with reading(engine) as connection:
            known = connection.execute(ends.group_by(captures.c.warc_file)).all()
    finally:
        engine.dispose()
    return sorted(name for name, end in known if name not in files or files[name].size < end)


def _write_manifest(to: Path, manifest: Manifest) -> None:
    said: Json = {
        "format": FORMAT,
        "schema": migrate.HEAD,
        "made_at": manifest.made_at,
        "tables": {name: asdict(one) for name, one in manifest.tables.items()},
        "files": {name: asdict(one) for name, one in manifest.files.items()},
    }
    part = to / (MANIFEST + PART)
    with part.open("w", encoding="utf-8") as file:
        file.write(canonical_json(said) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(to / MANIFEST)


# --- back ----------------------------------------------------------------------------------------


def run_restore(settings: Settings, source: Path, stop: threading.Event, console: Console) -> int:
    """Bring a backup to the empty place of the settings. 0, 1 or 130, as `run_move`.

    Raises InvalidInput for a damaged backup and for a place that is not empty, before anything is
    written. Killed in the middle, the same call goes on.
    """
    manifest = read_manifest(source)
    with naming(SETTING):
        target = make_engine(settings.archive_url)
    origin = make_engine(dumping.file_url(source / ARCHIVE))
    proofs: list[Proof] = []
    try:
        with disk_errors(settings.warc_dir), reading(origin) as view:
            _check_backup(source, manifest, rows.contents(view))
            _refuse_other_files(settings.warc_dir, manifest)
            with naming(SETTING):
                moving.claim_place(target)
            with bar(console) as report:
                _bring_files(source / EVIDENCE, settings.warc_dir, manifest, report)
            with naming(SETTING), closing(moving.carry(view, target, proofs)) as steps:
                if not show(steps, stop, console):
                    console.print("stopped: the same command goes on from here")
                    return STOPPED
    finally:
        origin.dispose()
        target.dispose()
    done = f"restored into {place(target)}; run `baqylau reindex` to make its search index"
    return tell(proofs, console, done=done)


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Raises InvalidInput where it is none that we can read."""
    path = source / MANIFEST
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        for name, ours in (("format", FORMAT), ("schema", migrate.HEAD)):
            if said[name] != ours:
                right = (
                    f"{name} {ours!r}, got {said[name]!r}: restore with the program that wrote it"
                )
                raise InvalidInput(f"--from: {path}", right)
        tables = {name: Content(**one) for name, one in said["tables"].items()}
        files = {name: File(**one) for name, one in said["files"].items()}
        return Manifest(said["made_at"], tables, files)
    except OSError as error:
        raise InvalidInput(
            f"--from: {path}", f"the manifest of a finished backup ({error})"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"--from: {path}", f"a manifest that backup wrote ({error})") from error


def _check_backup(source: Path, manifest: Manifest, found: Mapping[str, Content]) -> None:
    """Raises InvalidInput naming the table or the file that is not as it was written."""
    for name, content in manifest.tables.items():
        if found.get(name) != content:
            raise InvalidInput(
                f"--from: {source / ARCHIVE}: {name}", f"{content} as in the manifest"
            )
    for name, file in manifest.files.items():
        path = source / EVIDENCE / name
        if Path(name).name != name or not path.is_file() or _file(path) != file:
            raise InvalidInput(f"--from: {path}", f"{file} as in the manifest")


def _refuse_other_files(directory: Path, manifest: Manifest) -> None:
    """Evidence that is there already may only be this backup's own, brought by an earlier try."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        known = manifest.files.get(path.name.removesuffix(PART))
        if known is None or (not path.name.endswith(PART) and _file(path) != known):
            raise InvalidInput(str(path), "an empty directory for the evidence")


def _bring_files(
    source: Path, target: Path, manifest: Manifest, report: Callable[[Step], None]
) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for number, (name, file) in enumerate(sorted(manifest.files.items()), start=1):
        if not (target / name).exists() and _copy(source / name, target / name) != file:
            raise StoreUnavailable(f"{source / name} changed while it was read")
        report(Step("copy", EVIDENCE, number, len(manifest.files)))


def _file(path: Path) -> File:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return File(path.stat().st_size, sha256)


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """A disk that refuses is an error of ours, in one line."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{where}: {error}") from error
