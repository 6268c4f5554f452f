"""The same 50 searches through the API on both indexes: tantivy, and Elasticsearch beside it.

Both indexes hold the posts of the search bench and both read the same SQLite archive, so what
differs is the index. Two `baqylau serve` are asked in turn, and have to find equally many. Needs
Java, a JDK and Maven for the node. BENCH_POSTS sets another number of posts.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console
from rich.progress import track
from sqlalchemy import create_engine, select

from benchmarks.report import OUT, Figure, load
from benchmarks.search import FACETS, POSTS, at, over_http, serving
from benchmarks.search_store import CHUNK, Store, built
from benchmarks.search_world import World
from benchmarks.search_writer import FRESH
from core.documents import index_documents
from core.ports import Analyzer, PostState
from core.store import tables
from core.store.elastic import ElasticIndex, Server
from core.store.sql_archive import open_archive
from nlp.analyzer import LemmaAnalyzer
from tests.services.elastic.node import CannotRun, ElasticNode

ROUNDS, BATCH = 4, 2_000
INDEX = "bench"


def run(posts: int = 0, folder: Path = OUT) -> list[Figure]:
    """Build what is missing, then ask both; no figures where no node can run."""
    posts = posts or int(os.environ.get("BENCH_POSTS", POSTS))
    folder.mkdir(parents=True, exist_ok=True)
    store = built(folder, posts)
    try:
        with elastic(store) as url, serving(store) as tantivy, serving(
            store, BAQYLAU_INDEX=url
        ) as other:  # fmt: skip
            times = _ask(targets(store.world), (tantivy, other))
    except CannotRun as error:
        Console().print(f"no Elasticsearch here, and so no figures: {error}")
        return []
    Console().print(f"load {load()}")
    what = f"50 queries over {posts:,} posts, tantivy and SQLite"
    return [
        Figure("sides", f"p{share * 100:.0f} of {what}", at(times[0], share), "ms",
               "Elasticsearch and SQLite", at(times[1], share))
        for share in (0.5, 0.95)
    ]  # fmt: skip


def targets(world: World) -> list[str]:
    """Fifty paths to ask: the same each time."""
    rng = random.Random(50)
    kazakh, russian = world.kazakh.words, world.russian.words
    # Ranks of words that are asked for: some are in every fifth post, most in few.
    ranks = [int(1.45**step) for step in range(1, 21)]
    singles = [{"q": (kazakh, russian)[n % 2][rank % 2_000]} for n, rank in enumerate(ranks)]
    asked: list[dict[str, str]] = [one | {"facets": FACETS} for one in singles]
    for _ in range(10):
        two = f"{rng.choice(kazakh[:60])} {rng.choice(kazakh[:200])}"
        asked.append({"q": two, "facets": FACETS})
    texts = [made.state.record.revisions[0].post.text for made in world.posts(0, 5)]
    asked += [{"q": f'"{" ".join(text.lower().split()[1:3])}"', "facets": FACETS} for text in texts]
    for _ in range(5):
        asked.append({"q": f"{rng.choice(kazakh[:99])} OR {rng.choice(russian[:99])}"})
    regions = sorted(world.election.regions)
    for word in kazakh[:5]:
        asked.append({"q": word, "region": rng.choice(regions), "kind": "campaigning"})
    paths = [f"/api/posts?{urlencode(one)}" for one in asked]
    for rule in ("silence_violation", "early_campaigning", "missing_imprint", "poll_ban", ""):
        narrowed = {"rule": rule} if rule else {"verdict": "violation"}
        paths.append(f"/api/flags?{urlencode({**narrowed, 'facets': 'rule,verdict,region'})}")
    return paths


def _ask(paths: Sequence[str], ports: tuple[int, int]) -> tuple[list[float], list[float]]:
    """Milliseconds of both sides. The first round is not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    connections = [HTTPConnection("127.0.0.1", port) for port in ports]
    for number in track(range(ROUNDS + 1), "asking"):
        for path in paths:
            totals = []
            for connection, spent in zip(connections, times, strict=True):
                started = time.perf_counter()
                body = over_http(connection, path)
                if number:
                    spent.append((time.perf_counter() - started) * 1000)
                totals.append(json.loads(body)["total"])
            if totals[0] != totals[1]:
                raise RuntimeError(f"{path}: the indexes find {totals[0]} and {totals[1]}")
    return times


@contextmanager
def elastic(store: Store) -> Iterator[str]:
    """A node with the posts of the store; the URL of its index. What it holds is used again."""
    node = ElasticNode(store.settings.data / "elastic")
    try:
        url = f"{node.url}/{INDEX}"
        _fill(store, url)
        yield url
    finally:
        node.stop()


def _fill(store: Store, url: str) -> None:
    """Put what is not there yet; stopped, it goes on where it was."""
    mark = store.settings.data / "elastic-indexed"
    done, world = int(mark.read_text()) if mark.exists() else 0, store.world
    index = ElasticIndex(Server(url), writable=True, lock_in=store.settings.data)
    try:
        for first in track(range(done, world.total, CHUNK), "indexing"):
            last = min(first + CHUNK, world.total)
            for number, one in enumerate(world.posts(first, last), 1):
                _put(index, store, one.state, one.tokens)
                if number % BATCH == 0:
                    index.commit()
            index.commit()
            mark.write_text(str(last))
        _catch_up(store, index)
    finally:
        index.close()


def _catch_up(store: Store, index: ElasticIndex) -> None:
    """Put what the search bench wrote into the store while it ran."""
    archive, words = open_archive(store.settings.archive_url), LemmaAnalyzer()
    engine = create_engine(store.settings.archive_url)
    query = select(tables.posts.c.id).where(tables.posts.c.native_id.like(f"{FRESH}%"))
    try:
        with engine.connect() as connection:
            fresh = list(connection.execute(query).scalars())
        for first in range(0, len(fresh), BATCH):
            part = archive.states(fresh[first : first + BATCH], with_captures=False)
            for state in part.values():
                _put(index, store, state, words)
            index.commit()
    finally:
        engine.dispose()
        archive.close()


def _put(index: ElasticIndex, store: Store, state: PostState, words: Analyzer) -> None:
    documents = index_documents(state, store.world.election, words)
    index.put(state.record.id, state.index_version, documents)
