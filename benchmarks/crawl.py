"""Pages a second of the real crawl service against a plain loop over the same pages in memory.

The plain loop is trafilatura.extract, SHA-256 and a warcio record, in as many processes as the
crawl parses in. The crawl fetches the pages over HTTP besides, reads dates, authors and links, and
keeps posts and evidence in the archive. Both start warm: processes running, libraries imported.
They take turns, and the median turn of each counts; of the pauses the longest of all turns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from rich.console import Console

from benchmarks.crawl_plain import plain
from benchmarks.crawl_service import Crawled, crawl
from benchmarks.pages import PAUSE_PATH, article_pages, serving
from benchmarks.report import OUT, Figure, load

COPIES, ROUNDS = 5, 5
# The first is what the service starts with unless told otherwise, the second fills two cores.
WORKERS = (1, 2)


def run(
    *,
    limit: int | None = None,
    copies: int = COPIES,
    workers: Sequence[int] = WORKERS,
    rounds: int = ROUNDS,
) -> list[Figure]:
    """The crawl and the plain loop in turn, for each number of parsing processes."""
    what, pages = article_pages(limit)
    OUT.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    with serving(pages, copies) as port, tempfile.TemporaryDirectory(dir=OUT) as folder:
        for count in workers:
            turns = [_turn(pages, copies, count, port, Path(folder)) for _ in range(rounds)]
            figures += _figures(f"{what}, parsing in {count}", turns, len(pages) * copies, count)
    return figures


@dataclass(frozen=True, slots=True)
class _Turn:
    crawl: Crawled
    idle_pause_s: float
    plain_s: float
    plain_cpu_s: float


def _turn(pages: Sequence[bytes], copies: int, count: int, port: int, folder: Path) -> _Turn:
    _longest_pause(port)  # from here on
    crawled = crawl(port, copies, count, folder)
    idle_pause = _longest_pause(port)
    turn = _Turn(crawled, idle_pause, *plain(pages, copies, count, folder))
    Console().print(
        f"{count} parsing: crawl {crawled.seconds:.1f} s ({crawled.posts} posts, {crawled.gaps} "
        f"gaps), pause {crawled.longest_pause_s * 1000:.0f} ms, plain {turn.plain_s:.1f} s, "
        f"load {load()}"
    )
    return turn


def _figures(named: str, turns: Sequence[_Turn], total: int, count: int) -> list[Figure]:
    return [
        Figure("crawl", named, total / median(one.crawl.seconds for one in turns), "pages/s",
               f"plain loop in {count}", total / median(one.plain_s for one in turns), ">= 0.8x"),
        Figure("crawl", f"longest pause of the event loop, parsing in {count}",
               max(one.crawl.longest_pause_s for one in turns) * 1000, "ms",
               "a loop that only serves the pages",
               max(one.idle_pause_s for one in turns) * 1000, "<= 100 ms"),
        Figure("crawl", f"processor time a page, parsing in {count}",
               median(one.crawl.cpu_s for one in turns) / total * 1000, "ms", "plain loop",
               median(one.plain_cpu_s for one in turns) / total * 1000, ""),
    ]  # fmt: skip


def _longest_pause(port: int) -> float:
    """Seconds that the loop of the serving process stood still, since it was asked last."""
    with urlopen(f"http://127.0.0.1:{port}{PAUSE_PATH}") as answer:
        return float(answer.read())
