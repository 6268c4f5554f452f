"""A public Telegram channel by its preview: the newest page, older ones up to known posts.

What is between the smallest and the largest number of a page and is not on it is gone. Pages are
saved oldest first, at the end, so that a crash leaves no hole behind a known newer post.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.http import Response

from core.errors import ParseError
from core.ports import LivePost
from crawler.failures import fetch_error, is_settled
from crawler.parsers.telegram import TelegramReading
from crawler.sink import Capture
from crawler.spiders.base import BaqylauSpider, capture, content_type, require_ok
from crawler.visit import Visit

logger = logging.getLogger(__name__)

# A page shows about 20 messages; so many numbers above a post leave room for it and its followers.
_ABOVE = 10
_LIVE = 2_000
_LOOK_PAGES = 10


class TelegramSpider(BaqylauSpider):
    """t.me/s/<channel>."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit)
        self._pages: list[tuple[TelegramReading, Capture]] = []
        self._looks: dict[int, LivePost] = {}
        self._look_pages = 0
        self._live: Sequence[LivePost] | None = None

    async def begin(self) -> AsyncIterator[Request]:
        """The newest page; what is due for a second look is asked for when that was saved."""
        yield self.ask(
            preview_url(self.visit.source.url), self.on_newest, whole=True, failed=self.on_failed
        )

    async def on_newest(self, response: Response) -> AsyncIterator[Request]:
        """The newest page. Everything known on it means that nothing older is missing."""
        reading = await self._read(response)
        self.visit.succeeded = True
        resume = self.visit.parts.unfinished.pop(self.visit.source.id, None)
        if await self._reaches_known(reading):
            # An older page was cut off the last time: go on there.
            further = self._older(resume) if resume else None
        else:
            further = self._older(reading.before)
        async for request in self._on(further):
            yield request

    async def on_older(self, response: Response, page: str) -> AsyncIterator[Request]:
        """An older page; the end of the channel is no error."""
        reading = await self._read(response)
        further = None if await self._reaches_known(reading) else self._older(reading.before)
        async for request in self._on(further):
            yield request

    async def on_failed(self, error: BaseException, page: str = "") -> AsyncIterator[Request]:
        """Save the pages that came, and remember where to go on if that may work later."""
        if not page:
            return
        if not is_settled(fetch_error(page, error, self.visit.parts.options)):
            self.visit.parts.unfinished[self.visit.source.id] = page
        async for request in self._on(None):
            yield request

    async def on_look(self, response: Response, look: LivePost) -> AsyncIterator[Request]:
        """A page around posts whose second look is due."""
        reading = await self._read(response)
        (_reading, seen) = self._pages.pop()
        await self._save(reading, seen)
        self._looks.pop(_number(look.native_id), None)
        async for request in self._next_look():
            yield request
        await self.visit.looked([look])

    async def on_failed_look(self, error: BaseException, look: LivePost) -> AsyncIterator[Request]:
        """The next look is due as if this one had been."""
        self._looks.pop(_number(look.native_id), None)
        await self.visit.looked([look])
        async for request in self._next_look():
            yield request

    async def _read(self, response: Response) -> TelegramReading:
        require_ok(response)
        reading = await self.visit.parts.extractor.telegram(
            response.body, url=response.url, content_type=content_type(response),
            now=self.visit.now(),
        )  # fmt: skip
        for note in reading.notes:
            logger.info("source %s: %s", self.visit.source.id, note)
        if not self._pages and not reading.posts:
            raise ParseError(response.url, "the page has no message of the channel's own")
        self._pages.append((reading, capture(response)))
        return reading

    async def _reaches_known(self, reading: TelegramReading) -> bool:
        names = [name for post in reading.posts for name in (post.native_id, *post.aliases)]
        return bool(await asyncio.to_thread(self.visit.parts.archive.known, "telegram", names))

    def _older(self, url: str | None) -> Request | None:
        """The request for the older page, within what a visit may have."""
        options = self.visit.parts.options
        first = self.visit.claim.last_success is None
        most = options.telegram_first_pages if first else options.telegram_pages
        if url is None:
            return None
        if len(self._pages) >= most:
            if not first:
                self.visit.parts.unfinished[self.visit.source.id] = url
                self.visit.backlog += 1
            return None
        return self.ask(url, self.on_older, failed=self.on_failed, page=url)

    async def _on(self, further: Request | None) -> AsyncIterator[Request]:
        """Go on, or save everything, oldest page first, and turn to the second looks."""
        if further is not None:
            yield further
            return
        await self._load_looks()
        while self._pages:
            await self._save(*self._pages.pop())
        async for request in self._next_look():
            yield request

    async def _load_looks(self) -> None:
        visit = self.visit
        due = await asyncio.to_thread(
            visit.parts.archive.due_looks,
            visit.source.id, visit.now(), limit=visit.parts.options.looks_per_visit * 20,
        )  # fmt: skip
        self._looks = {_number(look.native_id): look for look in due}

    async def _save(self, reading: TelegramReading, seen: Capture) -> None:
        """Save a page, then say who is missing on it."""
        within = range(reading.smallest, reading.largest + 1)
        looked = [self._looks.pop(number) for number in list(self._looks) if number in within]
        saved = await self.visit.save(reading.posts, seen, looks=looked)
        present = {one.post_id for one in saved}
        # A channel that took another name shows its old posts under new ids: nothing is gone then.
        handles = {_handle(post.native_id) for post in reading.posts}
        missing = [
            live
            for live in await self._live_posts()
            if reading.smallest < _number(live.native_id) < reading.largest
            and _handle(live.native_id) in handles
            and live.post_id not in present
        ]
        await self.visit.gone_posts(missing, seen)

    async def _live_posts(self) -> Sequence[LivePost]:
        """As they were before this visit: what it saves itself is not missing."""
        if self._live is None:
            self._live = await asyncio.to_thread(
                self.visit.parts.archive.live_posts, self.visit.source.id, limit=_LIVE
            )
        return self._live

    async def _next_look(self) -> AsyncIterator[Request]:
        """The page that shows the newest post still to be looked at, and others with it."""
        if not self._looks or self._look_pages >= _LOOK_PAGES or self.visit.stopping.is_set():
            return
        self._look_pages += 1
        number = max(self._looks)
        yield self.ask(
            f"{preview_url(self.visit.source.url)}?before={number + _ABOVE}", self.on_look,
            failed=self.on_failed_look, look=self._looks[number],
        )  # fmt: skip


def preview_url(url: str) -> str:
    """The preview's address: t.me/<channel> is the contact page, t.me/s/<channel> shows posts."""
    parts = urlsplit(url)
    path = parts.path
    if parts.hostname in {"t.me", "telegram.me"} and not path.startswith("/s/"):
        path = f"/s{path}"
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))


def _handle(native_id: str) -> str:
    return native_id.rpartition("/")[0].lower()


def _number(native_id: str) -> int:
    """The message number of `channel/number`; 0 where there is none."""
    digits = native_id.rpartition("/")[2]
    return int(digits) if digits.isdecimal() and len(digits) < 19 else 0
