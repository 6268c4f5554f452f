"""What the tests of the crawler have at hand: a site, an archive, a clock, and a crawler."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from crawl_site import Site
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from core.election import AccountRef
from core.identity import post_id
from core.model import Account, Gap, Source, SourceKind
from core.ports import Archive, PostState
from crawler.cadence import Calendar
from crawler.parts import make_parts
from crawler.service import Report, Service, run_once
from crawler.settings import CrawlOptions

T = TypeVar("T")
START = datetime(2023, 3, 17, 6, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def advance(self, **spans: float) -> None:
        self.at += timedelta(**spans)


@dataclass
class ReactorThread:
    """Runs coroutines on the reactor's loop."""

    loop: asyncio.AbstractEventLoop

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = 60) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    @contextmanager
    def resolving(self, name: str, address: str) -> Iterator[None]:
        """For a while, `name` has this address, as if its owner's DNS said so."""
        from twisted.internet import reactor

        async def install(resolver: object) -> object:
            return reactor.installNameResolver(resolver)  # type: ignore[attr-defined]

        before = self.run(install(_Resolver(name, address, reactor.nameResolver)))  # type: ignore[attr-defined]
        yield
        self.run(install(before))


@implementer(IHostnameResolver)
@dataclass
class _Resolver:
    name: str
    address: str
    others: Any

    def resolveHostName(self, receiver: Any, name: str, **kwargs: Any) -> Any:  # noqa: N802
        if name != self.name:
            return self.others.resolveHostName(receiver, name, **kwargs)
        receiver.resolutionBegan(None)
        receiver.addressResolved(IPv4Address("TCP", self.address, kwargs["portNumber"]))
        receiver.resolutionComplete()
        return None


@dataclass
class World:
    """A site, an archive, a clock, and a crawler that visits whatever is due when told to."""

    reactor: ReactorThread
    directory: Path
    archive: Archive
    site: Site
    clock: FakeClock = field(default_factory=FakeClock)
    calendar: Calendar = field(default_factory=Calendar)
    options: CrawlOptions = field(default_factory=CrawlOptions)
    sources: list[Source] = field(default_factory=list)

    @property
    def evidence(self) -> Path:
        return self.directory / "warc"

    def source(self, kind: SourceKind, url: str, name: str = "") -> Source:
        """Watch one more source."""
        account = Account(AccountRef("web", "example.kz"), role="media")
        source = Source(name or f"{kind}-{len(self.sources)}", kind, url, account, "ru", 10.0)
        self.sources.append(source)
        return source

    def visit(self) -> dict[str, Report]:
        """Visit every due source once, as a fresh process would; reports by source."""

        async def once() -> list[Report]:
            parts = make_parts(
                self.archive, self.clock, self.evidence, options=self.options,
                calendar=self.calendar, rng=random.Random(1),
            )  # fmt: skip
            return await run_once(parts, self.sources, worker="test")

        return {report.source_id: report for report in self.reactor.run(once())}

    def visits(self, times: int, **apart: float) -> Iterator[dict[str, Report]]:
        """Visits by one process that goes on, the clock moved between them."""

        async def begin() -> Service:
            parts = make_parts(
                self.archive, self.clock, self.evidence, options=self.options,
                calendar=self.calendar, rng=random.Random(1),
            )  # fmt: skip
            return Service(parts, "test")

        service = self.reactor.run(begin())
        self.archive.register_sources(self.sources, self.clock.now())
        for _ in range(times):
            yield {one.source_id: one for one in self.reactor.run(service.run_once())}
            self.clock.advance(**apart)
        self.reactor.run(service.parts.close())

    def state(self, native_id: str, platform: str = "web") -> PostState:
        """What the archive knows of a post."""
        key = post_id(platform, native_id)
        return self.archive.states([key])[key]

    def gaps_after_visit(self, source: Source) -> list[Gap]:
        self.visit()
        return self.gaps(source)

    def gaps(self, source: Source) -> list[Gap]:
        return self.archive.gaps(source.id, limit=50)


def with_options(world: World, **changes: Any) -> None:
    """Change the world's options."""
    world.options = replace(world.options, **changes)
