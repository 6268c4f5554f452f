"""What only the SQLite adapter can be asked: schema, plans, locks, tampering by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from archive_queries import every_query
from archive_world import NOW, judge_all, later, post, save, source
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from core.errors import InvalidInput, SchemaMismatch, StoreUnavailable
from core.identity import SEQUENCE_BITS, sort_key
from core.store import dialect, migrate
from core.store.sql_archive import SqlArchive, open_archive
from core.store.tables import metadata
from core.store.types import CodeText


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite3"


@pytest.fixture
def archive(path: Path) -> Iterator[SqlArchive]:
    opened = open_archive(f"sqlite:///{path}")
    opened.register_sources([source()], NOW)
    yield opened
    opened.close()


def tamper(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


# --- opening -------------------------------------------------------------------------------------


def test_migrations_make_the_very_tables_that_the_code_uses(archive: SqlArchive) -> None:
    with dialect.reading(archive._engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_the_program_looks_for() -> None:
    assert ScriptDirectory(str(migrate.SCRIPTS)).get_current_head() == migrate.HEAD


def test_every_table_can_be_spelt_for_postgresql_with_text_in_order_of_code_points() -> None:
    for table in metadata.sorted_tables:
        spelt = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        texts = [one.name for one in table.columns if isinstance(one.type, CodeText)]
        assert spelt.count('TEXT COLLATE "C"') == len(texts)


def test_opening_again_keeps_what_is_there(archive: SqlArchive, path: Path) -> None:
    save(archive, [post()])
    archive.close()
    again = open_archive(f"sqlite:///{path}")
    assert again.counts().posts == 1
    again.close()


def test_an_archive_of_a_newer_program_is_refused_and_left_alone(
    archive: SqlArchive, path: Path
) -> None:
    archive.close()
    tamper(path, "UPDATE alembic_version SET version_num = '9999'")
    for way in (open_archive, SqlArchive):
        with pytest.raises(SchemaMismatch, match="9999"):
            way(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sources").fetchone() == (1,)
    connection.close()


def test_an_archive_that_nobody_opened_yet_says_so(path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="open_archive"):
        SqlArchive(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_unavailable_and_named(path: Path) -> None:
    path.write_bytes(b"<html>not a database</html>" * 100)
    with pytest.raises(StoreUnavailable, match=r"archive\.sqlite3"):
        open_archive(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        open_archive(f"sqlite:///{tmp_path}/file/archive.sqlite3")


@pytest.mark.parametrize(
    "url",
    ["", "archive.sqlite3", "sqlite://", "sqlite:///:memory:", "mysql://a/b", "oracle+no://x/y"],
)
def test_a_url_that_cannot_hold_an_archive_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_archive(url)


def test_a_lock_held_too_long_is_unavailable_and_writes_nothing(
    archive: SqlArchive, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event.listen(
        archive._engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout = 50")
    )
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        save(archive, [post()])
    assert archive.counts().posts == 0
    other.execute("ROLLBACK")
    other.close()
    assert save(archive, [post()])[0].outcome == "new"


# --- the audit chain -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE number = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE number = 1", 1),
        ("UPDATE audit SET detail = '{\"n\":9}' WHERE number = 2", 2),
        ("UPDATE audit SET chain = 'f' || substr(chain, 2) WHERE number = 4", 4),
        ("DELETE FROM audit WHERE number = 2", 3),
        ("DELETE FROM audit WHERE number = 5", 5),
        ("DELETE FROM audit", 1),
        (
            "INSERT INTO audit SELECT 6, at, actor, action, subject, detail, chain"
            " FROM audit WHERE number = 5",
            6,
        ),
    ],
)
def test_whoever_changes_the_audit_log_by_hand_is_found(
    archive: SqlArchive, path: Path, statement: str, line: int
) -> None:
    for n in range(5):
        archive.append_audit(
            at=later(seconds=n), actor="a", action="read", subject="s", detail={"n": n}
        )
    assert archive.verify_audit() is None
    tamper(path, statement)
    assert archive.verify_audit() == line


# --- order keys after the sequence began again ---------------------------------------------------


def test_sort_keys_stay_unique_when_the_sequence_begins_again(
    archive: SqlArchive, path: Path
) -> None:
    save(archive, [post(n) for n in range(10)])
    for start in (2**SEQUENCE_BITS, 2 * 2**SEQUENCE_BITS - 3):
        tamper(path, f"UPDATE counters SET value = {start} WHERE name = 'posts'")
        save(archive, [post(n + start) for n in range(10)])
    keys = [one.record.sort_key for one in archive.states(archive.post_ids()).values()]
    assert len(set(keys)) == 30
    assert {key >> SEQUENCE_BITS for key in keys} == {int(later(hours=-1).timestamp())}


def test_a_second_that_is_full_to_the_end_is_filled_from_its_beginning(
    archive: SqlArchive, path: Path
) -> None:
    second = int(later(hours=-1).timestamp())
    last = 2**SEQUENCE_BITS - 1
    save(archive, [post(1)])
    tamper(path, f"UPDATE posts SET sort_key = {sort_key(second, last)}")
    tamper(path, f"UPDATE counters SET value = {last - 1} WHERE name = 'posts'")
    [saved] = save(archive, [post(2)])
    assert archive.states([saved.post_id])[saved.post_id].record.sort_key == sort_key(second, 0)


# --- speed that holds at a million posts ---------------------------------------------------------


# What stays small, is made on the way, or (the outbox) is read in its order up to a limit.
SMALL = {"sources", "leases", "counters", "annotators", "CONSTANT", "anon_1", "index_pending",
         "json_each"}  # fmt: skip


def test_no_query_reads_a_growing_table_from_end_to_end(archive: SqlArchive) -> None:
    ran: dict[str, object] = {}
    event.listen(
        archive._engine,
        "before_cursor_execute",
        lambda _c, _cu, statement, values, _x, many: ran.setdefault(
            statement, values[0] if many else values
        ),
    )
    every_query(archive)
    found = []
    with dialect.reading(archive._engine) as connection:
        for statement, values in list(ran.items()):
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                steps = [row[3] for row in plan]
                found += [(step, statement) for step in steps if is_slow(step)]
    assert not found, found
    assert len(ran) > 50


def is_slow(step: str) -> bool:
    """A scan of a growing table, where an index should have been searched."""
    words = step.split()
    return words[0] == "SCAN" and words[1] not in SMALL


def test_fifty_posts_take_as_many_queries_as_one(archive: SqlArchive) -> None:
    ids = [one.post_id for one in save(archive, [post(n) for n in range(50)])]
    judge_all(archive)
    ran: list[str] = []
    event.listen(
        archive._engine,
        "before_cursor_execute",
        lambda _c, _cu, statement, *_: ran.append(statement),
    )
    archive.states(ids[:1])
    for_one = len(ran)
    ran.clear()
    states = archive.states(ids)
    assert len(ran) == for_one <= 12
    ran.clear()
    archive.flag_posts([one.flags[0].id for one in states.values()])
    assert len(ran) == 2  # BEGIN is the other
    ran.clear()
    archive.save_posts("dala", [post(n) for n in range(20)], seen_at=NOW, evidence=None)
    assert len(ran) <= 9
