"""Scrapy runs on Twisted's reactor, and the reactor on an asyncio loop: one loop for everything.

A process has one reactor and runs it once; so this is called once in a process.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from scrapy.utils.reactor import install_reactor
from twisted.python import log as twisted_log

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
