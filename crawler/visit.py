"""One visit to one source: what it shares with its spider, and what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from scrapy.crawler import Crawler

from core.errors import FetchError
from core.identity import normalise_url
from core.model import Gap, Post, Source
from core.ports import LivePost, Saved, SourceClaim, Validators
from core.when import span_in
from crawler.cadence import from_claim, next_look
from crawler.failures import error_name, is_settled
from crawler.parts import Parts
from crawler.sink import Capture, with_aliases

logger = logging.getLogger(__name__)
_UTC = ZoneInfo("UTC")
_ASKED_AGAIN = 3
_MOST_VANISHED = 1_000


@dataclass
class Visit:
    """Counts and remembers while the spider works; the service reads it when the crawl ended."""

    claim: SourceClaim
    parts: Parts
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    # True once the source itself (feed, index, page, channel) was read.
    succeeded: bool = False
    gap: Gap | None = None
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    gone: int = 0
    page_gaps: int = 0
    # Pages that this visit leaves to the next one, and requests not answered and dealt with yet:
    # at the end these are what a stop cut off.
    backlog: int = 0
    unanswered: int = 0
    # Ids of the posts that are new or revised, for the log.
    changed: list[str] = field(default_factory=list)
    not_before: datetime | None = None
    # True while nothing failed that may work the next time; then validators may be saved.
    settled: bool = True
    _validators: dict[str, Validators] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The source that is visited."""
        return self.claim.source

    def now(self) -> datetime:
        """The present instant."""
        return self.parts.clock.now()

    def wait_until(self, until: datetime) -> None:
        """The host wants to be left alone until then."""
        self.not_before = max(until, self.not_before or until)

    async def failed(self, error: FetchError, *, whole: bool) -> None:
        """Leave a gap: of the `whole` source, which its claim will end with, or of one page.

        What fails while the process stops says nothing of the source, and is left to the next.
        """
        if self.stopping.is_set():
            self.backlog += 1
            return
        self.settled = self.settled and is_settled(error)
        gap = Gap(self.source.id, error.url, self.now(), error_name(error), error.reason)
        logger.warning("source %s: %s: %s", self.source.id, error.url, error.reason)
        self.parts.tally.add("errors", gap.error)
        if whole and self.gap is None:
            self.gap = gap
            return
        self.page_gaps += 1
        await asyncio.to_thread(self.parts.archive.record_gap, gap)

    async def validators(self, url: str) -> Validators:
        """What the server gave for this page the last time."""
        return await asyncio.to_thread(self.parts.archive.validators, normalise_url(url))

    def remember(self, url: str, validators: Validators) -> None:
        """To be saved at the end, where everything that the page named was had."""
        self._validators[normalise_url(url)] = validators

    async def save(
        self,
        posts: Sequence[Post],
        capture: Capture,
        *,
        names: Sequence[str] = (),
        looks: Sequence[LivePost] = (),
        look_again: bool = True,
        is_new: bool = False,
    ) -> list[Saved]:
        """Save what a capture showed and say when to look again: at new posts (unless they have no
        page to look at), and at those of `looks`, which were due.

        `names` are further URLs that led to the post.
        """
        named = [with_aliases(post, names) for post in posts] if names else posts
        now = self.now()
        first_looks = [self._next_look(_claimed(post), now, now) for post in named]
        saved = await self.parts.sink.save(
            self.source.id, named, capture,
            first_looks=first_looks if look_again else (), is_new=is_new,
        )  # fmt: skip
        for one in saved:
            self.new += one.outcome == "new"
            self.revised += one.outcome == "revised"
            self.unchanged += one.outcome == "unchanged"
            self.parts.tally.add("posts", one.outcome)
            if one.outcome in {"new", "revised"}:
                self.changed.append(one.post_id)
        await self.looked(looks)
        return saved

    async def looked(self, looks: Sequence[LivePost]) -> None:
        """These were looked at (or tried): when to look again."""
        now = self.now()
        due = {
            one.post_id: self._next_look(from_claim(one.claimed_published_us), one.first_seen, now)
            for one in looks
        }
        if due:
            await asyncio.to_thread(self.parts.archive.schedule_looks, due)

    async def gone_page(self, look: LivePost, capture: Capture) -> None:
        """The page of this post answered 404 or 410; the next visits ask again, for a site that
        is being changed answers so for a while, and a deletion is a grave thing to claim.
        """
        vanished = self.parts.vanished.setdefault(self.source.id, {})
        if look.post_id not in vanished:
            vanished[look.post_id] = (look, _ASKED_AGAIN)
            await self.gone_posts([look], capture)

    def vanished(self) -> list[LivePost]:
        """The posts whose pages answered 404 lately and are asked for again by this visit."""
        waiting = self.parts.vanished.setdefault(self.source.id, {})
        asked = [look for look, left in waiting.values() if left]
        for look in asked:
            waiting[look.post_id] = (look, waiting[look.post_id][1] - 1)
        while len(waiting) > _MOST_VANISHED:
            del waiting[next(iter(waiting))]
        return asked

    async def gone_posts(self, posts: Sequence[LivePost], capture: Capture) -> None:
        """These are not there any more."""
        gone = await self.parts.sink.gone([post.post_id for post in posts], capture)
        self.gone += gone
        self.parts.tally.add("posts", "gone", gone)
        await self.looked(posts)

    async def close(self) -> None:
        """Save validators, where this visit left nothing behind that a 304 would hide."""
        self.backlog += self.unanswered
        if not (self.succeeded and self.settled and self.backlog == 0):
            return
        for url, validators in self._validators.items():
            await asyncio.to_thread(self.parts.archive.save_validators, url, validators)

    def _next_look(
        self, claimed: datetime | None, first_seen: datetime, now: datetime
    ) -> datetime | None:
        parts = self.parts
        return next_look(
            claimed, first_seen, now,
            calendar=parts.calendar, rng=parts.rng, cadence=parts.options.cadence,
        )  # fmt: skip


def visit_of(crawler: Crawler) -> Visit:
    """The visit that a crawl is, for what Scrapy makes by itself and hands no arguments."""
    visit = getattr(crawler.spider, "visit", None)
    if not isinstance(visit, Visit):
        raise TypeError("this crawl was not begun by crawler/service.py")
    return visit


def _claimed(post: Post) -> datetime | None:
    return span_in(post.published, _UTC)[0] if post.published is not None else None
