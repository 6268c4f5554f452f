"""Saving what was judged on PostgreSQL, against psycopg's executemany of the same rows.

Both begin with copies of one database, in which as many posts are judged as wait, and save as many
posts a transaction as a worker does. Ours gets nouns, makes rows of them, and besides checks
leases, looks for earlier judgements, takes order keys and clears the queue; the baseline gets
finished rows. In the end both databases hold the same rows, or the bench fails.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil
from rich.console import Console

from benchmarks.many_posts import fill, generated, outcomes
from benchmarks.report import Figure, load
from benchmarks.search_world import Made
from benchmarks.servers import processor_s
from core.ports import Outcome
from core.store.sql_archive import SqlArchive, open_archive
from monitor.pipeline import BATCH
from tests.services.postgres import PostgresServer

POSTS, ROUNDS = 6_400, 3
# The rows of a judged post, in the order in which they may be written.
# And which of their columns says whose they are: a post, or its text.
STATEMENTS = {
    "annotations": ("text_hash, annotator_id, found", 0, "DO NOTHING"),
    "judgements": (
        "id, post_id, revision, election_id, act, ruleset_hash, profile_hash, annotations_hash, "
        "tzdata, judged_at, is_current",
        1,
        "DO NOTHING",
    ),
    "flags": ("id, judgement_id, number, post_id, sort_key, is_current, flag", 3, "DO NOTHING"),
    "index_pending": (
        "post_id, version, since",
        0,
        "(post_id) DO UPDATE SET version = excluded.version",
    ),
}
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one way took: by the clock, and processor time here and of the server's process."""

    wall_s: float
    here_s: float
    server_s: float


def saves(server: PostgresServer, posts: int = POSTS, rounds: int = ROUNDS) -> list[Figure]:
    """Ours and the baseline in turn."""
    made = generated(2 * posts)
    template = server.create()
    given = _waiting(server.url(template), made)
    with server.connect(template) as connection:
        connection.execute("VACUUM ANALYZE")  # as autovacuum does within a minute
    ours, plain = list[Spent](), list[Spent]()
    for _ in range(rounds):
        a, b = server.create(template), server.create(template)
        ours.append(_ours(server, a, given))
        rows = {table: _rows(server, a, table) for table in STATEMENTS}
        plain.append(_plain(server, b, _batches(given, rows)))
        if any(sorted(_rows(server, b, table)) != sorted(rows[table]) for table in rows):
            raise RuntimeError("the baseline did not write the rows that the archive wrote")
        server.drop(a)
        server.drop(b)
    server.drop(template)
    _say("archive", ours)
    _say(f"executemany ({sum(map(len, rows.values()))} rows)", plain)
    return _figures(posts, ours, plain)


def _say(name: str, spent: Sequence[Spent]) -> None:
    said = "; ".join(
        f"{one.wall_s:.2f} s, processor {one.here_s:.2f} + {one.server_s:.2f}" for one in spent
    )
    Console().print(f"{name}: {said}; load {load()}")


def _figures(posts: int, ours: Sequence[Spent], plain: Sequence[Spent]) -> list[Figure]:
    """Of each way the median round."""
    wall, least = (median(one.wall_s for one in both) for both in (ours, plain))
    work, plain_work = (
        median(one.here_s + one.server_s for one in both) / posts * 1e6 for both in (ours, plain)
    )
    baseline = "psycopg executemany of INSERT ... ON CONFLICT"
    return [
        Figure("many", f"judged posts saved on PostgreSQL, {BATCH} a transaction", posts / wall,
               "posts/s", baseline, posts / least, ">= 0.7x"),
        Figure("many", "processor time of saving a judged post, client and server", work, "us",
               baseline, plain_work, ""),
    ]  # fmt: skip


def _waiting(url: str, made: Sequence[Made]) -> list[list[Outcome]]:
    """Posts in the archive, half of them judged, the others leased for an hour; what a worker
    hands in for those, batch by batch.
    """
    archive = open_archive(url)
    try:
        fill(archive, made)
        given: list[list[Outcome]] = []
        while work := archive.lease_work("bench", ttl_s=3600.0, limit=BATCH):
            given.append(list(outcomes(work, made)))
        half = len(given) // 2
        for batch in given[:half]:
            archive.save_outcomes(batch)
        return given[half:]
    finally:
        archive.close()


def _ours(server: PostgresServer, database: str, given: Sequence[Sequence[Outcome]]) -> Spent:
    archive = SqlArchive(server.url(database))
    try:
        archive.counts()  # connects
        process, started = _backend(server, database), time.perf_counter()
        here, there = processor_s(psutil.Process()), processor_s(process)
        for batch in given:
            if archive.save_outcomes(batch):
                raise RuntimeError("a lease was lost")
        return _spent(started, here, there, process)
    finally:
        archive.close()


def _plain(server: PostgresServer, database: str, given: Sequence[Mapping[str, Rows]]) -> Spent:
    with server.connect(database) as connection, connection.cursor() as cursor:
        connection.execute("SET timezone = 'UTC'")
        process, started = _backend(server, database), time.perf_counter()
        here, there = processor_s(psutil.Process()), processor_s(process)
        for batch in given:
            with connection.transaction():
                for table, rows in batch.items():
                    cursor.executemany(_insert(table), rows)
        return _spent(started, here, there, process)


def _insert(table: str) -> Any:
    columns, _, conflict = STATEMENTS[table]
    marks = ", ".join(["%s"] * len(columns.split(",")))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT {conflict}"


def _spent(started: float, here: float, there: float, process: psutil.Process) -> Spent:
    wall = time.perf_counter() - started
    return Spent(wall, processor_s(psutil.Process()) - here, processor_s(process) - there)


def _backend(server: PostgresServer, database: str) -> psutil.Process:
    """The server's process behind the only connection to a database."""
    with server.connect() as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s", [database]
        ).fetchone()
    assert found is not None
    return psutil.Process(found[0])


def _rows(server: PostgresServer, database: str, table: str) -> Rows:
    """The rows of a table, in the order in which they were written."""
    query: Any = f"SELECT {STATEMENTS[table][0]} FROM {table} ORDER BY ctid"
    with server.connect(database) as connection:
        connection.execute("SET timezone = 'UTC'")
        return list(connection.execute(query))


def _batches(
    given: Sequence[Sequence[Outcome]], written: Mapping[str, Rows]
) -> list[dict[str, Rows]]:
    """The rows that each batch wrote, by table."""
    found: list[dict[str, Rows]] = []
    for batch in given:
        posts = {one.work.record.id for one in batch}
        texts = {one.work.revision.text_hash for one in batch}
        found.append({
            table: [row for row in rows if row[STATEMENTS[table][1]] in posts | texts]
            for table, rows in written.items()
        })  # fmt: skip
    return found
