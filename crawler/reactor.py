"""Scrapy runs on Twisted's reactor, and the reactor on an asyncio loop: one loop for everything.

A process has one reactor and runs it once; so this is called once in a process.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from scrapy.settings import Settings
from scrapy.utils.misc import load_object
from scrapy.utils.reactor import install_reactor
from twisted.python import log as twisted_log

from crawler.settings import CrawlOptions, scrapy_settings

T = TypeVar("T")
REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


def run_on_reactor(main: Callable[[asyncio.Event], Awaitable[T]], *, signals: bool = True) -> T:
    """Run `main(stop)` on a new loop under the reactor and return what it returns.

    With `signals`, Ctrl-C and SIGTERM set `stop`; a second one ends the process at once.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    install_reactor(REACTOR)
    from twisted.internet import reactor as installed  # noqa: PLC0415  importing it installs one

    reactor: Any = installed

    preload()
    settle()
    quiet_logs()
    done: asyncio.Future[T] = loop.create_future()

    async def run() -> None:
        stop = asyncio.Event()
        if signals:
            _listen(loop, stop)
        try:
            done.set_result(await main(stop))
        except BaseException as error:  # raised again below
            done.set_exception(error)
        finally:
            reactor.callLater(0, reactor.stop)

    reactor.callWhenRunning(lambda: loop.create_task(run()))
    reactor.run(installSignalHandlers=False)
    return done.result()


def settle() -> None:
    """What is there now stays: looked through by each full collection, it stops the loop for 0.3 s,
    and what an archive brings with it for 0.1 s more.
    """
    gc.collect()
    gc.freeze()


def preload() -> None:
    """Import now what Scrapy would import by name in the first crawl: 0.3 s of a stopped loop."""
    settings = Settings(scrapy_settings(CrawlOptions()))
    names = [
        settings[key]
        for key in (
            "SCHEDULER", "SCHEDULER_PRIORITY_QUEUE", "SCHEDULER_MEMORY_QUEUE", "DUPEFILTER_CLASS",
            "DOWNLOADER", "STATS_CLASS", "LOG_FORMATTER", "REQUEST_FINGERPRINTER_CLASS",
            "ITEM_PROCESSOR", "SPIDER_LOADER_CLASS",
        )
    ]  # fmt: skip
    for key in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS", "DOWNLOAD_HANDLERS"):
        chosen = settings.getwithbase(key)
        names += [
            name
            for one, place in chosen.items()
            for name in (one, place)
            if place is not None and isinstance(name, str) and "." in name
        ]
    for name in names:
        load_object(name)


def quiet_logs() -> None:
    """Scrapy tells of each crawl's settings and extensions; a crawl here is a poll of a source."""
    logging.getLogger("scrapy").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    # The size of a refused page is said by the gap that it leaves.
    logging.getLogger("scrapy.core.downloader.handlers.http11").setLevel(logging.ERROR)
    logging.getLogger("scrapy.downloadermiddlewares.httpcompression").setLevel(logging.ERROR)
    logging.getLogger("twisted").setLevel(logging.ERROR)
    twisted_log.PythonLoggingObserver("twisted").start()  # type: ignore[no-untyped-call]


def _listen(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def asked(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)  # the next one does what it does to any program

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number)
