"""Pages a second of the real crawl service against a plain loop over the same pages in memory.

The plain loop is trafilatura.extract, SHA-256 and a warcio record, in as many processes as the
crawl parses in. The crawl fetches the pages over HTTP besides, reads dates, authors and links, and
keeps posts and evidence in the archive. Both start warm: processes running, libraries imported.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console

from benchmarks.crawl_plain import plain
from benchmarks.crawl_service import crawl
from benchmarks.pages import PAUSE_PATH, article_pages, serving
from benchmarks.report import OUT, Figure, load

COPIES = 5
# The first is what the service starts with unless told otherwise, the second fills two cores.
WORKERS = (1, 2)


def run(
    *, limit: int | None = None, copies: int = COPIES, workers: Sequence[int] = WORKERS
) -> list[Figure]:
    """Plain, crawl, plain again, for each number of parsing processes."""
    console = Console()
    what, pages = article_pages(limit)
    OUT.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    with serving(pages, copies) as port, tempfile.TemporaryDirectory(dir=OUT) as folder:
        for count in workers:
            before, used = plain(pages, copies, count, Path(folder))
            with urlopen(f"http://127.0.0.1:{port}{PAUSE_PATH}"):  # from here on
                crawled = crawl(port, copies, count, Path(folder))
            with urlopen(f"http://127.0.0.1:{port}{PAUSE_PATH}") as answer:
                idle_pause = float(answer.read())
            after, used_again = plain(pages, copies, count, Path(folder))
            total = len(pages) * copies
            console.print(
                f"{what} x {copies}, {count} parsing: crawl {crawled.seconds:.1f} s "
                f"({crawled.posts} posts, {crawled.gaps} gaps), plain {before:.1f} and "
                f"{after:.1f} s, load {load()}"
            )
            named = f"{what}, parsing in {count}"
            figures += [
                Figure("crawl", named, total / crawled.seconds, "pages/s",
                       f"plain loop in {count}", 2 * total / (before + after), ">= 0.8x"),
                Figure("crawl", f"longest pause of the event loop, parsing in {count}",
                       crawled.longest_pause_s * 1000, "ms", "a loop that only serves the pages",
                       idle_pause * 1000, "<= 100 ms"),
                Figure("crawl", f"processor time a page, parsing in {count}",
                       crawled.cpu_s / total * 1000, "ms", "plain loop",
                       (used + used_again) / total / 2 * 1000, ""),
            ]  # fmt: skip
    return figures
