"""What only the PostgreSQL adapter can be asked: types, refusals, lost connections, locks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from archive_queries import every_query
from archive_world import NOW, capture, judge_all, judgement, later, outcome, post, save, source
from sqlalchemy import event, text

from core.errors import InvalidInput, SchemaMismatch, StoreError, StoreUnavailable
from core.identity import SEQUENCE_BITS
from core.model import Annotation
from core.store import dialect, transactions
from core.store.sql_archive import SqlArchive, open_archive
from core.store.tables import metadata
from core.store.types import CodeText, UtcInstant
from tests.services.postgres import PostgresServer


@pytest.fixture
def archive(postgres_archive: str) -> Iterator[SqlArchive]:
    opened = open_archive(postgres_archive)
    opened.register_sources([source()], NOW)
    yield opened
    opened.close()


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


# --- what is kept --------------------------------------------------------------------------------


def test_migrations_make_the_very_tables_that_the_code_uses(archive: SqlArchive) -> None:
    with dialect.reading(archive._engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_text_orders_by_code_point_and_instants_are_instants(archive: SqlArchive) -> None:
    query = text(
        "SELECT table_name, column_name, data_type, collation_name FROM information_schema.columns"
    )
    with dialect.reading(archive._engine) as connection:
        kept = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}
    columns = [one for table in metadata.sorted_tables for one in table.columns]
    for one in columns:
        found = kept[one.table.name, one.name]
        if isinstance(one.type, CodeText):
            assert found == ("text", "C"), one
        if isinstance(one.type, UtcInstant):
            assert found[0] == "timestamp with time zone", one


def test_a_url_without_a_driver_means_the_driver_that_is_there(postgres_archive: str) -> None:
    archive = open_archive(postgres_archive.replace("postgresql+psycopg", "postgresql"))
    assert archive.counts().posts == 0
    archive.close()


# --- what ends the start with one line -----------------------------------------------------------


def refused(url: str) -> str:
    """The one line that opening ends with; no password in it."""
    with pytest.raises((InvalidInput, StoreUnavailable, SchemaMismatch)) as caught:
        open_archive(url)
    told = str(caught.value)
    assert told.startswith("BAQYLAU_ARCHIVE: ")
    assert "\n" not in told
    assert "hunter2" not in told
    return told


@pytest.fixture
def reviewer(postgres: PostgresServer) -> Iterator[str]:
    """A user who needs a password."""
    rules = postgres.folder / "pg_hba.conf"
    before = rules.read_text()
    with postgres.connect() as connection:
        connection.execute("CREATE USER reviewer PASSWORD 'right'")
    rules.write_text("host all reviewer 127.0.0.1/32 scram-sha-256\n" + before)
    postgres.reload()
    yield "reviewer"
    rules.write_text(before)
    postgres.reload()
    with postgres.connect() as connection:
        connection.execute("DROP USER reviewer")


def test_a_wrong_password_names_the_setting(
    postgres: PostgresServer, reviewer: str, postgres_place: str
) -> None:
    name = name_of(postgres_place)
    wrong = refused(postgres.url(name, user=reviewer, password="hunter2"))
    assert "password authentication failed" in wrong
    assert "no password supplied" in refused(postgres.url(name, user=reviewer))


def test_a_host_that_does_not_answer_names_the_setting() -> None:
    told = refused("postgresql+psycopg://u:hunter2@127.0.0.1:1/baqylau")
    assert "127.0.0.1:1/baqylau" in told
    assert "refused" in told


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql+psycopg://u:hunter2@127.0.0.1", "postgresql+psycopg://user@host/name"),
        ("postgres://u:hunter2@127.0.0.1/x", "postgresql+psycopg://user@host/name"),
        ("postgresql+psycopg2://u:hunter2@h/x", "postgresql+psycopg://user@host/name"),
        ("mysql://u:hunter2@h/x", "postgresql+psycopg://user@host/name"),
        ("postgresql+psycopg://u:hunter2@h:port/x", "postgresql+psycopg://user@host/name"),
        ("//u:hunter2@h", "postgresql+psycopg://user@host/name"),
        ("postgresql+psycopg://u@127.0.0.1/x?password=hunter2&frobnicate=1", "frobnicate"),
    ],
)
def test_a_url_of_no_use_names_the_setting_and_keeps_its_password(url: str, says: str) -> None:
    assert says in refused(url)


def test_a_server_without_the_tls_that_was_asked_for_names_the_setting(
    postgres_place: str,
) -> None:
    assert "SSL" in refused(f"{postgres_place}?sslmode=verify-full&sslrootcert=/no/ca")


def test_a_database_that_is_not_there_names_the_setting(postgres: PostgresServer) -> None:
    assert '"nowhere" does not exist' in refused(postgres.url("nowhere"))


def test_an_old_server_names_the_setting(
    postgres_place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "OLDEST_POSTGRESQL", 99)
    assert "PostgreSQL 18." in (told := refused(postgres_place))
    assert "99 or newer" in told


def test_a_database_that_cannot_hold_kazakh_names_the_setting(postgres: PostgresServer) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    assert "LATIN1; one in UTF8 is needed" in refused(postgres.url("latin"))
    postgres.drop("latin")


def test_an_archive_of_a_newer_program_is_refused_and_left_alone(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    with postgres.connect(name_of(postgres_archive)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        assert "9999" in refused(postgres_archive)
        with pytest.raises(SchemaMismatch, match="9999"):
            SqlArchive(postgres_archive)
        assert connection.execute("SELECT count(*) FROM sources").fetchone() == (1,)


def test_an_archive_that_nobody_opened_yet_says_so(postgres_place: str) -> None:
    with pytest.raises(SchemaMismatch, match="open_archive"):
        SqlArchive(postgres_place)


# --- lost connections ----------------------------------------------------------------------------


def once(archive: SqlArchive, moment: str, job: Callable[..., None]) -> None:
    """Call `job` at the first such event of the archive's engine."""
    done: list[bool] = []

    def at_first(*given: Any) -> None:
        if not done:
            done.append(True)
            job(*given)

    event.listen(archive._engine, moment, at_first)


def test_connections_cut_between_two_calls_are_not_noticed(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    save(archive, [post(1)])
    assert postgres.cut(name_of(postgres_archive)) > 0
    assert archive.counts().posts == 1
    postgres.cut(name_of(postgres_archive))
    assert save(archive, [post(2)])[0].outcome == "new"


def test_a_connection_cut_in_the_middle_of_a_save_loses_and_doubles_nothing(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    def cut(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO work_queue"):
            event.remove(archive._engine, "before_cursor_execute", cut)
            assert postgres.cut(name_of(postgres_archive)) > 0

    event.listen(archive._engine, "before_cursor_execute", cut)
    assert [one.outcome for one in save(archive, [post(1), post(2)])] == ["new", "new"]
    counts = archive.counts()
    assert (counts.posts, counts.pending) == (2, 2)


@pytest.mark.parametrize(
    "before",
    ["SELECT work_queue", "SELECT judgements", "DELETE FROM work_queue", "INSERT INTO annotations",
     "WITH taken"],
)  # fmt: skip
def test_a_connection_cut_while_outcomes_are_streamed_loses_and_doubles_nothing(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str, before: str
) -> None:
    def cut(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(before):
            event.remove(archive._engine, "before_cursor_execute", cut)
            assert postgres.cut(name_of(postgres_archive)) > 0

    save(archive, [post(1), post(2)])
    work = archive.lease_work("w", ttl_s=60, limit=2)
    event.listen(archive._engine, "before_cursor_execute", cut)
    assert archive.save_outcomes([outcome(one, judgement(one)) for one in work]) == []
    assert not event.contains(archive._engine, "before_cursor_execute", cut)
    counts = archive.counts()
    assert (counts.pending, counts.flags_current) == (0, 2)


def test_what_the_database_refuses_while_outcomes_are_streamed_leaves_nothing(
    archive: SqlArchive,
) -> None:
    save(archive, [post(1)])
    [work] = archive.lease_work("w", ttl_s=60, limit=1)
    of_no_revision = replace(judgement(work), revision=7)
    with pytest.raises(StoreError, match="refuses"):
        archive.save_outcomes([outcome(work, of_no_revision)])
    assert archive.stored_annotations([work.revision.text_hash], "v1") == {}
    assert archive.save_outcomes([outcome(work, judgement(work))]) == []
    assert archive.counts().flags_current == 1


def test_what_the_driver_would_escape_comes_back_as_it_was_saved(archive: SqlArchive) -> None:
    odd = 'a"b\\c{d},NULL\n\t\'%s" қ'
    save(archive, [post(1)])
    [work] = archive.lease_work("w", ttl_s=60, limit=1)
    found = Annotation("odd\\", "1", "kind", odd, 0.5, (), {odd: [odd]})
    archive.save_outcomes([replace(outcome(work, judgement(work)), annotations=(found,))])
    assert archive.states([work.record.id])[work.record.id].annotations == (found,)


def test_what_no_database_can_hold_is_stripped_from_json_that_is_sent_as_it_is(
    archive: SqlArchive,
) -> None:
    save(archive, [post(1)])
    [work] = archive.lease_work("w", ttl_s=60, limit=1)
    found = Annotation("odd", "1", "kind", "a\ud800b", 0.5, (), {"\udfff": ["c\ud83d"]})
    archive.save_outcomes([replace(outcome(work, judgement(work)), annotations=(found,))])
    kept = archive.states([work.record.id])[work.record.id].annotations
    assert kept == (replace(found, value="ab", data={"": ["c"]}),)


def test_a_lock_waited_for_too_long_in_a_stream_is_unavailable_and_writes_nothing(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    def hurry(raw: Any, *_: Any) -> None:
        raw.execute("SET lock_timeout = 50")
        raw.commit()

    save(archive, [post()])
    [work] = archive.lease_work("w", ttl_s=60, limit=1)
    event.listen(archive._engine, "checkout", hurry)
    with postgres.connect(name_of(postgres_archive)) as other:
        other.execute("BEGIN")
        other.execute("SELECT 1 FROM work_queue FOR UPDATE")
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            archive.save_outcomes([outcome(work, judgement(work))])
        other.execute("ROLLBACK")
    assert archive.save_outcomes([outcome(work, judgement(work))]) == []


def test_a_commit_that_may_have_been_carried_out_is_repeated_only_where_that_is_harmless(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    def commit_and_cut(connection: Any) -> None:
        raw = connection.connection.driver_connection
        raw.commit()
        raw.execute("SELECT 1")  # so that there is something to commit when the line is dead
        postgres.cut(name_of(postgres_archive))

    once(archive, "commit", commit_and_cut)
    assert save(archive, [post(1)])[0].outcome == "unchanged"
    assert archive.counts().posts == archive.counts().pending == 1
    once(archive, "commit", commit_and_cut)
    with pytest.raises(StoreUnavailable, match="in the middle of a commit"):
        archive.append_audit(at=NOW, actor="a", action="read", subject="s", detail={})
    assert [one.number for one in archive.audit()] == [1]
    assert archive.verify_audit() is None


def test_a_commit_that_never_arrived_is_told_where_it_may_not_be_repeated(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    once(archive, "commit", lambda _connection: postgres.cut(name_of(postgres_archive)))
    with pytest.raises(StoreUnavailable, match="in the middle of a commit"):
        archive.append_audit(at=NOW, actor="a", action="read", subject="s", detail={})
    assert archive.audit() == []


def test_a_server_killed_and_started_again_costs_time_and_no_post(
    archive: SqlArchive, postgres: PostgresServer
) -> None:
    begun = threading.Event()

    def crawl(worker: int) -> list[str]:
        outcomes = []
        for n in range(15):
            outcomes += [one.outcome for one in save(archive, [post(100 * worker + n)])]
            begun.set()
        return outcomes

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(crawl, worker) for worker in range(2)]
        assert begun.wait(20)
        postgres.kill()
        postgres.start()
        outcomes = [outcome for one in running for outcome in one.result()]
    assert set(outcomes) <= {"new", "unchanged"}
    counts = archive.counts()
    assert counts.posts == counts.pending == 30


def test_a_server_that_stays_away_is_unavailable_after_a_while(
    archive: SqlArchive, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "PAUSES_S", (0.01, 0.01))
    postgres.stop()
    try:
        with pytest.raises(StoreUnavailable, match="refused"):
            save(archive, [post()])
    finally:
        postgres.start()
    assert save(archive, [post()])[0].outcome == "new"


def test_order_keys_of_flags_that_are_in_use_are_passed_over(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    """As after 2**20 flags, where another one comes to the second of an older one."""
    kept: dict[str, int] = {}
    for ruleset, start in (("r1", 7), ("r2", 6), ("r3", 2**SEQUENCE_BITS + 7)):
        save(archive, [post(n) for n in range(3)])
        with postgres.connect(name_of(postgres_archive)) as connection:
            connection.execute("UPDATE counters SET value = %s WHERE name = 'flags'", [start])
        judge_all(archive, ruleset=ruleset)
        archive.requeue()
        states = archive.states(archive.post_ids()).values()
        keys = {one.id: one.sort_key for state in states for one in state.flags}
        assert keys.items() >= kept.items()
        kept = keys
    assert len(set(kept.values())) == 9
    of_posts = {state.record.sort_key >> SEQUENCE_BITS for state in states}
    assert {key >> SEQUENCE_BITS for key in kept.values()} == of_posts


# --- locks ---------------------------------------------------------------------------------------


def test_a_worker_passes_over_what_another_one_is_just_taking(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    save(archive, [post(n) for n in range(3)])
    with postgres.connect(name_of(postgres_archive)) as other:
        other.execute("BEGIN")
        first = "SELECT post_id FROM work_queue ORDER BY position LIMIT 1 FOR UPDATE"
        [taken] = other.execute(first).fetchone() or []
        work = archive.lease_work("w", ttl_s=60, limit=5)
        assert len(work) == 2
        assert taken not in {one.record.id for one in work}
        other.execute("COMMIT")
    assert [one.record.id for one in archive.lease_work("w2", ttl_s=60, limit=5)] == [taken]


def test_work_leased_between_the_look_and_the_taking_is_not_given_out_twice(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    """The look at the leases is of one moment, and the rows are locked a moment later."""
    save(archive, [post(n) for n in range(3)])

    def slowly(_c: Any, _cu: Any, statement: str, values: Any, *_rest: Any) -> tuple[str, Any]:
        wait = "WHERE (SELECT count(pg_sleep(0.7))) = 1 AND"
        return statement.replace("WHERE", wait) if "SKIP LOCKED" in statement else statement, values

    event.listen(archive._engine, "before_cursor_execute", slowly, retval=True)
    fast = SqlArchive(postgres_archive)
    with ThreadPoolExecutor(1) as pool, postgres.connect() as other:
        slow = pool.submit(archive.lease_work, "slow", ttl_s=60, limit=3)
        asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        while other.execute(asleep).fetchone() == (0,):
            pass
        taken = [one.record.id for one in fast.lease_work("fast", ttl_s=60, limit=1)]
        left = [one.record.id for one in slow.result()]
    assert len(taken) == 1
    assert len(left) == 2
    assert not {*taken} & {*left}
    fast.close()


def test_a_deadlock_is_tried_again(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    with postgres.connect(name_of(postgres_archive)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN")
        other.execute("UPDATE counters SET value = value WHERE name = 'queue'")
        saving = pool.submit(save, archive, [post()])
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while other.execute(waits).fetchone() == (0,):
            pass
        other.execute("SELECT pg_advisory_xact_lock(%s)", [dialect.SAVING_LOCK])
        other.execute("COMMIT")
        assert saving.result()[0].outcome == "new"


def test_a_lock_held_too_long_is_unavailable_and_writes_nothing(
    archive: SqlArchive, postgres: PostgresServer, postgres_archive: str
) -> None:
    def hurry(raw: Any, *_: Any) -> None:
        raw.execute("SET lock_timeout = 50")
        raw.commit()

    event.listen(archive._engine, "checkout", hurry)
    with postgres.connect(name_of(postgres_archive)) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [dialect.SAVING_LOCK])
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            save(archive, [post()])
    assert archive.counts().posts == 0
    assert save(archive, [post()])[0].outcome == "new"


def test_several_that_judge_the_posts_that_others_crawl_end_without_a_loss(
    archive: SqlArchive,
) -> None:
    """Both change the same posts, in orders of their own."""
    numbers = list(range(24))
    save(archive, [post(n) for n in numbers])

    def crawl(worker: int) -> None:
        for n in range(6):
            order = numbers if worker % 2 else numbers[::-1]
            save(archive, [post(k, f"{n}") for k in order], later(minutes=10 * worker + n))

    def judge(_worker: int) -> int:
        return sum(judge_all(archive) + (archive.requeue() != "") for _ in range(4))

    with ThreadPoolExecutor(4) as pool:
        crawling = [pool.submit(crawl, n) for n in range(2)]
        judging = [pool.submit(judge, n) for n in range(2)]
        for one in (*crawling, *judging):
            one.result()
    archive.requeue()
    judge_all(archive)
    states = archive.states(archive.post_ids())
    assert len(states) == 24
    for state in states.values():
        assert sum(one.current for one in state.flags) == len(state.record.revisions) > 1


# --- speed that holds at a million posts ---------------------------------------------------------

# What stays small, or (the outbox) is read in its order up to a limit.
SMALL = {"sources", "leases", "counters", "annotators", "index_pending"}


def test_no_query_reads_a_growing_table_from_end_to_end(archive: SqlArchive) -> None:
    ran: dict[str, Any] = {}

    def note(_c: Any, _cu: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        ran.setdefault(statement, values[0] if many else values)

    event.listen(archive._engine, "before_cursor_execute", note)
    every_query(archive)
    event.remove(archive._engine, "before_cursor_execute", note)
    found = []
    with dialect.writing(archive._engine) as connection:
        # These tables are tiny: without this every plan would read them whole.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in ran.items():
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
                found += [(row[0], statement) for row in plan if is_slow(row[0])]
    assert not found, found
    assert len(ran) > 50


def test_a_long_queue_is_walked_in_its_order_and_not_sorted(archive: SqlArchive) -> None:
    ran: dict[str, Any] = {}

    def note(_c: Any, _cu: Any, statement: str, values: Any, *_rest: Any) -> None:
        ran[statement] = values

    for n in range(8):
        save(archive, [post(200 * n + k) for k in range(200)])
    archive.lease_work("w", ttl_s=60, limit=100)
    event.listen(archive._engine, "before_cursor_execute", note)
    archive.lease_work("w", ttl_s=60, limit=10)
    event.remove(archive._engine, "before_cursor_execute", note)
    ending, taking = [one for one in ran if "SKIP LOCKED" in one]
    with dialect.writing(archive._engine) as connection:
        connection.exec_driver_sql("ANALYZE")
        plans = [
            "\n".join(
                row[0]
                for row in connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {one}", ran[one]
                )
            )
            for one in (ending, taking)
        ]
    assert "work_leased" in plans[0]
    # 110 are leased: none of them is met.
    assert "Index Scan using work_free on work_queue (actual rows=10" in plans[1]
    assert "Removed by Filter" not in plans[1]
    assert "Sort" not in plans[1]


def is_slow(step: str) -> bool:
    """A scan of a growing table, where an index should have been searched."""
    _, scan, table = step.partition("Seq Scan on ")
    return bool(scan) and table.split()[0] not in SMALL


def test_evidence_of_another_process_is_seen_at_once(
    archive: SqlArchive, postgres_archive: str
) -> None:
    other = open_archive(postgres_archive)
    save(other, [post()])
    assert [one.url for one in archive.captures(capture().sha256)] == [capture().url]
    other.close()
