"""A fixed page: read at each visit, so edits and its end are seen as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from scrapy import Request
from scrapy.http import Response

from core.identity import normalise_url, post_id
from core.ports import LivePost
from crawler.failures import HttpStatus
from crawler.spiders.base import BaqylauSpider, capture, redirects, require_ok


class ArticleSpider(BaqylauSpider):
    """One page, named by the source."""

    async def begin(self) -> AsyncIterator[Request]:
        """The page."""
        url = self.visit.source.url
        yield self.ask(
            url, self.on_article, whole=True, validators=await self.visit.validators(url)
        )

    async def on_article(self, response: Response) -> AsyncIterator[Request]:
        """The page as it stands now."""
        if response.status == 304:
            await self._touch()
        elif response.status in {404, 410} and not redirects(response):
            await self.visit.gone_posts(await self._known(), capture(response))
            raise HttpStatus(response.url, response.status)
        else:
            require_ok(response)
            async for request in self.on_page(response, None, is_new=False):
                yield request
        self.visit.succeeded = True

    async def _touch(self) -> None:
        for post in await self._known():
            await self.visit.parts.sink.touch(self.visit.source.id, post.post_id, self.visit.now())
            self.visit.unchanged += 1

    async def _known(self) -> list[LivePost]:
        """The page's post, where it is known; its validators are saved under its final URL."""
        found = await asyncio.to_thread(
            self.visit.parts.archive.live_posts, self.visit.source.id, limit=100
        )
        wanted = post_id("web", normalise_url(self.visit.source.url))
        return [post for post in found if post.post_id == wanted] or found[:1]
