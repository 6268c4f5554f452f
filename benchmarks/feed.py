"""Documents into Elasticsearch, as the indexer puts them, against the client's own bulk helper.

The documents are made beforehand. What differs is on our side: what is put is told from what is
there, an IndexDocument becomes what the index holds, each post is settled by what was answered, and
each batch of the indexer is committed, which a search sees. `parallel_bulk` gets the bodies ready
and one refresh at its end; so it does also with a refresh as often as ours. All in turn, each into
an index of its own. Needs Java, a JDK and Maven for the node.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import psutil
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from rich.console import Console

from benchmarks.report import Figure, load
from benchmarks.search_store import world_of
from benchmarks.servers import elastic, processor_s
from core.documents import index_documents
from core.model import IndexDocument
from core.store.elastic import ElasticIndex, Server, mapping
from monitor.indexer import BATCH
from tests.services.elastic.node import CannotRun, ElasticNode

POSTS, ROUNDS = 4_000, 3
NAME = "feed"

Posts: TypeAlias = Sequence[tuple[str, tuple[IndexDocument, ...]]]
Actions: TypeAlias = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the clock, and of the processor in this process and in the node."""

    clock_s: float
    here_s: float
    node_s: float


def run(*, posts: int = POSTS, rounds: int = ROUNDS) -> list[Figure]:
    """All sides in turn, the first round not counted; no figures where no node can run."""
    made, actions = _made(posts)
    try:
        with elastic() as node:
            sides: list[Callable[[], Spent]] = [
                lambda: _ours(node, made, len(actions), BATCH),
                lambda: _ours(node, made, len(actions), posts),
                lambda: _helper(node, actions, len(actions)),
                lambda: _helper(node, actions, BATCH * len(actions) // posts),
            ]
            spent = [[side() for side in sides] for _ in range(rounds + 1)][1:]
    except CannotRun as error:
        Console().print(f"no Elasticsearch here, and so no figures: {error}")
        return []
    Console().print(f"{len(actions):,} documents of {posts:,} posts, load {load()}")
    return _figures(len(actions), [list(side) for side in zip(*spent, strict=True)])


def _figures(count: int, sides: Sequence[Sequence[Spent]]) -> list[Figure]:
    ours, whole, helper, often = sides
    helps = "parallel_bulk"

    def rate(side: Sequence[Spent]) -> float:
        return count / median(one.clock_s for one in side)

    def each_us(side: Sequence[Spent], what: str) -> float:
        return 1e6 * median(getattr(one, what) for one in side) / count

    mine, often_too = f"a commit each {BATCH} posts", f"{helps}, refreshed as often"
    return [
        Figure("feed", f"documents indexed, {mine}", rate(ours), "documents/s",
               f"{helps}, one refresh", rate(helper), ">= 0.8x"),
        Figure("feed", f"documents indexed, {mine}, the same refreshes", rate(ours), "documents/s",
               often_too, rate(often)),
        Figure("feed", "documents indexed, one commit", rate(whole), "documents/s",
               f"{helps}, one refresh", rate(helper), ">= 0.8x"),
        *(
            Figure("feed", f"processor time of {where} a document, {mine}", each_us(ours, what),
                   "us", f"{helps}, one refresh", each_us(helper, what))
            for where, what in (("the program", "here_s"), ("the node", "node_s"))
        ),
    ]  # fmt: skip


def _made(posts: int) -> tuple[Posts, Actions]:
    """Posts with their documents, and the same as the helper takes them."""
    world = world_of(posts)
    made = [
        (one.state.record.id, tuple(index_documents(one.state, world.election, one.tokens)))
        for one in world.posts(0, posts)
    ]
    actions = [
        {"_index": NAME, "_id": mapping.document_id(post_id, number), "version": 1,
         "version_type": "external_gte", "_source": source}
        for post_id, documents in made
        for number, source in enumerate(mapping.sources(post_id, documents))
    ]  # fmt: skip
    return made, actions


def _timed(node: ElasticNode, work: Callable[[], None]) -> Spent:
    here, java = psutil.Process(), psutil.Process(node.pid)
    begun = time.perf_counter(), processor_s(here), processor_s(java)
    work()
    ended = time.perf_counter(), processor_s(here), processor_s(java)
    return Spent(*(after - before for before, after in zip(begun, ended, strict=True)))


def _ours(node: ElasticNode, made: Posts, documents: int, batch: int) -> Spent:
    with TemporaryDirectory(prefix="baqylau-bench-") as folder:
        index = ElasticIndex(Server(f"{node.url}/{NAME}"), writable=True, lock_in=Path(folder))

        def work() -> None:
            for start in range(0, len(made), batch):
                part = made[start : start + batch]
                index.expect([post_id for post_id, _ in part])
                for post_id, bodies in part:
                    index.put(post_id, 1, bodies)
                index.commit()

        try:
            spent = _timed(node, work)
        finally:
            index.close()
    with Elasticsearch(node.url) as client:
        _check(client, f"{NAME}-*", documents)
    return spent


def _helper(node: ElasticNode, actions: Actions, batch: int) -> Spent:
    with Elasticsearch(node.url, request_timeout=120) as client:
        client.indices.create(
            index=NAME, settings=mapping.SETTINGS, mappings=mapping.mappings(),
        )  # fmt: skip

        def work() -> None:
            for start in range(0, len(actions), batch):
                deque(parallel_bulk(client, actions[start : start + batch]), maxlen=0)
                client.indices.refresh(index=NAME)

        spent = _timed(node, work)
        _check(client, NAME, len(actions))
    return spent


def _check(client: Elasticsearch, pattern: str, documents: int) -> None:
    """Both sides brought the same in; then it is removed, so that the next one begins alike."""
    found = client.count(index=pattern)["count"]
    if found != documents:
        raise RuntimeError(f"{found} of {documents} documents are in {pattern}")
    client.indices.delete(index=list(client.indices.get(index=pattern)))
