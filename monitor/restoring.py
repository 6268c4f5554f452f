"""`baqylau restore`: a backup of this program or of an older one, into an empty place.

Everything is checked before anything is written. The tables of today prove an archive of today's
schema; an older one is proved by its file, and brought up to date in a copy of that file.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from sqlalchemy import Connection, Engine

from config.settings import Settings
from core.errors import InvalidInput, StoreUnavailable
from core.store import dumping, migrate, moving, rows
from core.store.dialect import make_engine, place, reading
from core.store.moving import Proof, Step
from core.store.places import Claim
from core.store.sql_archive import SETTING, naming
from monitor import manifests
from monitor.manifests import ARCHIVE, EVIDENCE, PART, Manifest, disk_errors, mebibytes
from monitor.moving import STOPPED, claim, show, tell

# In the directory of the evidence: the one that must take files in every shape of installation.
ROOM = ".restoring"


@dataclass(frozen=True, slots=True)
class _Backup:
    """A backup that was checked; `view` is the archive in it."""

    source: Path
    manifest: Manifest
    view: Connection


def run_restore(settings: Settings, source: Path, stop: threading.Event, console: Console) -> int:
    """Bring a backup to the empty place of the settings. 0, 1 or 130, as `run_move`.

    Raises InvalidInput for a damaged backup and for a place that is not empty, before anything is
    written. Killed in the middle, the same call goes on.
    """
    manifest = manifests.read(source)
    with naming(SETTING):
        target = make_engine(settings.archive_url)
    proofs: list[Proof] = []
    try:
        with disk_errors(settings.warc_dir), _proved(source, manifest) as view:
            _check_evidence(source, manifest)
            _refuse_other_files(settings.warc_dir, manifest)
            with naming(SETTING):
                claimed = claim(target, console)
            _announce(source, manifest, settings.warc_dir / ROOM, console)
            backup = _Backup(source, manifest, view)
            steps = _steps(backup, settings.warc_dir, target, proofs, claimed)
            with closing(steps):
                if not show(steps, stop, console):
                    console.print("stopped: the same command goes on from here")
                    return STOPPED
    finally:
        target.dispose()
    done = f"restored into {place(target)}; run `baqylau reindex` to make its search index"
    return tell(proofs, console, done=done)


def _steps(
    backup: _Backup, directory: Path, target: Engine, proofs: list[Proof], claimed: Claim
) -> Generator[Step]:
    """The evidence, then the rows. May be closed at any time: nothing is left in the room."""
    yield from _bring_files(backup.source / EVIDENCE, directory, backup.manifest)
    with ExitStack() as stack:
        view, room = backup.view, stack.enter_context(_room(directory / ROOM))
        if backup.manifest.schema != migrate.HEAD:
            yield from _copy_archive(backup, room / ARCHIVE)
            yield from _upgrade(backup.manifest.schema, room / ARCHIVE)
            view = stack.enter_context(_reading_file(room / ARCHIVE))
        with naming(SETTING):
            yield from moving.carry(view, target, proofs, claimed)


# --- what is checked before ----------------------------------------------------------------------


@contextmanager
def _proved(source: Path, manifest: Manifest) -> Iterator[Connection]:
    """A view of the archive in a backup that is as it was written. Raises InvalidInput."""
    path = source / ARCHIVE
    is_current = manifest.schema == migrate.HEAD
    if not is_current:
        manifests.require(path, manifest.archive)
    elif not path.is_file():  # SQLite would make one
        raise InvalidInput(f"--from: {path}", "the archive of a backup; there is no such file")
    with _reading_file(path) as view:
        if is_current:
            _check_tables(path, manifest, view)
        if migrate.version_of(view) != manifest.schema:
            raise InvalidInput(f"--from: {path}", f"schema {manifest.schema!r} as in the manifest")
        yield view


def _check_tables(path: Path, manifest: Manifest, view: Connection) -> None:
    """Raises InvalidInput naming the table that is not as it was written."""
    found = rows.contents(view)
    for name, content in manifest.tables.items():
        if found.get(name) != content:
            raise InvalidInput(f"--from: {path}: {name}", f"{content} as in the manifest")


def _check_evidence(source: Path, manifest: Manifest) -> None:
    """Raises InvalidInput naming the file that is not as it was written."""
    for name, file in manifest.files.items():
        path = source / EVIDENCE / name
        if Path(name).name != name:
            raise InvalidInput(f"--from: {path}", "the name of a file without a directory")
        manifests.require(path, file)


def _refuse_other_files(directory: Path, manifest: Manifest) -> None:
    """Evidence that is there already may only be this backup's own, brought by an earlier try."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        known = manifest.files.get(path.name.removesuffix(PART))
        is_ours = known is not None and (
            path.name.endswith(PART) or manifests.file_of(path) == known
        )
        if not is_ours and path.name != ROOM:
            raise InvalidInput(str(path), "an empty directory for the evidence")


# --- what is written -----------------------------------------------------------------------------


def _announce(source: Path, manifest: Manifest, room: Path, console: Console) -> None:
    if manifest.schema != migrate.HEAD:
        console.print(
            f"{source}: schema {manifest.schema!r}; brought up to {migrate.HEAD!r} in a copy in "
            f"{room}, which takes {mebibytes(manifest.archive.size)} MiB or more until it is done",
            highlight=False, soft_wrap=True,
        )  # fmt: skip


def _bring_files(source: Path, target: Path, manifest: Manifest) -> Iterator[Step]:
    target.mkdir(parents=True, exist_ok=True)
    for number, (name, file) in enumerate(sorted(manifest.files.items()), start=1):
        if not (target / name).exists() and manifests.copy(source / name, target / name) != file:
            raise _changed(source / name)
        yield Step("copy", EVIDENCE, number, len(manifest.files))


@contextmanager
def _room(path: Path) -> Iterator[Path]:
    """A directory for a while. What a call that was killed left in it is gone first: SQLite would
    take an old write-ahead log for that of a new file."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path)


def _copy_archive(backup: _Backup, target: Path) -> Generator[Step]:
    source = backup.source / ARCHIVE
    if (yield from manifests.copying(source, target)) != backup.manifest.archive:
        raise _changed(source)


def _upgrade(schema: str, path: Path) -> Iterator[Step]:
    table = f"schema {schema} to {migrate.HEAD}"
    yield Step("upgrade", table, 0, 1)
    engine = make_engine(dumping.file_url(path))
    try:
        migrate.upgrade(engine)
    finally:
        engine.dispose()
    yield Step("upgrade", table, 1, 1)


@contextmanager
def _reading_file(path: Path) -> Iterator[Connection]:
    engine = make_engine(dumping.file_url(path))
    try:
        with reading(engine) as view:
            yield view
    finally:
        engine.dispose()


def _changed(path: Path) -> StoreUnavailable:
    return StoreUnavailable(f"{path} changed while it was read")
