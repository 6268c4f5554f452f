"""A feed: its entries name pages, which are fetched; an entry without a page is the post itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from scrapy import Request
from scrapy.http import Response

from core.errors import ParseError
from crawler.spiders.base import capture, content_type, require_ok, validators_of
from crawler.spiders.pages import PagesSpider, by_address

logger = logging.getLogger(__name__)


class FeedSpider(PagesSpider):
    """RSS, Atom, JSON Feed."""

    async def begin(self) -> AsyncIterator[Request]:
        """The feed, then the pages whose second look is due."""
        url = self.visit.source.url
        yield self.ask(
            url, self.on_feed, whole=True, priority=10, validators=await self.visit.validators(url)
        )
        async for request in self.second_looks():
            yield request

    async def on_feed(self, response: Response) -> AsyncIterator[Request]:
        """Save what has no page of its own, ask for the pages that are new."""
        if response.status == 304:
            self.visit.succeeded = True
            return
        require_ok(response)
        reading = await self.visit.parts.extractor.feed(
            response.body, url=response.url, content_type=content_type(response),
            now=self.visit.now(),
        )  # fmt: skip
        for note in reading.notes:
            logger.info("source %s: %s", self.visit.source.id, note)
        if not reading.posts and not reading.discoveries:
            raise ParseError(response.url, "the feed has no entry")
        pages = await asyncio.to_thread(by_address, reading.discoveries)
        own = [
            post
            for post in reading.posts
            if post.native_id not in pages and (post.text or post.title)
        ]
        await self.visit.save(own, capture(response), look_again=False)
        self.visit.succeeded = True
        self.visit.remember(self.visit.source.url, validators_of(response))
        async for request in self.new_pages(reading.discoveries):
            yield request
