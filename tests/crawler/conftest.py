"""The real crawler in this process: its one reactor runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crawl_site import Site
from crawl_world import ReactorThread, World

from core.store.sql_archive import open_archive
from crawler.cadence import Cadence
from crawler.reactor import run_on_reactor
from crawler.settings import CrawlOptions


@pytest.fixture(scope="session")
def reactor_thread() -> Iterator[ReactorThread]:
    ready = threading.Event()
    found: dict[str, Any] = {}

    async def main(stop: asyncio.Event) -> None:
        found.update(loop=asyncio.get_running_loop(), stop=stop)
        ready.set()
        await stop.wait()

    thread = threading.Thread(target=run_on_reactor, args=(main,), kwargs={"signals": False})
    thread.start()
    assert ready.wait(20)
    yield ReactorThread(found["loop"])
    found["loop"].call_soon_threadsafe(found["stop"].set)
    thread.join(20)


@pytest.fixture
def world(tmp_path: Path, reactor_thread: ReactorThread) -> Iterator[World]:
    """Everything on loopback, allowed, parsing in threads; no chance in the cadence."""
    archive = open_archive(f"sqlite:///{tmp_path / 'archive.sqlite3'}")
    with Site() as site:
        options = CrawlOptions(
            allow_private=(site.netloc,), parse_workers=0, cadence=Cadence(jitter=0.0)
        )
        yield World(reactor_thread, tmp_path, archive, site, options=options)
    archive.close()
