"""Backups of older schemas are restored; what an older program half filled is begun anew."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from archive_commands import contents, execute, run, without_settings  # noqa: F401 (a fixture)
from archive_older import (
    FREE,
    HELD,
    PARKED,
    RAN_OUT,
    TEXTS,
    archive_file,
    backup,
    bring_to,
    post_id,
    sign,
)
from archive_world import NOW, source
from rich.console import Console
from sqlalchemy import text

from config.settings import read_settings
from core.store import dialect, migrate
from core.store.rows import Content
from core.store.sql_archive import open_archive
from monitor.restoring import ROOM, run_restore


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def as_upgraded(saved: Path, folder: Path) -> dict[str, Content]:
    """What the archive of a backup holds once it is opened by this program."""
    folder.mkdir()
    copy = shutil.copy(saved / "archive.sqlite3", folder / "upgraded.sqlite3")
    open_archive(url_of(copy)).close()
    return contents(url_of(copy))


def evidence_in(directory: Path) -> dict[str, bytes]:
    """Every file of the evidence; fails where anything else was left there."""
    return {one.name: one.read_bytes() for one in (directory / "warc").iterdir()}


def version_in(url: str) -> str | None:
    engine = dialect.make_engine(url)
    try:
        with dialect.reading(engine) as connection:
            return migrate.version_of(connection)
    finally:
        engine.dispose()


# --- restore -------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_a_backup_of_an_older_schema_is_restored_with_its_queue(
    version: str, archive_place: str, tmp_path: Path
) -> None:
    saved, home = backup(tmp_path / "saved", version), tmp_path / "home"
    before = (saved / "archive.sqlite3").read_bytes()
    done = run("restore", "--from", str(saved), "--data", str(home), BAQYLAU_ARCHIVE=archive_place)
    assert done.exit_code == 0, done.stderr
    assert f"schema '{version}'; brought up to '{migrate.HEAD}' in a copy" in done.stderr
    assert contents(archive_place) == as_upgraded(saved, tmp_path / "other")
    assert evidence_in(home) == evidence_in(saved)
    assert (saved / "archive.sqlite3").read_bytes() == before
    archive = open_archive(archive_place)
    texts = {
        one.record.id: one.revision.post.text for one in archive.lease_work("n", ttl_s=60, limit=9)
    }
    assert texts == {post_id(number): TEXTS[number] for number in (RAN_OUT, FREE)}
    assert (archive.counts().pending, archive.counts().parked) == (3, 1)
    with dialect.reading(archive._engine) as connection:
        held = text("SELECT lease_token FROM work_queue WHERE leased_by = 'w'")
        assert connection.execute(held).scalars().all() == [HELD + 7]
        left = text("SELECT key FROM leases")
        assert connection.execute(left).scalars().all() == ["indexer"]
    archive.close()


def test_what_was_restored_from_an_older_schema_is_found(tmp_path: Path) -> None:
    saved, home = backup(tmp_path / "saved", "0001"), tmp_path / "home"
    execute(url_of(saved / "archive.sqlite3"), "DELETE FROM leases")
    sign(saved, "0001")
    for command in (["restore", "--from", str(saved)], ["reindex"]):
        done = run(*command, "--data", str(home))
        assert done.exit_code == 0, done.stderr
    done = run("search", "тыныштықты", "--data", str(home), "--json")
    found = [json.loads(line)["url"] for line in done.stdout.splitlines()]
    assert found == [f"https://t.me/dala/{PARKED}"]


def flip(path: Path) -> None:
    """Change one byte in the middle of a file."""
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda saved: flip(saved / "archive.sqlite3"), "archive.sqlite3: File(size="),
        (lambda saved: (saved / "archive.sqlite3").unlink(), "archive.sqlite3: File(size="),
        (lambda saved: flip(saved / "warc" / "0001.warc.gz"), "0001.warc.gz: File(size="),
        (lambda saved: sign(saved, "0002"), "archive.sqlite3: schema '0002' as in the manifest"),
        (
            lambda saved: sign(saved, "9999"),
            f"manifest.json: schema {migrate.HEAD!r} or one before it",
        ),
        (
            lambda saved: sign(saved, "unfinished"),
            f"manifest.json: schema {migrate.HEAD!r} or one before it",
        ),
    ],
)
def test_what_cannot_be_restored_is_named_before_anything_is_written(
    damage: Callable[[Path], object], named: str, tmp_path: Path
) -> None:
    saved, home = backup(tmp_path / "saved", "0001"), tmp_path / "home"
    damage(saved)
    left = sorted(one.name for one in saved.iterdir())
    done = run("restore", "--from", str(saved), "--data", str(home))
    assert done.exit_code == 2
    assert named in done.stderr
    assert not home.exists()
    assert sorted(one.name for one in saved.iterdir()) == left


def test_a_backup_without_the_hash_of_its_archive_says_what_to_do(tmp_path: Path) -> None:
    saved = backup(tmp_path / "saved", "0001")
    said = json.loads((saved / "manifest.json").read_text()) | {"format": 1}
    del said["archive"]
    (saved / "manifest.json").write_text(json.dumps(said))
    done = run("restore", "--from", str(saved), "--data", str(tmp_path / "home"))
    assert done.exit_code == 2
    assert "format 2, got 1" in done.stderr
    assert "restore with the program that wrote it, and make a new backup" in done.stderr


class After(threading.Event):
    """A wish to stop that comes after a number of looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def restore_until(stop: threading.Event, saved: Path, home: Path) -> tuple[int, str]:
    said = io.StringIO()
    status = run_restore(read_settings(data=home), saved, stop, Console(file=said, width=200))
    return status, said.getvalue()


# Two files of evidence, the copy, the upgrade's begin and end, then the rows.
@pytest.mark.parametrize("looks", [0, 2, 3, 15, 60])
def test_stopped_anywhere_it_leaves_no_copy_and_ends_right_when_called_again(
    looks: int, tmp_path: Path
) -> None:
    saved, home = backup(tmp_path / "saved", "0001"), tmp_path / "home"
    status, said = restore_until(After(looks), saved, home)
    assert status == 130, said
    assert not (home / "warc" / ROOM).exists()
    status, said = restore_until(threading.Event(), saved, home)
    assert status == 0, said
    assert "emptied" not in said
    assert contents(url_of(home / "archive.sqlite3")) == as_upgraded(saved, tmp_path / "other")
    assert evidence_in(home) == evidence_in(saved)


def test_what_a_killed_call_left_of_its_copy_is_not_taken_for_the_backup(tmp_path: Path) -> None:
    saved, home = backup(tmp_path / "saved", "0001"), tmp_path / "home"
    assert restore_until(After(15), saved, home)[0] == 130
    room, torn = home / "warc" / ROOM, tmp_path / "archive.sqlite3"
    shutil.copy(saved / "archive.sqlite3", torn)
    with closing(sqlite3.connect(torn, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE posts SET url = 'forged'")
        room.mkdir()
        for one in tmp_path.glob("archive.sqlite3*"):  # as they are on the disk after a kill
            shutil.copy(one, room / one.name)
    assert sorted(one.name for one in room.iterdir())[-1] == "archive.sqlite3-wal"
    status, said = restore_until(threading.Event(), saved, home)
    assert status == 0, said
    assert contents(url_of(home / "archive.sqlite3")) == as_upgraded(saved, tmp_path / "other")
    assert evidence_in(home) == evidence_in(saved)


def test_a_backup_that_cannot_be_upgraded_says_why_and_leaves_no_copy(tmp_path: Path) -> None:
    saved, home = backup(tmp_path / "saved", "0001"), tmp_path / "home"
    execute(url_of(saved / "archive.sqlite3"), "CREATE INDEX work_free ON gaps (at)")
    sign(saved, "0001")
    done = run("restore", "--from", str(saved), "--data", str(home))
    assert done.exit_code == 2
    assert f"{ROOM}/archive.sqlite3: index work_free already exists" in done.stderr
    assert evidence_in(home) == evidence_in(saved)


# --- places that were half filled, or not empty --------------------------------------------------


def half_filled(url: str, version: str, mark: str) -> None:
    """A place of schema `version` that holds a source, and this mark."""
    engine = dialect.make_engine(url)
    dialect.prepare(engine)
    with dialect.writing(engine) as connection:
        bring_to(connection, version)
        connection.execute(text("DELETE FROM counters"))
        connection.execute(
            text(
                "INSERT INTO sources (id, definition, active, posts_total, failures_in_a_row, runs)"
                " VALUES ('of the first try', '{}', 1 = 1, 0, 0, 0)"
            )
        )
        migrate.note_version(connection, mark)
    engine.dispose()


def an_archive(folder: Path) -> str:
    folder.mkdir()
    archive_file(folder / "archive.sqlite3", "0001")
    archive = open_archive(url_of(folder / "archive.sqlite3"))
    archive.register_sources([source("another")], NOW)
    archive.close()
    return url_of(folder / "archive.sqlite3")


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_a_move_that_an_older_program_began_is_begun_anew(
    version: str, archive_place: str, tmp_path: Path
) -> None:
    here = an_archive(tmp_path / "data")
    half_filled(archive_place, version, f"unfinished:{version}")
    done = run("move", "--to", archive_place, BAQYLAU_ARCHIVE=here)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.count("half filled by an older program: emptied, brought up to") == 1
    assert contents(archive_place) == contents(here)
    assert version_in(archive_place) == migrate.HEAD


def test_a_restore_that_an_older_program_began_is_begun_anew(
    archive_place: str, tmp_path: Path
) -> None:
    saved, home = backup(tmp_path / "saved", "0001"), tmp_path / "home"
    half_filled(archive_place, "0001", "unfinished:0001")
    done = run("restore", "--from", str(saved), "--data", str(home), BAQYLAU_ARCHIVE=archive_place)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.count("half filled by an older program: emptied, brought up to") == 1
    assert contents(archive_place) == as_upgraded(saved, tmp_path / "other")


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("unfinished:9999", "half filled with schema '9999', by a newer program: go on with that"),
        ("unfinished", "half filled by an older program: go on with that program, or give an"),
    ],
)
def test_a_place_half_filled_by_an_unknown_program_is_refused_and_left_alone(
    mark: str, said: str, archive_place: str, tmp_path: Path
) -> None:
    here = an_archive(tmp_path / "data")
    half_filled(archive_place, migrate.HEAD, mark)
    before = contents(archive_place)
    done = run("move", "--to", archive_place, BAQYLAU_ARCHIVE=here)
    assert done.exit_code == 2
    assert said in done.stderr
    assert contents(archive_place) == before
    assert version_in(archive_place) == mark


def test_an_older_archive_in_the_way_is_refused_before_its_schema_is_touched(
    tmp_path: Path,
) -> None:
    saved, home = backup(tmp_path / "saved", "0001"), tmp_path / "home"
    home.mkdir()
    archive_file(home / "archive.sqlite3", "0001")
    done = run("restore", "--from", str(saved), "--data", str(home))
    assert done.exit_code == 2
    assert "an empty place; it has rows in " in done.stderr
    assert version_in(url_of(home / "archive.sqlite3")) == "0001"
    assert not (home / "warc").exists()
