"""Archive: one that an older program wrote is brought up to date, and nothing in it is lost."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from archive_older import FREE, HELD, PARKED, RAN_OUT, bring_to
from archive_world import judgement, outcome, post, save
from sqlalchemy import Connection, insert, text

from core.ports import Archive
from core.store import dialect, migrate, rows
from core.store.moving import holders
from core.store.sql_archive import open_archive
from core.store.tables import metadata


def older(place: str, version: str, wanted: Archive) -> None:
    """Make an archive as of `version`, with sources, posts and revisions of another one."""
    engine = dialect.make_engine(place)
    dialect.prepare(engine)
    with dialect.writing(engine) as connection:
        bring_to(connection, version)
        for name in ("sources", "posts", "revisions"):
            _carry(wanted, name, connection)
        _queue_of_0001(connection)
    engine.dispose()


def _carry(wanted: Archive, name: str, to: Connection) -> None:
    kept = rows.as_kept(metadata.tables[name])
    with dialect.reading(wanted._engine) as connection:  # type: ignore[attr-defined]
        to.execute(insert(kept), [dict(row) for row in rows.stream(connection, kept).mappings()])


def _queue_of_0001(connection: Connection) -> None:
    """Four revisions: one leased, one whose lease ran out, one parked, one free."""
    connection.execute(text("""
        INSERT INTO work_queue
            (post_id, number, position, lease_key, queued_at, attempts, parked, again, error)
        SELECT post_id, number, sort_key - (SELECT min(sort_key) FROM posts),
            'work:' || post_id || ':' || number, revisions.first_seen, 1,
            native_id = :parked, 0 = 1, ''
        FROM revisions JOIN posts ON posts.id = post_id
    """), {"parked": f"dala/{PARKED}"})  # fmt: skip
    for number, until in ((HELD, "9999-01-01"), (RAN_OUT, "2001-01-01")):
        moment = f"'{until}'" if connection.dialect.name == "postgresql" else (
            f"CAST(strftime('%s', '{until}') AS INTEGER) * 1000000"
        )  # fmt: skip
        connection.execute(
            text(f"""
            INSERT INTO leases (key, worker, token, until)
            SELECT lease_key, 'w', {number + 7}, {moment}
            FROM work_queue JOIN posts ON posts.id = post_id WHERE native_id = 'dala/{number}'
        """)
        )
    connection.execute(text("UPDATE counters SET value = 50 WHERE name = 'lease'"))


def test_leases_of_work_stand_and_run_out_as_before(archive: Archive, archive_place: str) -> None:
    ids = [one.post_id for one in save(archive, [post(n) for n in range(4)])]
    older(archive_place, "0001", archive)
    upgraded = open_archive(archive_place)
    counts = upgraded.counts()
    assert (counts.pending, counts.parked) == (3, 1)
    work = upgraded.lease_work("new", ttl_s=60, limit=9)
    assert [one.record.id for one in work] == [ids[RAN_OUT], ids[FREE]]
    assert all(one.attempts == 2 and one.lease.token > 50 for one in work)
    assert upgraded.save_outcomes([outcome(one, judgement(one)) for one in work]) == []
    with dialect.reading(upgraded._engine) as connection:
        assert holders(connection) == ["w"]
        left = connection.execute(text("SELECT lease_token FROM work_queue ORDER BY position"))
        assert list(left.scalars()) == [HELD + 7, None]
        assert connection.execute(text("SELECT count(*) FROM leases")).scalar_one() == 0
    upgraded.close()


def test_what_was_upgraded_has_the_schema_of_a_new_one(
    archive: Archive, archive_place: str
) -> None:
    save(archive, [post(n) for n in range(4)])
    older(archive_place, "0001", archive)
    upgraded = open_archive(archive_place)
    with dialect.reading(upgraded._engine) as connection:
        assert migrate.version_of(connection) == migrate.HEAD
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    upgraded.close()
