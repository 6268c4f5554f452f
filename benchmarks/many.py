"""The shape of many machines on PostgreSQL: workers side by side, leases, and saving.

Workers are processes. What a detector does is a wait here, so that two cores are enough for four
workers; leases are taken until none is left, and no post may be handed out twice.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from rich.console import Console

from benchmarks import many_saves
from benchmarks.many_posts import fill, generated
from benchmarks.report import Figure, load
from benchmarks.search_store import PROFILE
from benchmarks.servers import postgres
from config.loader import load_election
from core.model import Annotation
from core.store.sql_archive import SqlArchive, open_archive
from monitor.clock import SystemClock
from monitor.pipeline import BATCH, Pipeline
from tests.services.postgres import PostgresServer

WAIT_S, BATCHES_EACH, WORKERS = 0.02, 2, 4
LEASED, LEASERS = 20_000, 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """An annotator that takes so long for a text, and finds nothing."""

    wait_s: float
    version: str = "waiting-1"

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        """Wait for each."""
        time.sleep(self.wait_s * len(texts))
        return [() for _ in texts]


def run(
    *, saved: int = many_saves.POSTS, rounds: int = many_saves.ROUNDS, leased: int = LEASED,
    batches: int = BATCHES_EACH, workers: int = WORKERS, leasers: int = LEASERS,
    wait_s: float = WAIT_S,
) -> list[Figure]:  # fmt: skip
    """Saving, leases, workers."""
    with postgres() as server:
        return [
            *many_saves.saves(server, saved, rounds),
            _leases(server, leased, leasers),
            _workers(server, batches, workers, wait_s),
        ]


# --- leases --------------------------------------------------------------------------------------


def _leases(server: PostgresServer, posts: int, leasers: int) -> Figure:
    database = _filled(server, posts)
    seconds, found = _side_by_side(server.url(database), leasers, _lease_all)
    times = Counter(key for keys in found for key in keys)
    server.drop(database)
    if len(times) != posts or max(times.values()) > 1:
        raise RuntimeError(
            f"{len(times)} of {posts} were handed out, the worst {max(times.values())} times"
        )
    Console().print(f"{posts} leased by {leasers} workers in {seconds:.1f} s, load {load()}")
    what = f"posts leased on PostgreSQL by {leasers} workers, none twice"
    return Figure("many", what, posts / seconds, "posts/s", target=">= 3,000 posts/s")


def _lease_all(url: str, name: str) -> Any:
    archive, keys = SqlArchive(url), list[str]()
    archive.counts()
    yield
    while work := archive.lease_work(name, ttl_s=3600.0, limit=BATCH):
        keys += [one.lease.key for one in work]
    archive.close()
    yield keys


# --- workers -------------------------------------------------------------------------------------


def _workers(server: PostgresServer, batches: int, workers: int, wait_s: float) -> Figure:
    """Several workers and one, on as many posts."""
    posts = BATCH * workers * batches
    database = _filled(server, posts)
    rates: dict[int, float] = {}
    for count in (1, workers):
        copy = server.create(database)
        work = _judge_for(wait_s)
        seconds, judged = _side_by_side(server.url(copy), count, work)
        if sum(judged) != posts:
            raise RuntimeError(f"{sum(judged)} of {posts} were judged")
        rates[count] = posts / seconds
        server.drop(copy)
    server.drop(database)
    Console().print(f"workers: {rates}, load {load()}")
    what = f"posts judged by {workers} workers, a wait of {wait_s * 1000:.0f} ms for analysis"
    return Figure("many", what, rates[workers], "posts/s", "one worker", rates[1], ">= 3.7x")


@dataclass(frozen=True, slots=True)
class _judge_for:  # noqa: N801  a function with a setting, that another process can be given
    wait_s: float

    def __call__(self, url: str, name: str) -> Any:
        archive = SqlArchive(url)
        archive.counts()
        pipeline = Pipeline(
            archive, Waiting(self.wait_s), load_election(PROFILE), SystemClock(), name
        )
        yield
        judged = 0
        while done := pipeline.run_batch():
            judged += done
        archive.close()
        yield judged


# --- processes -----------------------------------------------------------------------------------


def _filled(server: PostgresServer, posts: int) -> str:
    database = server.create()
    archive = open_archive(server.url(database))
    fill(archive, generated(posts))
    archive.close()
    with server.connect(database) as connection:
        connection.execute("VACUUM ANALYZE")
    return database


def _side_by_side(url: str, count: int, work: Callable[[str, str], Any]) -> tuple[float, list[Any]]:
    """`work` in so many processes that begin together; seconds, and what each came to."""
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(count + 1), context.Queue()
    processes = [
        context.Process(target=_one, args=(url, f"worker-{n}", work, ready, results), daemon=True)
        for n in range(count)
    ]
    for process in processes:
        process.start()
    ready.wait(120)
    started = time.perf_counter()
    found = [results.get(timeout=600) for _ in processes]
    seconds = time.perf_counter() - started
    for process in processes:
        process.join()
    return seconds, found


def _one(
    url: str, name: str, work: Callable[[str, str], Any], ready: Barrier, results: Any
) -> None:
    steps = work(url, name)
    next(steps)
    ready.wait(120)
    results.put(next(steps))
