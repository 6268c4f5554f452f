"""A sitemap, or an index of sitemaps: the pages are chosen once all of them were read."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence

from scrapy import Request
from scrapy.http import Response

from core.errors import ParseError
from core.identity import normalise_url
from core.model import Discovery
from crawler.spiders.base import content_type, require_ok, validators_of
from crawler.spiders.pages import PagesSpider
from crawler.visit import Visit

logger = logging.getLogger(__name__)


class SitemapSpider(PagesSpider):
    """Sitemaps, gzipped ones, indexes, the Google News extension."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit)
        self._waiting = 0
        self._seen: set[str] = set()
        self._found: list[Discovery] = []
        self._unchanged = 0

    async def begin(self) -> AsyncIterator[Request]:
        """The sitemap, then the pages whose second look is due."""
        yield await self._ask_sitemap(self.visit.source.url, 0)
        async for request in self.second_looks():
            yield request

    async def on_sitemap(
        self, response: Response, depth: int, named: str
    ) -> AsyncIterator[Request]:
        """Further sitemaps, or pages."""
        if response.status == 304:
            self._unchanged += 1
        else:
            require_ok(response)
            async for request in self._read(response, depth, named):
                yield request
        if depth == 0:
            self.visit.succeeded = True
        async for request in self._done():
            yield request

    async def on_failed_sitemap(
        self, error: BaseException, depth: int, named: str
    ) -> AsyncIterator[Request]:
        """The others go on without it."""
        async for request in self._done():
            yield request

    async def _read(self, response: Response, depth: int, named: str) -> AsyncIterator[Request]:
        reading = await self.visit.parts.extractor.sitemap(
            response.body, url=response.url, content_type=content_type(response),
            now=self.visit.now(),
        )  # fmt: skip
        for note in reading.notes:
            logger.info("source %s: %s", self.visit.source.id, note)
        if not reading.sitemaps and not reading.discoveries:
            raise ParseError(response.url, "the sitemap names no page")
        self._found += reading.discoveries
        self.visit.remember(named, validators_of(response))
        if reading.sitemaps and depth >= self.visit.parts.options.sitemap_depth:
            raise ParseError(
                response.url, f"an index of sitemaps {depth} indexes deep: not followed"
            )
        for url in self._choose(reading.sitemaps):
            yield await self._ask_sitemap(url, depth + 1)

    def _choose(self, urls: Sequence[str]) -> list[str]:
        """Those not asked for yet, as many as a visit may have, from both ends of the index.

        Some indexes begin with the newest sitemap and some end with it; the middle is the archive.
        """
        fresh = [url for url in dict.fromkeys(urls) if normalise_url(url) not in self._seen]
        room = max(self.visit.parts.options.sitemaps_per_visit - len(self._seen), 0)
        if len(fresh) <= room:
            return fresh
        logger.info("source %s: %d of %d sitemaps are read", self.visit.source.id, room, len(fresh))
        return fresh[: (room + 1) // 2] + fresh[len(fresh) - room // 2 :]

    async def _ask_sitemap(self, url: str, depth: int) -> Request:
        self._seen.add(normalise_url(url))
        self._waiting += 1
        return self.ask(
            url, self.on_sitemap, whole=depth == 0, priority=10,
            validators=await self.visit.validators(url), failed=self.on_failed_sitemap,
            depth=depth, named=url,
        )  # fmt: skip

    async def _done(self) -> AsyncIterator[Request]:
        """Ask for the pages when the last sitemap was read."""
        self._waiting -= 1
        if self._waiting:
            return
        if not self._found and not self._unchanged and self.visit.succeeded:
            error = ParseError(self.visit.source.url, "none of its sitemaps names a page")
            await self.visit.failed(error, whole=True)
        else:
            async for request in self.new_pages(self._found):
                yield request
