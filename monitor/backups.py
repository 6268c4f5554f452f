"""`baqylau backup`: the archive as one SQLite file, the evidence, and what they hold.

The archive is read first: every capture it knows of was on the disk before, so the evidence files
that are copied afterwards hold them all. The manifest is written last: without it a directory is
no backup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy import func, select

from config.settings import Settings
from core.store import dumping, migrate, moving
from core.store.dialect import make_engine, reading
from core.store.moving import Step
from core.store.sql_archive import SETTING, naming
from core.store.tables import captures
from monitor import manifests
from monitor.manifests import ARCHIVE, EVIDENCE, File, Manifest, disk_errors
from monitor.moving import bar
from monitor.shell import require_new


def run_backup(settings: Settings, to: Path, now: datetime, console: Console) -> int:
    """Write archive and evidence into the new directory `to`; others may go on working."""
    require_new(to)
    with naming(SETTING):
        engine = moving.existing(settings.archive_url)
    try:
        with disk_errors(to), bar(console) as report:
            to.mkdir(parents=True, exist_ok=True)
            tables = dumping.dump(engine, to / ARCHIVE, report)
            files = _copy_files(settings.warc_dir, to / EVIDENCE, report)
            archive = manifests.file_of(to / ARCHIVE)
            manifest = Manifest(migrate.HEAD, now.isoformat(), archive, tables, files)
            manifests.write(to, manifest)
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
        copied[name] = manifests.copy(source / name, target / name)
        report(Step("copy", EVIDENCE, number, len(names)))
    return copied


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
