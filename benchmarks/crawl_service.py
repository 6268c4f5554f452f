"""One crawl by the real service, in a process of its own: a process runs one reactor, once."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from benchmarks.heartbeat import Heartbeat
from config.settings import read_settings
from core.election import AccountRef
from core.model import Account, Source
from crawler.reactor import run_on_reactor
from crawler.service import Service
from monitor import wiring


@dataclass(frozen=True, slots=True)
class Crawled:
    """What came of one crawl."""

    seconds: float
    posts: int
    gaps: int
    longest_pause_s: float
    cpu_s: float


def crawl(port: int, copies: int, workers: int, folder: Path) -> Crawled:
    """Crawl all sitemaps of `benchmarks.pages` on that port into an archive of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_crawl_here, port, copies, workers, folder).result()


def _crawl_here(port: int, copies: int, workers: int, folder: Path) -> Crawled:
    with tempfile.TemporaryDirectory(dir=folder) as data:
        return run_on_reactor(partial(_crawl, port, copies, workers, Path(data)))


async def _crawl(port: int, copies: int, workers: int, data: Path, stop: asyncio.Event) -> Crawled:
    settings = read_settings(
        data=data, allow_private=(f"127.0.0.1:{port}",), delay_s=0.0, parse_workers=workers
    )
    archive = wiring.open_archive(settings)
    parts = wiring.crawl_parts(settings, archive, wiring.election_of(settings))
    service, heart = Service(parts, wiring.worker_name()), Heartbeat()
    beating = asyncio.create_task(heart.run())
    try:
        archive.register_sources([_source(port, "warm")], parts.clock.now())
        await service.run_once(stop)
        sources = [_source(port, str(number)) for number in range(copies)]
        archive.register_sources(sources, parts.clock.now())
        heart.take()
        started, used = time.perf_counter(), _cpu_s()
        reports = await service.run_once(stop)
        seconds, used = time.perf_counter() - started, _cpu_s() - used
    finally:
        beating.cancel()
        await parts.close()
        archive.close()
    posts, gaps = sum(one.new for one in reports), sum(one.page_gaps for one in reports)
    return Crawled(seconds, posts, gaps, heart.take(), used)


def _cpu_s() -> float:
    """Processor time of this process and of those that parse for it."""
    here = psutil.Process()
    times = [one.cpu_times() for one in (here, *here.children())]
    return sum(one.user + one.system for one in times)


def _source(port: int, name: str) -> Source:
    url = f"http://127.0.0.1:{port}/{name}/sitemap.xml"
    account = Account(AccountRef("web", f"{name}.bench"), role="media")
    return Source(f"bench-{name}", "sitemap", url, account, "ru", 100.0)
