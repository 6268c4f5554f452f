"""Searches through the API over a million generated posts, against bare tantivy on the same index.

The API is `baqylau serve`, a process of its own; another one adds posts and commits every two
seconds; this one asks. Each query goes over HTTP and to the library in turn, so that both meet the
same load. One query is for another page each time, so that hardly anything of it was read before.
BENCH_POSTS sets another number of posts, BENCH_SEARCH_S another duration.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console
from rich.progress import Progress

from api.lists import request_for
from api.params import ListQuery, understand
from benchmarks.report import OUT, Figure, free_port, load
from benchmarks.search_bare import Bare
from benchmarks.search_store import Store, built
from benchmarks.search_words import FREQUENT, FREQUENT_RU
from benchmarks.search_world import FIRST, LAST
from benchmarks.search_writer import writing
from core.identity import sort_key
from core.query import SearchRequest
from monitor import wiring

POSTS, SECONDS, FACETS = 1_000_000, 90.0, "kind,region,role,language"
ELSEWHERE = "elsewhere"
# Name, path, parameters. The first is the one that the target is about.
QUERIES: Sequence[tuple[str, str, Mapping[str, str]]] = (
    ("frequent", "/api/posts", {"q": FREQUENT, "facets": FACETS}),
    ("two words", "/api/posts", {"q": f"{FREQUENT} {FREQUENT_RU}", "facets": FACETS}),
    ("phrase", "/api/posts", {"q": f'"дейді {FREQUENT}"', "facets": FACETS}),
    ("either", "/api/posts", {"q": f"{FREQUENT} OR {FREQUENT_RU}", "facets": FACETS}),
    ("filtered", "/api/posts", {"q": FREQUENT, "region": "KZ-75", "kind": "campaigning"}),
    ("one day", "/api/posts", {"q": FREQUENT, "local_day": "2023-03-18", "facets": FACETS}),
    ("rare", "/api/posts", {"q": "арық", "facets": FACETS}),
    ("flags", "/api/flags", {"verdict": "violation", "facets": "rule,verdict,region,kind"}),
)


@dataclass(frozen=True, slots=True)
class Query:
    """One query both ways."""

    name: str
    target: str
    request: SearchRequest


def run(posts: int = 0, seconds: float = 0.0, folder: Path = OUT) -> list[Figure]:
    """Build what is missing, then ask for a while."""
    posts = posts or int(os.environ.get("BENCH_POSTS", POSTS))
    seconds = seconds or float(os.environ.get("BENCH_SEARCH_S", SECONDS))
    folder.mkdir(parents=True, exist_ok=True)
    store = built(folder, posts)
    queries = [cycle([_query(store, *one)]) for one in QUERIES] + [cycle(_elsewhere(store))]
    with writing(folder, posts) as commits, serving(store) as port:
        bare, connection = Bare(store.settings.index_dir), HTTPConnection("127.0.0.1", port)
        before = commits()
        times, total = _ask(queries, connection, bare, seconds)
        rate = (commits() - before) / seconds * 60
    share = total / posts
    Console().print(f"{rate:.0f} commits a minute, load {load()}")
    for name, (here, there) in times.items():
        Console().print(
            f"  {name:10} API p50 {at(here, 0.5):6.1f} p95 {at(here, 0.95):6.1f} ms, "
            f"bare p50 {at(there, 0.5):6.1f} p95 {at(there, 0.95):6.1f} ms, {len(here)} times"
        )
    word = f"a word in {share:.0%} of {posts:,} posts, four facets, newest 50"
    mixed = [both for name, both in times.items() if name != ELSEWHERE]
    api, alone = ([one for both in mixed for one in both[way]] for way in (0, 1))
    return [
        *_figures(word, times["frequent"], "<= 2x; aim 50 ms"),
        *_figures(f"{word}, each time behind another cursor", times[ELSEWHERE], ""),
        *_figures(f"a mix of {len(QUERIES)} queries over {posts:,} posts", (api, alone), ""),
    ]


def _figures(what: str, times: tuple[list[float], list[float]], target: str) -> list[Figure]:
    return [
        Figure("search", f"p{share * 100:.0f} of {what}, 30 commits a minute", at(times[0], share),
               "ms", "bare tantivy", at(times[1], share), target if share == 0.95 else "")
        for share in (0.5, 0.95)
    ]  # fmt: skip


def at(times: Sequence[float], share: float) -> float:
    """The time that so large a share of `times` does not exceed."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def _query(store: Store, name: str, path: str, given: Mapping[str, str]) -> Query:
    """The search that the API makes of a query, made by the API's own functions."""
    listed = {
        key: value if key in {"q", "cursor"} else value.split(",") for key, value in given.items()
    }
    query = ListQuery.model_validate(listed)
    asked = understand(query, store.world.election, wiring.analyzer())
    needs_flags = path == "/api/flags"
    request = request_for(query, asked, "flag" if needs_flags else "post", store.world.election.id)
    return Query(name, f"{path}?{urlencode(given)}", request)


def _elsewhere(store: Store) -> list[Query]:
    """The first query, behind so many cursors that hardly any post is shown twice."""
    rng, (_, path, given) = random.Random(2), QUERIES[0]
    span = (LAST - FIRST) // timedelta(seconds=1)
    keys = (sort_key(int(FIRST.timestamp()) + rng.randrange(span), 0) for _ in range(1_000))
    return [_query(store, ELSEWHERE, path, {**given, "cursor": str(key)}) for key in keys]


def _ask(
    queries: Sequence[Iterator[Query]], connection: HTTPConnection, bare: Bare, seconds: float
) -> tuple[dict[str, tuple[list[float], list[float]]], int]:
    """Milliseconds of every query, through the API and bare, and how many the first one finds.

    The first query is asked every other time. What is asked for the first time is not counted.
    """
    times: dict[str, tuple[list[float], list[float]]] = {}
    for query in map(next, queries):
        times[query.name] = ([], [])
        over_http(connection, query.target)
        bare.ask(query.request)
    total, rng = 0, random.Random(1)
    until = time.monotonic() + seconds
    with Progress() as progress:
        task = progress.add_task("asking", total=seconds)
        while (left := until - time.monotonic()) > 0 or not all(api for api, _ in times.values()):
            query = next(queries[0] if rng.random() < 0.5 else rng.choice(queries))
            bare.reload()
            started = time.perf_counter()
            over_http(connection, query.target)
            asked = time.perf_counter()
            found = bare.ask(query.request)
            times[query.name][0].append((asked - started) * 1000)
            times[query.name][1].append((time.perf_counter() - asked) * 1000)
            total = found if query.name == QUERIES[0][0] else total
            progress.update(task, completed=seconds - left)
    return times, total


def over_http(connection: HTTPConnection, target: str) -> bytes:
    """The body of an answer. Raises RuntimeError where it is none."""
    connection.request("GET", target)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{target}: {answer.status} {body[:500]!r}")
    return body


@contextmanager
def serving(store: Store, **others: str) -> Iterator[int]:
    """`baqylau serve` over the store, with other settings where they are given; its port."""
    port = free_port()
    log = store.settings.data / f"serve-{port}.log"
    settings = {"BAQYLAU_PORT": str(port), "BAQYLAU_DATA": str(store.settings.data), **others}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", "serve"],
            env={**os.environ, **settings}, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait_until_ready(process, port, log)
            yield port
        finally:
            process.terminate()
            process.wait(30)
            log.unlink()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        try:
            connection = HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the API does not answer:\n{log.read_text()[-2000:]}")
