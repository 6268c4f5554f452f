"""What all spiders share: requests whose every failure becomes a gap, and second looks at pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from core.errors import BaqylauError, FetchError, ParseError
from core.identity import normalise_url
from core.model import Discovery, Post
from core.ports import LivePost, Validators
from crawler.failures import HttpStatus, RefusedForGood, fetch_error, is_settled
from crawler.middlewares.capture import EXCHANGE
from crawler.sink import Capture
from crawler.visit import Visit

logger = logging.getLogger(__name__)

Handler = Callable[..., AsyncIterator[Request]]


class BaqylauSpider(scrapy.Spider):
    """One visit to one source. Subclasses write `begin` and handlers, each an async generator.

    A handler gets the response and what `ask` was given; a FetchError it raises becomes a gap.
    """

    visit: Visit

    def __init__(self, visit: Visit, **kwargs: Any) -> None:
        super().__init__(name=visit.source.id, **kwargs)
        self.visit = visit

    async def start(self) -> AsyncIterator[Request]:
        """The first requests. A URL that cannot be asked for is a gap as well."""
        if self.visit.stopping.is_set():
            return
        try:
            self.visit.parts.addresses.check_url(self.visit.source.url)
            async for request in self.begin():
                yield request
        except Exception as error:  # see _failed
            await self._failed(self.visit.source.url, error, whole=True)

    def begin(self) -> AsyncIterator[Request]:
        """The requests a visit begins with."""
        raise NotImplementedError

    def ask(
        self,
        url: str,
        handler: Handler,
        *,
        whole: bool = False,
        validators: Validators | None = None,
        priority: int = 0,
        failed: Handler | None = None,
        **given: Any,
    ) -> Request:
        """A request. `whole` says that its failure is the source's; `failed` is told of one."""
        headers = {}
        if validators is not None and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators is not None and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        told = {"whole": whole, "failed": failed, "given": given}
        try:
            request = Request(
                url, headers=headers, priority=priority, callback=self.answered,
                errback=self.unanswered, cb_kwargs={"handler": handler, **told}, dont_filter=True,
            )  # fmt: skip
        except ValueError as error:
            raise FetchError(url, f"not a URL that can be asked for: {error}") from error
        self.visit.unanswered += 1
        return request

    async def answered(
        self,
        response: Response,
        handler: Handler,
        whole: bool,
        failed: Handler | None,
        given: dict[str, Any],
    ) -> AsyncIterator[Request]:
        """Every response comes here."""
        try:
            async for request in handler(response, **given):
                yield request
        except Exception as error:  # see _failed
            await self._failed(response.url, error, whole=whole)
            if failed is not None:
                async for request in failed(error, **given):
                    yield request
        self.visit.unanswered -= 1

    async def unanswered(self, failure: Failure) -> AsyncIterator[Request]:
        """Every request that brought no response comes here."""
        request: Request = failure.request  # type: ignore[attr-defined]
        told, error = request.cb_kwargs, failure.value
        assert error is not None  # noqa: S101
        await self._failed(request.url, error, whole=told["whole"])
        if told["failed"] is not None:
            async for further in told["failed"](error, **told["given"]):
                yield further
        self.visit.unanswered -= 1

    async def _failed(self, url: str, error: BaseException, *, whole: bool) -> None:
        """Whatever went wrong is a gap with a reason; what nobody foresaw is logged in full too."""
        if not isinstance(error, BaqylauError) and "scrapy" not in type(error).__module__:
            logger.error("source %s: %s", self.visit.source.id, url, exc_info=error)
        await self.visit.failed(fetch_error(url, error, self.visit.parts.options), whole=whole)

    # pages

    async def second_looks(self) -> AsyncIterator[Request]:
        """Requests for the pages whose second look is due."""
        visit = self.visit
        due = await asyncio.to_thread(
            visit.parts.archive.due_looks,
            visit.source.id, visit.now(), limit=visit.parts.options.looks_per_visit,
        )  # fmt: skip
        for look in [*due, *visit.vanished()]:
            if urlsplit(look.url).scheme not in {"http", "https"}:
                continue
            validators = await visit.validators(look.url)
            yield self.ask(
                look.url, self.on_look, validators=validators, priority=-1,
                failed=self.on_failed_look, look=look,
            )  # fmt: skip

    async def on_page(
        self, response: Response, hint: Discovery | None, is_new: bool
    ) -> AsyncIterator[Request]:
        """A page that an index named; `is_new` where it was not known when it was asked for."""
        require_ok(response)
        post = await self.read_page(response, hint)
        names = [response.url, *redirects(response)]
        await self.visit.save([post], capture(response), names=names, is_new=is_new)
        for name in names:
            self.visit.parts.setbacks.clear(normalise_url(name))
        await self._save_page_validators(response)
        return
        yield  # a generator, as all handlers are

    async def on_failed_page(
        self, error: BaseException, hint: Discovery, is_new: bool
    ) -> AsyncIterator[Request]:
        """Leave the page alone for a while."""
        settled = is_settled(fetch_error(hint.url, error, self.visit.parts.options))
        self.visit.parts.setbacks.note(normalise_url(hint.url), self.visit.now(), settled=settled)
        return
        yield

    async def on_look(self, response: Response, look: LivePost) -> AsyncIterator[Request]:
        """A page that is known: unchanged, edited, or gone."""
        moved = redirects(response)
        if response.status == 304:
            await self.visit.parts.sink.touch(self.visit.source.id, look.post_id, self.visit.now())
            self.visit.unchanged += 1
            await self.visit.looked([look])
            return
        if response.status in {404, 410} and not moved:
            await self.visit.gone_page(look, capture(response))
            return
        self.visit.parts.vanished.get(self.visit.source.id, {}).pop(look.post_id, None)
        require_ok(response)
        post = await self.read_page(response, None)
        if moved and not _leads_home(post, look):
            raise FetchError(look.url, f"redirects to another page, {response.url}")
        await self.visit.save([post], capture(response), names=[look.url], looks=[look])
        await self._save_page_validators(response)
        return
        yield

    async def on_failed_look(self, error: BaseException, look: LivePost) -> AsyncIterator[Request]:
        """The next look is due as if this one had been."""
        await self.visit.looked([look])
        return
        yield

    async def read_page(self, response: Response, hint: Discovery | None) -> Post:
        """The post of an article page."""
        if redirects(response) and urlsplit(response.url).path in {"", "/"}:
            raise RefusedForGood(redirects(response)[0], "redirects to the front page")
        return await self.visit.parts.extractor.article(
            response.body, url=response.url, content_type=content_type(response),
            now=self.visit.now(), hint=hint,
        )  # fmt: skip

    async def _save_page_validators(self, response: Response) -> None:
        """At once: what came with them was saved."""
        found = validators_of(response)
        if found != Validators():
            archive = self.visit.parts.archive
            await asyncio.to_thread(archive.save_validators, normalise_url(response.url), found)


def require_ok(response: Response) -> None:
    """Raise for every status but 200 and 203: what came is not what was asked for."""
    if 300 <= response.status < 400 and response.status != 304:
        target = (response.headers.get("Location") or b"").decode("latin-1")
        raise RefusedForGood(response.url, f"redirects to {target or 'nowhere'}: not followed")
    if response.status not in {200, 203}:
        raise HttpStatus(response.url, response.status)


def capture(response: Response) -> Capture:
    """The capture of a response, the same one each time it is asked for."""
    found = response.meta.get("baqylau_capture")
    if found is None:
        exchange = response.meta.get(EXCHANGE)
        if exchange is None:
            raise ParseError(response.url, "the response was not captured")
        found = response.meta["baqylau_capture"] = Capture(exchange)
    assert isinstance(found, Capture)  # noqa: S101
    return found


def content_type(response: Response) -> str:
    """The Content-Type header as text."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def redirects(response: Response) -> list[str]:
    """The URLs that led here, first asked first."""
    return list(response.meta.get("redirect_urls", []))


def validators_of(response: Response) -> Validators:
    """What the server gave for asking again."""
    return Validators(
        etag=(response.headers.get("ETag") or b"").decode("latin-1"),
        last_modified=(response.headers.get("Last-Modified") or b"").decode("latin-1"),
    )


def _leads_home(post: Post, look: LivePost) -> bool:
    """True where a redirect ended at the post that was looked for."""
    return look.native_id in {post.native_id, *post.aliases}
