"""Innermost: keeps the response as it came, before anything above decompresses or changes it."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from core.ports import Clock
from crawler.transport import HEADS, Heads
from crawler.visit import visit_of
from crawler.wire import Exchange

EXCHANGE = "baqylau_exchange"


class CaptureMiddleware:
    """Leaves an Exchange in the request's meta."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CaptureMiddleware:
        """With the clock of the process."""
        return cls(visit_of(crawler).parts.clock)

    def process_response(self, request: Request, response: Response) -> Response:
        """Scrapy's `body` is still the payload as transferred here, chunks removed."""
        heads: Heads | None = request.meta.pop(HEADS, None)
        if heads is not None:
            request.meta[EXCHANGE] = Exchange(
                url=response.url,
                fetched_at=self._clock.now(),
                request_line=heads.request_line,
                request_headers=heads.request_headers,
                status_line=heads.status_line,
                status=response.status,
                headers=heads.headers,
                payload=response.body,
                ip_address=str(response.ip_address or ""),
            )
        return response
