"""Parsing away from the event loop: in a few processes of its own, begun when first needed.

Extraction costs 30 ms a page and holds Python's lock, so threads would not help. A process that
takes too long (a bomb, a pathological page) or dies is replaced, and its page is a ParseError.
A pool of the standard library cannot end one stuck worker, and would import our caller's main
module into each.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from datetime import datetime
from typing import Any, cast

from core.errors import ParseError
from core.model import Discovery, Post
from crawler.parse_worker import HEAD, parse_here
from crawler.parsers.feed import FeedReading
from crawler.parsers.sitemap import SitemapReading
from crawler.parsers.telegram import TelegramReading

logger = logging.getLogger(__name__)


class Extractor:
    """The parsers, as coroutines. `workers` is the number of processes; 0 parses in threads."""

    def __init__(self, workers: int, limit_s: float) -> None:
        self._limit_s = limit_s
        self._slots = asyncio.Semaphore(max(workers, 1))
        self._idle: list[Process] = []
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
        while self._idle:
            await _end(self._idle.pop())

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
        worker = self._idle.pop() if self._idle else await _start()
        try:
            answer = await asyncio.wait_for(
                _exchange(worker, (parser, body, kwargs)), self._limit_s
            )
        except TimeoutError:
            await _end(worker)
            return "failed", f"parsing took longer than {self._limit_s:g} s and was ended"
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            await _end(worker)
            logger.warning("a parsing process ended on %s: %s", kwargs["url"], error)
            return "failed", f"the parsing process died on this body ({len(body)} bytes)"
        except BaseException:
            worker.kill()
            raise
        self._idle.append(worker)
        return answer


async def _start() -> Process:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crawler.parse_worker", stdin=PIPE, stdout=PIPE, env=environment,
        # Of a group of its own: Ctrl-C reaches the crawler, which lets the work in flight end.
        start_new_session=True,
    )  # fmt: skip


async def _exchange(worker: Process, work: object) -> tuple[str, Any]:
    assert worker.stdin is not None  # noqa: S101
    assert worker.stdout is not None  # noqa: S101
    data = pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
    worker.stdin.write(HEAD.pack(len(data)))
    worker.stdin.write(data)
    await worker.stdin.drain()
    (length,) = HEAD.unpack(await worker.stdout.readexactly(HEAD.size))
    answer = await worker.stdout.readexactly(length)
    return cast("tuple[str, Any]", pickle.loads(answer))  # noqa: S301  from our own process


async def _end(worker: Process) -> None:
    if worker.returncode is None:
        try:
            worker.kill()
        except ProcessLookupError:
            return
    await worker.wait()
