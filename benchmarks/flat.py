"""What fresh posts cost in archives and indexes of several sizes, in both shapes.

10,000 posts come in as crawls save them, are judged by the real pipeline and brought into the
index by the real indexer. Their texts were read before, so no detector runs: what is left is the
stores, and it should not grow with what they hold. Each store grows from size to size, by rows and
documents put straight into it. PostgreSQL does not fsync. BENCH_SIZES sets other sizes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from elasticsearch import Elasticsearch
from rich.console import Console
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

SIZES = (10_000, 100_000, 1_000_000)
# The first posts after the store was filled find empty caches: they are not counted.
FRESH, WARM, CHUNK = 10_000, 1_000, 5_000
STEPS = ("saved", "judged", "indexed")


@dataclass(frozen=True, slots=True)
class Shape:
    """Where archive and index are, and who works for them beside this process."""

    name: str
    archive_url: str
    open_index: Callable[[], SearchIndex]
    servers: Callable[[], Sequence[psutil.Process]]
    tidy: Callable[[], None]


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


def run(*, sizes: Sequence[int] = (), fresh: int = FRESH, warm: int = WARM) -> list[Figure]:
    """Both shapes; of the second no figures where no node can run."""
    asked = os.environ.get("BENCH_SIZES", "")
    sizes = sizes or [int(one) for one in asked.split(",") if one] or SIZES
    figures: list[Figure] = []
    for opened in (_one_machine, _many_machines):
        try:
            with opened() as shape:
                figures += _shape(shape, sizes, fresh, warm)
        except CannotRun as error:
            Console().print(f"no Elasticsearch here, and so no figures: {error}")
    return figures


def _shape(shape: Shape, sizes: Sequence[int], fresh: int, warm: int) -> list[Figure]:
    world, begun = world_of(max(sizes) + fresh), 0
    archive = open_archive(shape.archive_url)
    spent: list[Spent] = []
    try:
        for size in sizes:
            _fill(shape, world, begun, size - warm)
            _bring(shape, archive, world, size - warm, size)
            steps = _bring(shape, archive, world, size, size + fresh)
            begun = size + fresh
            if archive.counts().posts != begun:
                raise RuntimeError(f"{archive.counts().posts} of {begun} posts are there")
            spent.append(Spent(sum(s.wall_s for s in steps), sum(s.work_s for s in steps)))
            _say(shape, size, fresh, steps)
    finally:
        archive.close()
    return _figures(shape, sizes, fresh, spent)


def _say(shape: Shape, size: int, fresh: int, steps: Sequence[Spent]) -> None:
    said = ", ".join(
        f"{name} {one.wall_s:.1f} s (processors {one.work_s:.1f})"
        for name, one in zip(STEPS, steps, strict=True)
    )
    Console().print(f"{shape.name}, {size:,} held, {fresh:,} fresh: {said}; load {load()}")


def _figures(
    shape: Shape, sizes: Sequence[int], fresh: int, spent: Sequence[Spent]
) -> list[Figure]:
    least = spent[0]
    baseline = f"into {sizes[0]:,}"
    return [
        Figure("flat", f"{what} {fresh:,} fresh posts into {size:,}, {shape.name}", value, "s",
               baseline, before, "<= 1.2x")
        for size, one in zip(sizes[1:], spent[1:], strict=True)
        for what, value, before in (
            ("clock:", one.wall_s, least.wall_s), ("processors:", one.work_s, least.work_s),
        )
    ]  # fmt: skip


# --- what is held --------------------------------------------------------------------------------


def _fill(shape: Shape, world: World, first: int, last: int) -> None:
    engine, index = create_engine(shape.archive_url), shape.open_index()
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    try:
        for start in range(first, last, CHUNK):
            put_chunk(world, engine, index, start, min(start + CHUNK, last))
    finally:
        index.close()
        engine.dispose()
    shape.tidy()


# --- what comes in -------------------------------------------------------------------------------


def _bring(shape: Shape, archive: Archive, world: World, first: int, last: int) -> list[Spent]:
    """Save, judge and index posts number first <= n < last; what each step took."""
    made = list(world.posts(first, last))
    _read_before(shape, made)
    pipeline = Pipeline(archive, Read(), world.election, SystemClock(), "bench")
    index = shape.open_index()
    indexer = Indexer(archive, lambda: index, world.election, LemmaAnalyzer(), "bench")
    try:
        spent = [
            _timed(shape, lambda: fill(archive, made)),
            _timed(shape, lambda: _all(pipeline.run_batch, len(made))),
            _timed(shape, lambda: _all(indexer.follow, len(made))),
        ]
        if indexer.refused():
            raise RuntimeError(f"the index refused {indexer.refused()} posts")
        return spent
    finally:
        indexer.close()
        index.close()


def _read_before(shape: Shape, made: Sequence[Made]) -> None:
    """The annotations of these texts, as if others had said the same before."""
    engine = create_engine(shape.archive_url)
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


def _timed(shape: Shape, work: Callable[[], None]) -> Spent:
    processes = [psutil.Process(), *shape.servers()]
    begun, before = time.perf_counter(), [processor_s(one) for one in processes]
    work()
    wall = time.perf_counter() - begun
    after = (processor_s(one) - then for one, then in zip(processes, before, strict=True))
    return Spent(wall, sum(after))


def _rested(node: ElasticNode) -> None:
    """Wait until the node has merged what the store was filled with."""
    with Elasticsearch(node.url) as client:
        while client.indices.stats(metric="merge")["_all"]["total"]["merges"]["current"]:
            time.sleep(0.2)


# --- shapes --------------------------------------------------------------------------------------


@contextmanager
def _one_machine() -> Iterator[Shape]:
    OUT.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="flat-", dir=OUT) as folder:
        url, place = f"sqlite:///{folder}/archive.sqlite3", Path(folder) / "index"
        yield Shape("SQLite and tantivy", url, lambda: TantivyIndex(place, writable=True),
                    tuple, lambda: None)  # fmt: skip


@contextmanager
def _many_machines() -> Iterator[Shape]:
    OUT.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="flat-", dir=OUT)))
        node, server = stack.enter_context(elastic(folder)), stack.enter_context(postgres())
        database = server.create()

        def opened() -> SearchIndex:
            return ElasticIndex(Server(f"{node.url}/flat"), writable=True, lock_in=folder)

        def servers() -> list[psutil.Process]:
            lock = (server.folder / "postmaster.pid").read_text()
            main = psutil.Process(int(lock.split("\n", 1)[0]))
            return [psutil.Process(node.pid), main, *main.children()]

        def tidy() -> None:
            with server.connect(database) as connection:
                connection.execute("VACUUM ANALYZE")  # as autovacuum does within a minute
            _rested(node)

        yield Shape("PostgreSQL and Elasticsearch", server.url(database), opened, servers, tidy)
