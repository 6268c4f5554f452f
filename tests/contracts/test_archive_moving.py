"""Moving house, backup and restore: with an archive that has rows in every table, both ways."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from archive_commands import contents, execute, run, without_settings  # noqa: F401 (a fixture)
from archive_queries import every_query
from archive_world import NOW, gap, later, post, save, source

from core.errors import InvalidInput, SchemaMismatch
from core.ports import Archive, Validators
from core.store import moving, rows
from core.store.dialect import make_engine, reading
from core.store.sql_archive import open_archive
from core.store.tables import metadata
from tests.services.postgres import PostgresServer

# Signs of four scripts, quotes, a backslash, a line's end: what may be lost on the way.
TEXT = "Дауыс беріңіз! Ә ұ 'x' \"y\" \\n\n\t% 𝕏 e\u0301"


def populate(archive: Archive) -> None:
    """Something in every table, left as it is in the middle of the work."""
    archive.register_sources([source()], NOW)
    every_query(archive)
    save(archive, [post(n, f"{TEXT} {n}") for n in range(10, 40)], later(hours=2))
    save(archive, [post(10, "другой", version="2")], later(hours=3))
    again = post(11, "как прочитано заново", version="2")
    [asked] = save(archive, [again], later(hours=3))
    assert asked.outcome == "needs_baseline"
    archive.save_posts(
        "dala", [again], seen_at=later(hours=3), evidence=None, baselines={asked.post_id: again}
    )
    archive.record_gap(gap())
    archive.save_validators("https://example.org/feed", Validators('W/"1"', "yesterday"))
    archive.append_audit(
        at=later(microseconds=1), actor="а", action="read", subject=TEXT, detail={"n": [1, None]}
    )
    archive.acquire("indexer", "killed", ttl_s=0.001)


Backends = Callable[[str], str]


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Backends:
    """The URL of an empty place of a kind; a file has signs in its name that a URL minds."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'my archive' / 'есть.sqlite3'}"
        url: str = request.getfixturevalue("postgres_place")
        return url

    return make


@pytest.fixture(scope="session")
def full_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full archive to copy from."""
    path = tmp_path_factory.mktemp("full") / "full.sqlite3"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def full_database(postgres: PostgresServer) -> str:
    """A full archive to copy from."""
    name = postgres.create()
    fill(postgres.url(name))
    return name


def fill(url: str) -> None:
    archive = open_archive(url)
    populate(archive)
    archive.close()
    assert all(one.rows for one in contents(url).values()), contents(url)


@pytest.fixture
def full_sqlite(full_file: Path, tmp_path: Path) -> str:
    """The URL of an archive with rows in every table."""
    (tmp_path / "data").mkdir(exist_ok=True)
    return f"sqlite:///{shutil.copy(full_file, tmp_path / 'data' / 'archive.sqlite3')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an archive with rows in every table, in each kind of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("full_sqlite")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("full_database"))
    yield server.url(name)
    server.drop(name)


def other(url: str) -> str:
    return "postgresql" if url.startswith("sqlite") else "sqlite"


# --- move ----------------------------------------------------------------------------------------


def test_every_row_arrives_and_the_proof_names_each_table(full: str, place: Backends) -> None:
    to = place(other(full))
    done = run("move", "--to", to, BAQYLAU_ARCHIVE=full)
    assert done.exit_code == 0, done.stderr
    assert contents(to) == contents(full)
    for name, content in contents(full).items():
        assert f"{name}: {content.rows} rows, SHA-256 {content.sha256}" in done.stderr


def test_what_was_moved_is_an_archive_that_goes_on(full: str, place: Backends) -> None:
    to = place(other(full))
    assert run("move", "--to", to, BAQYLAU_ARCHIVE=full).exit_code == 0
    here, there = open_archive(full), open_archive(to)
    ids = here.post_ids()
    assert there.states(ids) == here.states(ids)
    assert there.index_batch(limit=100) == here.index_batch(limit=100)
    assert there.audit() == here.audit()
    assert there.source_health(NOW) == here.source_health(NOW)
    # Numbers that the database gives by itself go on after those that came.
    there.record_gap(gap(reason="after the move"))
    there.append_audit(at=NOW, actor="b", action="moved", subject="", detail={})
    assert there.verify_audit() is None
    waiting = [one.record.id for one in here.lease_work("w", ttl_s=60, limit=100)]
    [new] = save(there, [post(999)], later(days=1))
    assert new.outcome == "new"
    taken = [one.record.id for one in there.lease_work("w", ttl_s=60, limit=100)]
    assert taken == [*waiting, new.post_id]
    here.close()
    there.close()


def test_there_and_back_again_is_the_same(full: str, place: Backends, tmp_path: Path) -> None:
    to, back = place("postgresql"), f"sqlite:///{tmp_path}/back.sqlite3"
    if full.startswith("postgresql"):
        to, back = place("sqlite"), place("postgresql")
    assert run("move", "--to", to, BAQYLAU_ARCHIVE=full).exit_code == 0
    assert run("move", "--to", back, BAQYLAU_ARCHIVE=to).exit_code == 0
    assert contents(back) == contents(full)


@pytest.mark.parametrize("steps", [1, 12, 25, 40])
def test_stopped_anywhere_and_called_again_it_ends_right(
    full: str, place: Backends, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BATCH", 7)
    to = place(other(full))
    here, there = make_engine(full), make_engine(to)
    with moving.standing_still(here) as origin, closing(moving.carry(origin, there, [])) as given:
        for _ in range(steps):
            next(given)
    with pytest.raises(SchemaMismatch, match="not finished; run it again"):
        open_archive(to)
    here.dispose()
    there.dispose()
    done = run("move", "--to", to, BAQYLAU_ARCHIVE=full)
    assert done.exit_code == 0, done.stderr
    assert contents(to) == contents(full)


def test_what_changed_between_two_tries_arrives_as_it_is_now(
    full: str, place: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BATCH", 7)
    to = place(other(full))
    here, there = make_engine(full), make_engine(to)
    with moving.standing_still(here) as origin, closing(moving.carry(origin, there, [])) as given:
        next(step for step in given if step.table == "work_queue")
    archive = open_archive(full)
    save(archive, [post(10, "ещё раз"), post(77)], later(hours=5))
    archive.index_done(archive.index_batch(limit=3))
    archive.close()
    here.dispose()
    there.dispose()
    done = run("move", "--to", to, BAQYLAU_ARCHIVE=full)
    assert done.exit_code == 0, done.stderr
    assert contents(to) == contents(full)


def test_killed_in_the_middle_and_started_again_it_ends_right(
    full_sqlite: str, postgres: PostgresServer, postgres_archive: str
) -> None:
    name = postgres_archive.rpartition("/")[2]
    with postgres.connect(name) as connection:
        connection.execute(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(600); RETURN NULL; END'"
        )
        connection.execute("CREATE TRIGGER slow BEFORE INSERT ON flags EXECUTE FUNCTION wait()")
        command = [sys.executable, "-m", "monitor.cli", "move", "--to", postgres_archive]
        mover = subprocess.Popen(command, env={**os.environ, "BAQYLAU_ARCHIVE": full_sqlite})
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        deadline = time.monotonic() + 120
        while connection.execute(waiting).fetchone() == (0,):
            assert mover.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        mover.send_signal(signal.SIGKILL)
        mover.wait()
    postgres.cut(name)
    with postgres.connect(name) as connection:
        assert connection.execute("SELECT count(*) FROM posts").fetchone() == (33,)
        connection.execute("DROP TRIGGER slow ON flags")
    done = run("move", "--to", postgres_archive, BAQYLAU_ARCHIVE=full_sqlite)
    assert done.exit_code == 0, done.stderr
    assert contents(postgres_archive) == contents(full_sqlite)


def test_a_table_that_arrives_otherwise_is_named_and_the_place_is_no_archive(
    full_sqlite: str, postgres: PostgresServer, postgres_archive: str
) -> None:
    with postgres.connect(postgres_archive.rpartition("/")[2]) as connection:
        connection.execute(
            "CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN NEW.reason = ''forged''; RETURN NEW; END'"
        )
        connection.execute(
            "CREATE TRIGGER forger BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION forge()"
        )
        done = run("move", "--to", postgres_archive, BAQYLAU_ARCHIVE=full_sqlite)
        assert done.exit_code == 1
        assert "decisions does not agree" in done.stderr
        assert done.stderr.count("does not agree") == 1
        with pytest.raises(SchemaMismatch, match="not finished"):
            open_archive(postgres_archive)
        connection.execute("DROP TRIGGER forger ON decisions")
    done = run("move", "--to", postgres_archive, BAQYLAU_ARCHIVE=full_sqlite)
    assert done.exit_code == 0, done.stderr


def test_a_place_that_is_not_empty_is_refused_by_name_and_left_alone(
    full: str, place: Backends
) -> None:
    to = place(other(full))
    archive = open_archive(to)
    archive.register_sources([source("own")], NOW)
    archive.close()
    before = contents(to)
    done = run("move", "--to", to, BAQYLAU_ARCHIVE=full)
    assert done.exit_code == 2
    assert "error: --to: " in done.stderr
    assert "it has rows in sources (1)" in done.stderr
    assert contents(to) == before
    open_archive(to).close()


def test_tables_of_somebody_else_are_refused_by_name(full: str, place: Backends) -> None:
    to = place("postgresql") if full.startswith("sqlite") else place("sqlite")
    if to.startswith("sqlite"):
        Path(to.removeprefix("sqlite:///")).parent.mkdir()
    execute(to, "CREATE TABLE posts (id int)")
    done = run("move", "--to", to, BAQYLAU_ARCHIVE=full)
    assert done.exit_code == 2
    assert "'posts'" in done.stderr


def test_moving_to_where_it_is_or_from_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    done = run("move", "--to", f"sqlite:///{tmp_path}/b.sqlite3", BAQYLAU_ARCHIVE=url)
    assert done.exit_code == 2
    assert "BAQYLAU_ARCHIVE: " in done.stderr
    assert "there is no such file" in done.stderr
    assert list(tmp_path.iterdir()) == []
    open_archive(url).close()
    done = run("move", "--to", f"sqlite:///{tmp_path}/../{tmp_path.name}/a.sqlite3", "--data",
               str(tmp_path), BAQYLAU_ARCHIVE=url)  # fmt: skip
    assert done.exit_code == 2
    assert "another place" in done.stderr
    done = run("move", "--to", "somewhere", BAQYLAU_ARCHIVE=url)
    assert done.exit_code == 2
    assert "--to: somewhere" in done.stderr


def test_nobody_writes_into_an_archive_while_it_is_moved(full: str) -> None:
    here, change = make_engine(full), "DELETE FROM index_pending"
    with moving.standing_still(here) as origin:
        before = rows.contents(origin)
        if here.dialect.name == "sqlite":
            path = str(here.url.database)
            with (
                closing(sqlite3.connect(path, timeout=0.05)) as connection,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                connection.execute(change)
        else:
            given = here.url.set(drivername="postgresql").render_as_string()
            with (
                psycopg.connect(given, options="-c lock_timeout=50") as connection,
                pytest.raises(psycopg.errors.LockNotAvailable),
            ):
                connection.execute(change)
        assert rows.contents(origin) == before
    here.dispose()


# --- backup and restore --------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory with evidence in it."""
    evidence = tmp_path / "data" / "warc"
    evidence.mkdir(parents=True)
    (evidence / "0001.warc.gz").write_bytes(os.urandom(3_000))
    (evidence / "0002.warc.gz").write_bytes(b"")
    (tmp_path / "data" / "index").mkdir()
    yield tmp_path / "data"


def evidence_in(directory: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in (directory / "warc").iterdir()}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_brings_everything_back_into_an_empty_place(
    full: str, kind: str, data: Path, place: Backends, tmp_path: Path
) -> None:
    saved, home = tmp_path / "saved", tmp_path / "home"
    done = run("backup", "--to", str(saved), "--data", str(data), BAQYLAU_ARCHIVE=full)
    assert done.exit_code == 0, done.stderr
    assert "warning" not in done.stderr
    assert sorted(one.name for one in saved.iterdir()) == [
        "archive.sqlite3", "manifest.json", "warc",
    ]  # fmt: skip
    to = place(kind)
    done = run("restore", "--from", str(saved), "--data", str(home), BAQYLAU_ARCHIVE=to)
    assert done.exit_code == 0, done.stderr
    assert contents(to) == contents(full)
    assert evidence_in(home) == evidence_in(data)
    archive = open_archive(to)
    assert archive.verify_audit() is None
    assert save(archive, [post(999)], later(days=1))[0].outcome == "new"
    archive.close()


@pytest.fixture
def saved(tmp_path: Path, data: Path, full_sqlite: str) -> Path:
    """A backup of a full archive in SQLite, which is the default one of `data`."""
    assert full_sqlite == f"sqlite:///{data / 'archive.sqlite3'}"
    assert run("backup", "--to", str(tmp_path / "saved"), "--data", str(data)).exit_code == 0
    return tmp_path / "saved"


def test_a_restore_over_an_archive_or_evidence_is_refused_by_name(
    saved: Path, data: Path, tmp_path: Path
) -> None:
    done = run("restore", "--from", str(saved), "--data", str(data))
    assert done.exit_code == 2
    assert "archive.sqlite3: an empty place; it has rows in " in done.stderr
    assert " posts (33)" in done.stderr
    home = tmp_path / "home"
    (home / "warc").mkdir(parents=True)
    (home / "warc" / "0001.warc.gz").write_bytes(b"other")
    done = run("restore", "--from", str(saved), "--data", str(home))
    assert done.exit_code == 2
    assert "0001.warc.gz" in done.stderr
    assert [one.name for one in home.iterdir()] == ["warc"]
    assert evidence_in(home) == {"0001.warc.gz": b"other"}


def test_a_restore_that_was_killed_goes_on(saved: Path, data: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "warc").mkdir(parents=True)
    first = saved / "warc" / "0001.warc.gz"
    (home / "warc" / "0001.warc.gz").write_bytes(first.read_bytes())
    (home / "warc" / "0002.warc.gz.part").write_bytes(b"torn")
    there = make_engine(f"sqlite:///{home / 'archive.sqlite3'}")
    here = make_engine(f"sqlite:///{saved / 'archive.sqlite3'}")
    with reading(here) as view, closing(moving.carry(view, there, [])) as steps:
        next(step for step in steps if step.table == "flags")
    here.dispose()
    there.dispose()
    done = run("restore", "--from", str(saved), "--data", str(home))
    assert done.exit_code == 0, done.stderr
    assert contents(f"sqlite:///{home / 'archive.sqlite3'}") == contents(
        f"sqlite:///{data / 'archive.sqlite3'}"
    )
    assert evidence_in(home) == evidence_in(data)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda saved: (saved / "manifest.json").unlink(), "manifest.json"),
        (lambda saved: (saved / "manifest.json").write_text("{}"), "manifest.json"),
        (lambda saved: (saved / "manifest.json").write_text("[]"), "manifest.json"),
        (lambda saved: (saved / "warc" / "0001.warc.gz").write_bytes(b"x"), "0001.warc.gz"),
        (lambda saved: (saved / "warc" / "0002.warc.gz").unlink(), "0002.warc.gz"),
        (
            lambda saved: execute(
                f"sqlite:///{saved / 'archive.sqlite3'}", "UPDATE decisions SET reason = 'forged'"
            ),
            "decisions",
        ),
        (lambda saved: (saved / "archive.sqlite3").write_bytes(b"<html>" * 1000), "archive"),
    ],
)
def test_a_damaged_backup_is_refused_by_name_and_nothing_is_written(
    saved: Path, tmp_path: Path, damage: Callable[[Path], object], named: str
) -> None:
    damage(saved)
    home = tmp_path / "home"
    done = run("restore", "--from", str(saved), "--data", str(home))
    assert done.exit_code == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not home.exists()


def test_a_backup_of_another_format_says_which_it_can_read(saved: Path, tmp_path: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text())
    (saved / "manifest.json").write_text(json.dumps(manifest | {"schema": "9999"}))
    done = run("restore", "--from", str(saved), "--data", str(tmp_path / "home"))
    assert done.exit_code == 2
    assert "'9999'" in done.stderr


def test_a_backup_never_goes_over_anything(saved: Path, data: Path, tmp_path: Path) -> None:
    for to in (saved, saved / "manifest.json"):
        done = run("backup", "--to", str(to), "--data", str(data))
        assert done.exit_code == 2
        assert "a directory that is empty or not there yet" in done.stderr
    done = run("backup", "--to", str(tmp_path / "b"), "--data", str(tmp_path / "nowhere"))
    assert done.exit_code == 2
    assert "there is no such file" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_evidence_that_is_missing_is_told_and_the_backup_is_made(
    data: Path, full_sqlite: str, tmp_path: Path
) -> None:
    (data / "warc" / "0001.warc.gz").write_bytes(b"cut")
    done = run("backup", "--to", str(tmp_path / "b"), "--data", str(data))
    assert done.exit_code == 0
    assert "0001.warc.gz lacks captures" in done.stderr


def test_a_backup_is_of_one_moment_while_others_write(full: str, tmp_path: Path) -> None:
    from core.store import dumping

    archive, engine, before = open_archive(full), make_engine(full), contents(full)
    told: list[moving.Step] = []

    def write_meanwhile(step: moving.Step) -> None:
        if not told:
            save(archive, [post(500)], later(days=2))
        told.append(step)

    if engine.dialect.name == "sqlite":
        dumping.PAGES = 5
    written = dumping.dump(engine, tmp_path / "dump.sqlite3", write_meanwhile)
    dumping.PAGES = 2_000
    assert len(told) > 2
    assert archive.counts().posts == before["posts"].rows + 1
    assert written == before
    engine.dispose()
    archive.close()


def test_all_tables_are_moved() -> None:
    assert {table.name for table in metadata.sorted_tables} == set(metadata.tables)
    with pytest.raises(InvalidInput, match="an archive"):
        moving.existing("sqlite:////nowhere/archive.sqlite3")
