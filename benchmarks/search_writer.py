"""The other process of the search bench: new posts and a commit of the index every two seconds.

It is what `baqylau work` does while posts come in: they are saved with their evidence, and the
indexer follows the outbox, puts, commits and acknowledges.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from time import monotonic, sleep, time_ns
from typing import Any

from benchmarks.search_store import built
from core.model import Evidence
from core.when import Instant
from monitor import wiring
from monitor.indexer import Indexer

EVERY_S, POSTS = 2.0, 10
# What their native ids begin with.
FRESH = "fresh/"


@contextmanager
def writing(folder: Path, posts: int) -> Iterator[Callable[[], int]]:
    """While this lasts the store grows; yields how many commits were made so far."""
    context = multiprocessing.get_context("spawn")
    stop, commits = context.Event(), context.Value("i", 0)
    process = context.Process(target=_write, args=(folder, posts, stop, commits), daemon=True)
    process.start()
    try:
        while not commits.value and process.is_alive():  # it has to load first
            sleep(0.1)
        yield lambda: int(commits.value)
    finally:
        stop.set()
        process.join(30)
        process.kill()
    if process.exitcode:
        raise RuntimeError(f"the writing process ended with status {process.exitcode}")


def _write(folder: Path, posts: int, stop: Event, commits: Any) -> None:
    store, words = built(folder, posts), wiring.analyzer()
    archive, rng = wiring.open_archive(store.settings), random.Random()
    indexer = Indexer(
        archive, lambda: wiring.open_index(store.settings, writable=True), store.world.election,
        words, wiring.worker_name(),
    )  # fmt: skip
    clock, sources = wiring.clock_of(store.settings), store.world.sources()
    try:
        due = monotonic()
        while not stop.wait(max(due - monotonic(), 0)):
            due += EVERY_S
            source, now = rng.choice(sources), clock.now()
            fresh = [
                replace(
                    made.state.record.revisions[0].post,
                    native_id=f"{FRESH}{time_ns()}", published=Instant(now),
                )
                for made in (store.world.post(posts - 1, source, rng) for _ in range(POSTS))
            ]  # fmt: skip
            capture = Evidence(f"{time_ns():064x}", source.url, now, 200, (), "text/html", 1,
                               "bench-00000.warc.gz", 0, 1)  # fmt: skip
            archive.save_posts(source.id, fresh, seen_at=now, evidence=capture)
            while indexer.follow():
                commits.value += 1
    finally:
        indexer.close()
        archive.close()
