"""Obeys robots.txt with the rules that all crawls share; Scrapy's own asks anew in every crawl."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK

from crawler.failures import fetch_error
from crawler.settings import ROBOTS_AGENT
from crawler.visit import visit_of

_EXEMPT = "baqylau_is_robots"


class RobotsMiddleware:
    """Raises a FetchError for what robots.txt forbids, and where it cannot be asked."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._parts = visit_of(crawler).parts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """One for a crawl; the rules are the process's."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Fetch the rules where they are not known yet, then ask them."""
        if request.meta.get(_EXEMPT):
            return
        parts = urlsplit(request.url)
        rules = await self._parts.robots.rules(f"{parts.scheme}://{parts.netloc}", self._fetch)
        delay = rules.delay(ROBOTS_AGENT)
        if delay is not None:
            self._parts.gate.ask_delay(parts.netloc, delay)
        rules.check(request.url, ROBOTS_AGENT)

    async def _fetch(self, url: str) -> tuple[int, bytes]:
        request = Request(url, priority=1000, meta={_EXEMPT: True}, callback=NO_CALLBACK)
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:
            raise fetch_error(url, error, self._parts.options) from error
        return response.status, response.body
