"""What fresh posts cost in archives and indexes of several sizes, in both shapes.

Posts come in as crawls save them, are judged by the real pipeline and brought into the index by
the real indexer. Their texts were read before, so no detector runs: what is left is the stores,
and it should not grow with what they hold. There is a store of each size, filled by rows and
documents put straight into it; they take turns, and the median turn of each counts. PostgreSQL
does not fsync. BENCH_SIZES sets other sizes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.progress import track
from sqlalchemy import create_engine, event

from benchmarks.many_posts import fill
from benchmarks.report import OUT, Figure, load
from benchmarks.search_rows import table_rows
from benchmarks.search_store import put_chunk, world_of
from benchmarks.search_world import ANNOTATOR, Made, World
from benchmarks.servers import elastic, postgres, processor_s
from core.model import Annotation
from core.ports import Archive, SearchIndex
from core.store import tables
from core.store.dialect import insert_or
from core.store.elastic import ElasticIndex, Server
from core.store.sql_archive import open_archive
from core.store.tantivy_index import TantivyIndex
from monitor.clock import SystemClock
from monitor.indexer import Indexer
from monitor.pipeline import Pipeline
from nlp.analyzer import LemmaAnalyzer
from tests.services.elastic.node import CannotRun, ElasticNode
from tests.services.postgres import PostgresServer

SIZES = (10_000, 100_000, 1_000_000)
# Five turns are 10,000 posts. The first after a store was filled finds empty caches: not counted.
FRESH, TURNS, CHUNK = 2_000, 5, 5_000
STEPS = ("saved", "judged", "indexed")


@dataclass(frozen=True, slots=True)
class Store:
    """How much it holds, where archive and index are, and who works for them beside this one."""

    size: int
    archive_url: str
    open_index: Callable[[], SearchIndex]
    servers: Callable[[], Sequence[psutil.Process]]
    # Once after it was filled; and before each turn, so that none pays for another's merges.
    tidy: Callable[[], None]
    rest: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Workers:
    """What crawl and work do with a store; open from turn to turn, as they are."""

    archive: Archive
    pipeline: Pipeline
    indexer: Indexer


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the clock and of all processors."""

    wall_s: float
    work_s: float


@dataclass(frozen=True, slots=True)
class Read:
    """An annotator that has read every text before, and is not to be asked."""

    version: str = ANNOTATOR

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        """Of nothing, nothing."""
        if texts:
            raise RuntimeError(f"{len(texts)} texts have no stored annotations")
        return []


def run(*, sizes: Sequence[int] = (), fresh: int = FRESH, turns: int = TURNS) -> list[Figure]:
    """Both shapes; of the second no figures where no node can run."""
    asked = os.environ.get("BENCH_SIZES", "")
    sizes = sizes or [int(one) for one in asked.split(",") if one] or SIZES
    figures: list[Figure] = []
    for name, opened in (
        ("SQLite and tantivy", _one_machine),
        ("PostgreSQL and Elasticsearch", _many_machines),
    ):
        try:
            with opened(sizes) as stores:
                spent = _turns(name, stores, fresh, turns)
        except CannotRun as error:
            Console().print(f"no Elasticsearch here, and so no figures: {error}")
        else:
            figures += _figures(name, sizes, fresh, spent)
    return figures


def _turns(
    name: str, stores: Sequence[Store], fresh: int, turns: int
) -> list[list[Sequence[Spent]]]:
    """What the steps of each turn took, for each store."""
    world = world_of(max(one.size for one in stores) + (turns + 1) * fresh)
    for store in stores:
        _fill(store, world)
    spent: list[list[Sequence[Spent]]] = [[] for _ in stores]
    with ExitStack() as stack:
        sides = [(one, stack.enter_context(_working(one, world))) for one in stores]
        for turn in range(turns + 1):
            for (store, workers), taken in zip(sides, spent, strict=True):
                begun = store.size + turn * fresh
                steps = _bring(store, workers, world, begun, begun + fresh)
                if turn:
                    taken.append(steps)
                    _say(name, store.size, fresh, steps)
    return spent


def _say(name: str, size: int, fresh: int, steps: Sequence[Spent]) -> None:
    said = ", ".join(
        f"{step} {one.wall_s:.1f} s (processors {one.work_s:.1f})"
        for step, one in zip(STEPS, steps, strict=True)
    )
    Console().print(f"{name}, {size:,} held, {fresh:,} fresh: {said}; load {load()}")


def _figures(
    name: str, sizes: Sequence[int], fresh: int, spent: Sequence[Sequence[Sequence[Spent]]]
) -> list[Figure]:
    clocks = [median(sum(s.wall_s for s in steps) for steps in turns) for turns in spent]
    works = [median(sum(s.work_s for s in steps) for steps in turns) for turns in spent]
    return [
        Figure("flat", f"{what} {fresh:,} fresh posts into {size:,}, {name}", value, "s",
               f"into {sizes[0]:,}", values[0], "<= 1.2x")
        for what, values in (("clock:", clocks), ("processors:", works))
        for size, value in zip(sizes[1:], values[1:], strict=True)
    ]  # fmt: skip


# --- what is held --------------------------------------------------------------------------------


def _fill(store: Store, world: World) -> None:
    open_archive(store.archive_url).close()
    engine, index = create_engine(store.archive_url), store.open_index()
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    try:
        for first in track(range(0, store.size, CHUNK), f"filling with {store.size:,}"):
            put_chunk(world, engine, index, first, min(first + CHUNK, store.size))
    finally:
        index.close()
        engine.dispose()
    store.tidy()


# --- what comes in -------------------------------------------------------------------------------


@contextmanager
def _working(store: Store, world: World) -> Iterator[Workers]:
    with ExitStack() as stack:
        archive = stack.enter_context(closing(open_archive(store.archive_url)))
        index = stack.enter_context(closing(store.open_index()))
        pipeline = Pipeline(archive, Read(), world.election, SystemClock(), "bench")
        indexer = Indexer(archive, lambda: index, world.election, LemmaAnalyzer(), "bench")
        yield Workers(archive, pipeline, stack.enter_context(closing(indexer)))


def _bring(store: Store, workers: Workers, world: World, first: int, last: int) -> list[Spent]:
    """Save, judge and index posts number first <= n < last; what each step took."""
    made = list(world.posts(first, last))
    _read_before(store, made)
    store.rest()
    spent = [
        _timed(store, lambda: fill(workers.archive, made)),
        _timed(store, lambda: _all(workers.pipeline.run_batch, len(made))),
        _timed(store, lambda: _all(workers.indexer.follow, len(made))),
    ]
    if workers.indexer.refused():
        raise RuntimeError(f"the index refused {workers.indexer.refused()} posts")
    if workers.archive.counts().posts != last:
        raise RuntimeError(f"{workers.archive.counts().posts} of {last} posts are there")
    return spent


def _read_before(store: Store, made: Sequence[Made]) -> None:
    """The annotations of these texts, as if others had said the same before."""
    engine = create_engine(store.archive_url)
    rows = next(rows for table, rows in table_rows(made) if table is tables.findings)
    with engine.begin() as connection:
        statement = insert_or(connection, tables.findings).on_conflict_do_nothing()
        connection.execute(statement, rows)
    engine.dispose()


def _all(step: Callable[[], int], posts: int) -> None:
    done = 0
    while one := step():
        done += one
    if done != posts:
        raise RuntimeError(f"{done} of {posts} posts")


def _timed(store: Store, work: Callable[[], None]) -> Spent:
    processes = [psutil.Process(), *store.servers()]
    begun, before = time.perf_counter(), [processor_s(one) for one in processes]
    work()
    wall = time.perf_counter() - begun
    spent = (_since(one, then) for one, then in zip(processes, before, strict=True))
    return Spent(wall, sum(spent))


def _since(process: psutil.Process, then: float) -> float:
    """Of one that has ended meanwhile, as those that vacuum do, nothing is known."""
    try:
        return processor_s(process) - then
    except psutil.NoSuchProcess:
        return 0.0


def _rested(node: ElasticNode) -> None:
    """Wait until the node has merged what it was given."""
    with Elasticsearch(node.url) as client:
        while client.indices.stats(metric="merge")["_all"]["total"]["merges"]["current"]:
            time.sleep(0.2)


# --- shapes --------------------------------------------------------------------------------------


@contextmanager
def _one_machine(sizes: Sequence[int]) -> Iterator[list[Store]]:
    OUT.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="flat-", dir=OUT) as folder:
        yield [_embedded(Path(folder) / str(size), size) for size in sizes]


def _embedded(place: Path, size: int) -> Store:
    place.mkdir()

    def opened() -> SearchIndex:
        return TantivyIndex(place / "index", writable=True)

    url = f"sqlite:///{place}/archive.sqlite3"
    return Store(size, url, opened, servers=tuple, tidy=lambda: None, rest=lambda: None)


@contextmanager
def _many_machines(sizes: Sequence[int]) -> Iterator[list[Store]]:
    OUT.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="flat-", dir=OUT)))
        node, server = stack.enter_context(elastic(folder)), stack.enter_context(postgres())
        yield [_served(folder, node, server, size) for size in sizes]


def _served(folder: Path, node: ElasticNode, server: PostgresServer, size: int) -> Store:
    database = server.create()

    def opened() -> SearchIndex:
        return ElasticIndex(Server(f"{node.url}/flat{size}"), writable=True, lock_in=folder)

    def servers() -> list[psutil.Process]:
        lock = (server.folder / "postmaster.pid").read_text()
        main = psutil.Process(int(lock.split("\n", 1)[0]))
        return [psutil.Process(node.pid), main, *main.children()]

    def tidy() -> None:
        with server.connect(database) as connection:
            connection.execute("VACUUM ANALYZE")  # as autovacuum does within a minute

    return Store(size, server.url(database), opened, servers, tidy, rest=lambda: _rested(node))
