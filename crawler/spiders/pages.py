"""Which of the pages that an index named are fetched, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scrapy import Request

from core.errors import InvalidInput
from core.identity import normalise_url
from core.model import Discovery
from core.when import format_when, span_in
from crawler.spiders.base import BaqylauSpider

_UTC = ZoneInfo("UTC")
_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_CHANGES = 50_000


class PagesSpider(BaqylauSpider):
    """A spider of an index that names pages."""

    async def new_pages(self, discoveries: Sequence[Discovery]) -> AsyncIterator[Request]:
        """Requests for pages that are not known, or that the index says have changed since.

        Newest first, at most `pages_per_visit`; the rest is left to the next visit.
        """
        visit = self.visit
        # In threads, because a full sitemap has 50,000 pages: the first takes a second for them.
        named = await asyncio.to_thread(by_address, discoveries)
        stamps = await asyncio.to_thread(_stamps, named)
        known = await asyncio.to_thread(visit.parts.archive.known, "web", list(named))
        wanted = [url for url in named if self._has_changed(url, stamps) or url not in known]
        now = visit.now()
        held = {url: visit.parts.setbacks.holding(url, now) for url in wanted}
        visit.settled &= all(setback is None or setback.settled for setback in held.values())
        free = await asyncio.to_thread(
            sorted,
            [url for url in wanted if held[url] is None],
            key=lambda url: _claimed(named[url]), reverse=True,
        )  # fmt: skip
        most = visit.parts.options.pages_per_visit
        visit.backlog += len(free[most:])
        requests = [  # all at once, so that a stop finds them counted
            self.ask(
                named[url].url, self.on_page, priority=-place,
                failed=self.on_failed_page, hint=named[url], is_new=url not in known,
            )
            for place, url in enumerate(free[:most])
        ]  # fmt: skip
        for request in requests:
            yield request

    def _has_changed(self, url: str, stamps: Mapping[str, str]) -> bool:
        """True where the index names another time of change than it did the last time."""
        if url not in stamps:
            return False
        changes, stamp = self.visit.parts.changes, stamps[url]
        before = changes.pop(url, None)
        changes[url] = stamp
        while len(changes) > _MOST_CHANGES:
            del changes[next(iter(changes))]
        return before is not None and before != stamp


def by_address(discoveries: Iterable[Discovery]) -> dict[str, Discovery]:
    """The discoveries by the normal form of their URL; those that have none are left out."""
    named: dict[str, Discovery] = {}
    for found in discoveries:
        try:
            named.setdefault(normalise_url(found.url), found)
        except (InvalidInput, ValueError):
            continue  # the parser noted it
    return named


def _stamps(named: Mapping[str, Discovery]) -> dict[str, str]:
    """When each page was changed, as the index writes it, where it does."""
    return {url: format_when(one.modified) for url, one in named.items() if one.modified}


def _claimed(found: Discovery) -> datetime:
    """When the page was changed or published, as the index has it; undated ones come last."""
    when = found.modified or found.published
    return span_in(when, _UTC)[0] if when is not None else _NEVER
