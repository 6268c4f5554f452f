"""The crawl service: claims due sources from the archive and visits them, a few at a time.

APScheduler holds one tick, in memory; when a source is due, and who visits it, the archive knows.
So a second process shares the work, and a restart continues it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from scrapy.crawler import AsyncCrawlerRunner, Crawler

from core.errors import FetchError, LeaseLost, ResponseRefused, StoreError
from core.model import Lease, Source, SourceKind
from core.ports import SourceClaim
from crawler.cadence import next_due
from crawler.parts import Parts
from crawler.reactor import settle
from crawler.settings import scrapy_settings
from crawler.spiders.article import ArticleSpider
from crawler.spiders.base import BaqylauSpider
from crawler.spiders.feed import FeedSpider
from crawler.spiders.sitemap import SitemapSpider
from crawler.spiders.telegram import TelegramSpider
from crawler.visit import Visit

logger = logging.getLogger(__name__)

_SPIDERS: dict[SourceKind, type[BaqylauSpider]] = {
    "feed": FeedSpider,
    "sitemap": SitemapSpider,
    "article": ArticleSpider,
    "telegram": TelegramSpider,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a visit. `error` is empty after a success."""

    source_id: str
    new: int
    revised: int
    unchanged: int
    gone: int
    page_gaps: int
    backlog: int
    error: str
    next_due: datetime | None


@dataclass
class Service:
    """Visits sources with what `parts` holds, under the name `worker`."""

    parts: Parts
    worker: str
    _failures: dict[str, int] = field(default_factory=dict)
    _running: set[asyncio.Task[Report]] = field(default_factory=set)
    # The last ones are enough: a service that ticks for days must not keep them all.
    _reports: deque[Report] = field(default_factory=lambda: deque(maxlen=10_000))
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._runner = AsyncCrawlerRunner(scrapy_settings(self.parts.options))
        settle()

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until `stop` is set, then let the visits in flight end."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_job(
            self._tick, "interval", seconds=self.parts.options.tick_s,
            next_run_time=datetime.now(UTC),  # the machine's clock paces the ticks
            max_instances=1, coalesce=True, misfire_grace_time=None,
        )  # fmt: skip
        scheduler.start()
        try:
            await stop.wait()
        finally:
            self._stopping.set()  # a tick that waits for its claims gives them back
            scheduler.shutdown(wait=False)
            await self._end_visits()

    async def run_once(self, stop: asyncio.Event | None = None) -> list[Report]:
        """Visit every source that is due now, each once, however soon it is due again."""
        seen: set[str] = set()
        self._reports.clear()
        while not (stop is not None and stop.is_set()):
            seen |= {claim.source.id for claim in await self._claim(seen)}
            if not self._running:
                break
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED, timeout=1.0)
        await self._end_visits()
        return list(self._reports)

    async def _tick(self) -> None:
        try:
            await self._claim(frozenset())
        except StoreError as error:
            logger.error("no sources can be claimed: %s", error)
            self._count(error)

    async def _claim(self, but: Set[str]) -> list[SourceClaim]:
        """Begin visits to due sources, those in `but` excepted, as many as there is room for."""
        options, archive = self.parts.options, self.parts.archive
        room = options.visits - len(self._running)
        if room <= 0 or self._stopping.is_set():
            return []
        claims = await asyncio.to_thread(
            archive.claim_sources, self.worker, self.parts.clock.now(),
            ttl_s=options.lease_s, limit=room,
        )  # fmt: skip
        wanted = [one for one in claims if one.source.id not in but and not self._stopping.is_set()]
        for claim in claims:
            if claim not in wanted:
                await asyncio.to_thread(archive.release, claim.lease)
        for claim in wanted:
            task = asyncio.create_task(self._visit(claim), name=claim.source.id)
            self._running.add(task)
            task.add_done_callback(self._ended)
        return wanted

    def _ended(self, task: asyncio.Task[Report]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._reports.append(task.result())

    async def _visit(self, claim: SourceClaim) -> Report:
        """One claim, from crawl to the end of its lease. Raises nothing: it reports."""
        visit = Visit(claim, self.parts, self._stopping)
        crawler = self._runner.create_crawler(_SPIDERS[claim.source.kind])
        renewal = asyncio.create_task(self._renew(claim.lease, crawler))
        try:
            await self._crawl(crawler, visit)
        except Exception as error:  # one source must not end the others
            logger.exception("source %s: the visit failed", claim.source.id)
            self._count(error)
            await _note(visit, FetchError(claim.source.url, f"{type(error).__name__}: {error}"))
        finally:
            renewal.cancel()
        try:
            return await self._finish(visit)
        except StoreError as error:
            logger.error("source %s: the visit cannot be ended: %s", claim.source.id, error)
            self._count(error)
            return _report(visit, str(error), None)

    async def _crawl(self, crawler: Crawler, visit: Visit) -> None:
        until = self.parts.gate.blocked_until(_netloc(visit.source.url))
        if until is not None:
            visit.wait_until(until)
            reason = f"the host asked to be left alone until {until:%Y-%m-%d %H:%M:%SZ}"
            await visit.failed(ResponseRefused(visit.source.url, reason), whole=True)
            return
        limit = self.parts.options.visit_limit_s
        crawl = self._runner.crawl(crawler, visit=visit)
        done, _pending = await asyncio.wait([crawl], timeout=limit)
        if not done:
            reason = f"the visit took longer than {limit:g} s and was ended"
            await visit.failed(ResponseRefused(visit.source.url, reason), whole=not visit.succeeded)
            await _stop(crawler)
            await asyncio.wait([crawl], timeout=self.parts.options.grace_s)
        if crawl.done():
            crawl.result()

    async def _finish(self, visit: Visit) -> Report:
        """The end of a claim: success, failure, or given back because the process stops."""
        archive, claim = self.parts.archive, visit.claim
        if not visit.succeeded and visit.gap is None:
            if self._stopping.is_set():
                await asyncio.to_thread(archive.release, claim.lease)
                return _report(visit, "stopped before it was done", None)
            error = FetchError(visit.source.url, "the visit ended without reading the source")
            await visit.failed(error, whole=True)
        await visit.close()
        failures = self._failures.get(visit.source.id, 0) + 1 if visit.gap else 0
        self._failures[visit.source.id] = failures
        now = self.parts.clock.now()
        due = next_due(
            visit.source.kind, self.parts.phase, now, self.parts.rng, self.parts.options.cadence,
            failures=failures, backlog=visit.backlog > 0, not_before=visit.not_before,
        )  # fmt: skip
        try:
            await asyncio.to_thread(
                archive.finish_source, claim.lease, at=now, next_due=due, gap=visit.gap
            )
        except LeaseLost:
            logger.warning("source %s: its lease was lost to another worker", visit.source.id)
            self.parts.tally.add("leases_lost", "source")
        report = _report(visit, visit.gap.reason if visit.gap else "", due)
        logger.info(
            "source %s: %d new, %d revised, %d gone, %d gaps%s",
            report.source_id, report.new, report.revised, report.gone, report.page_gaps,
            f", failed: {report.error}" if report.error else "",
            extra={"source_id": report.source_id, "post_ids": visit.changed},
        )  # fmt: skip
        return report

    async def _renew(self, lease: Lease, crawler: Crawler) -> None:
        """Keep the lease while the visit goes on; stop the crawl where it was lost."""
        ttl = self.parts.options.lease_s
        while True:
            await asyncio.sleep(ttl / 3)
            try:
                lease = await asyncio.to_thread(self.parts.archive.renew, lease, ttl_s=ttl)
            except LeaseLost:
                logger.warning("source lease %s was lost: its crawl is stopped", lease.key)
                await _stop(crawler)
                return
            except StoreError as error:
                logger.warning("source lease %s was not renewed: %s", lease.key, error)
                self._count(error)

    def _count(self, error: Exception) -> None:
        self.parts.tally.add("errors", type(error).__name__)

    async def _end_visits(self) -> None:
        """Ask the crawls that still go on to end, and wait for them a while."""
        if not self._running:
            return
        self._stopping.set()
        await asyncio.wait(
            [*(asyncio.create_task(_stop(one)) for one in self._runner.crawlers), *self._running],
            timeout=self.parts.options.grace_s,
        )
        if self._running:
            logger.warning(
                "%d visits did not end in time: their leases run out", len(self._running)
            )
        for task in set(self._running):
            task.cancel()


def _report(visit: Visit, error: str, due: datetime | None) -> Report:
    return Report(
        source_id=visit.source.id,
        new=visit.new,
        revised=visit.revised,
        unchanged=visit.unchanged,
        gone=visit.gone,
        page_gaps=visit.page_gaps,
        backlog=visit.backlog,
        error=error,
        next_due=due,
    )


async def _stop(crawler: Crawler) -> None:
    """Let the requests in flight end and make no more; one that has not begun yet has no engine."""
    with suppress(RuntimeError):
        await crawler.stop_async()


async def _note(visit: Visit, error: FetchError) -> None:
    """A gap for what nobody foresaw; the archive itself may be what failed."""
    try:
        await visit.failed(error, whole=True)
    except StoreError as problem:
        logger.error("source %s: its gap cannot be recorded: %s", visit.source.id, problem)


def _netloc(url: str) -> str:
    return urlsplit(url).netloc.lower()


async def run(parts: Parts, sources: Sequence[Source], *, worker: str, stop: asyncio.Event) -> None:
    """Register the sources and crawl until `stop` is set. The loop must be the reactor's."""
    await asyncio.to_thread(parts.archive.register_sources, sources, parts.clock.now())
    try:
        await Service(parts, worker).run(stop)
    finally:
        await parts.close()


async def run_once(
    parts: Parts, sources: Sequence[Source], *, worker: str, stop: asyncio.Event | None = None
) -> list[Report]:
    """Register the sources and visit each that is due, once."""
    await asyncio.to_thread(parts.archive.register_sources, sources, parts.clock.now())
    try:
        return await Service(parts, worker).run_once(stop)
    finally:
        await parts.close()
