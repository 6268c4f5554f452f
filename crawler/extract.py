"""Parsing away from the event loop: in a few processes of its own, begun when first needed.

Extraction costs 30 ms a page and holds Python's lock, so threads would not help. A process that
takes too long (a bomb, a pathological page) or dies is replaced, and its page is a ParseError.
A pool of the standard library cannot end one stuck worker, and would import our caller's main
module into each.

Each process is given its next page while it reads one: it would wait 10 to 30 ms for the loop
between two pages, as long as a page takes, while other threads hold the lock of this process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

from core.errors import ParseError
from core.model import Discovery, Post
from crawler.parse_worker import HEAD, parse_here
from crawler.parsers.feed import FeedReading
from crawler.parsers.sitemap import SitemapReading
from crawler.parsers.telegram import TelegramReading

logger = logging.getLogger(__name__)


# Pages that a process has at a time: one that it reads and one that waits for it.
_DEPTH = 2
# Bytes of an answer that is unpacked in a thread: the 10 MB of a full sitemap (50,000 pages) would
# stop the loop for a second.
_LONG = 100_000


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, and whose turn it is to hear it: it answers in the order it was asked."""

    process: Process
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    load: int = 0
    ended: bool = False

    def end(self) -> None:
        """Whoever waits for it asks another one."""
        self.ended = True
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()


class Extractor:
    """The parsers, as coroutines. `workers` is the number of processes; 0 parses in threads."""

    def __init__(self, workers: int, limit_s: float) -> None:
        self._limit_s = limit_s
        self._most = max(workers, 1)
        self._slots = asyncio.Semaphore(self._most * (_DEPTH if workers else 1))
        self._workers: list[_Worker] = []
        self._starting = asyncio.Lock()
        self._in_threads = workers == 0

    async def article(
        self, body: bytes, *, url: str, content_type: str, now: datetime, hint: Discovery | None
    ) -> Post:
        """parse_article; raises ParseError."""
        answer = await self._call(
            "article", body, url=url, content_type=content_type, now=now, hint=hint
        )
        return cast(Post, answer)

    async def feed(self, body: bytes, *, url: str, content_type: str, now: datetime) -> FeedReading:
        """parse_feed; raises ParseError."""
        answer = await self._call("feed", body, url=url, content_type=content_type, now=now)
        return cast(FeedReading, answer)

    async def sitemap(
        self, body: bytes, *, url: str, content_type: str, now: datetime
    ) -> SitemapReading:
        """parse_sitemap; raises ParseError."""
        answer = await self._call("sitemap", body, url=url, content_type=content_type, now=now)
        return cast(SitemapReading, answer)

    async def telegram(
        self, body: bytes, *, url: str, content_type: str, now: datetime
    ) -> TelegramReading:
        """parse_telegram; raises ParseError."""
        answer = await self._call("telegram", body, url=url, content_type=content_type, now=now)
        return cast(TelegramReading, answer)

    async def close(self) -> None:
        """End the processes."""
        while self._workers:
            worker = self._workers.pop()
            worker.end()
            await worker.process.wait()

    async def _call(self, parser: str, body: bytes, *, url: str, **kwargs: object) -> object:
        async with self._slots:
            if self._in_threads:
                answer = await asyncio.to_thread(parse_here, parser, body, {"url": url, **kwargs})
            else:
                answer = await self._ask(parser, body, {"url": url, **kwargs})
        if answer[0] == "parsed":
            return answer[1]
        raise ParseError(url, answer[1])

    async def _ask(self, parser: str, body: bytes, kwargs: dict[str, object]) -> tuple[str, Any]:
        while True:
            worker = await self._least_loaded()
            worker.load += 1
            try:
                answer = await self._answer(worker, (parser, body, kwargs))
            except TimeoutError:
                self._drop(worker)
                return "failed", f"parsing took longer than {self._limit_s:g} s and was ended"
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                ended = worker.ended
                self._drop(worker)
                if ended:
                    continue  # by us, for another page
                logger.warning("a parsing process ended on %s: %s", kwargs["url"], error)
                return "failed", f"the parsing process died on this body ({len(body)} bytes)"
            except BaseException:
                self._drop(worker)
                raise
            worker.load -= 1
            return answer

    async def _answer(self, worker: _Worker, work: object) -> tuple[str, Any]:
        """What it says; the time limit begins when it is done with the page before."""
        stdin, stdout = _pipes(worker.process)
        data = pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
        stdin.write(HEAD.pack(len(data)))
        stdin.write(data)
        async with worker.turn:
            if worker.ended:
                raise EOFError
            return await asyncio.wait_for(_heard(stdin, stdout), self._limit_s)

    async def _least_loaded(self) -> _Worker:
        async with self._starting:
            least = min(self._workers, key=attrgetter("load"), default=None)
            if least is None or (least.load and len(self._workers) < self._most):
                least = _Worker(await _start())
                self._workers.append(least)
            return least

    def _drop(self, worker: _Worker) -> None:
        """The process ends, and another one is begun when it is needed."""
        if worker in self._workers:
            self._workers.remove(worker)
        worker.end()


async def _start() -> Process:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crawler.parse_worker", stdin=PIPE, stdout=PIPE, env=environment,
        # Of a group of its own: Ctrl-C reaches the crawler, which lets the work in flight end.
        start_new_session=True,
    )  # fmt: skip


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    return process.stdin, process.stdout


async def _heard(stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> tuple[str, Any]:
    await stdin.drain()
    (length,) = HEAD.unpack(await stdout.readexactly(HEAD.size))
    answer = await stdout.readexactly(length)
    return _unpacked(answer) if length < _LONG else await asyncio.to_thread(_unpacked, answer)


def _unpacked(answer: bytes) -> tuple[str, Any]:
    return cast("tuple[str, Any]", pickle.loads(answer))  # noqa: S301  from our own process
