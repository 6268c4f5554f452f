"""Innermost but one: a request waits for its host's turn; 429 and 503 make all requests wait."""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.hosts import retry_after
from crawler.visit import visit_of

logger = logging.getLogger(__name__)

# Where a 429 names no time: a minute, as its wait is the server's own admission of too much.
_UNNAMED = timedelta(seconds=60)


class HostMiddleware:
    """Turns of the shared gate, and its closing."""

    def __init__(self, crawler: Crawler) -> None:
        self._visit = visit_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HostMiddleware:
        """One for a crawl; the gate is the process's."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for the host's turn."""
        netloc = urlsplit(request.url).netloc.lower()
        await self._visit.parts.gate.turn(netloc, request.url, self._visit.stopping)

    def process_response(self, request: Request, response: Response) -> Response:
        """Close the gate for as long as the host asks."""
        wait = self._asked_wait(response)
        if wait is not None:
            netloc = urlsplit(request.url).netloc.lower()
            until = self._visit.parts.gate.block(netloc, wait)
            self._visit.wait_until(until)
            logger.warning("%s answered %d: left alone until %s", netloc, response.status, until)
        return response

    def _asked_wait(self, response: Response) -> timedelta | None:
        if response.status not in {429, 503}:
            return None
        date = (response.headers.get("Date") or b"").decode("latin-1")
        value = (response.headers.get("Retry-After") or b"").decode("latin-1")
        asked = retry_after(value, date, self._visit.parts.clock.now())
        return asked if asked is not None or response.status == 503 else _UNNAMED
