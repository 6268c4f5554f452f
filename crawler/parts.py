"""What all crawls of a process share. Live objects; handed to spiders as an argument."""

from __future__ import annotations

import random
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from core.model import Phase
from core.ports import UNCOUNTED, Archive, Clock, LivePost, Tally
from crawler.addresses import AddressPolicy, policy
from crawler.cadence import Calendar
from crawler.extract import Extractor
from crawler.hosts import HostGate
from crawler.robots import RobotsCache
from crawler.settings import CrawlOptions, product_version
from crawler.sink import Sink
from crawler.warc import WarcWriter


@dataclass(frozen=True, slots=True)
class Setback:
    """How often a page failed, until when it is left alone, whether that is for good."""

    count: int
    until: datetime
    settled: bool


class Setbacks:
    """Pages that could not be had lately, so that each visit does not ask for them again.

    In memory only: after a restart each is tried once more.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._pages: OrderedDict[str, Setback] = OrderedDict()
        self._most = most

    def note(self, url: str, now: datetime, *, settled: bool) -> None:
        """The page failed; the wait doubles each time, from a quarter of an hour to a day."""
        before = self._pages.pop(url, None)
        count = before.count + 1 if before else 1
        wait = min(timedelta(minutes=15) * 2 ** min(count - 1, 10), timedelta(days=1))
        self._pages[url] = Setback(count, now + wait, settled)
        while len(self._pages) > self._most:
            self._pages.popitem(last=False)

    def clear(self, url: str) -> None:
        """The page was had."""
        self._pages.pop(url, None)

    def holding(self, url: str, now: datetime) -> Setback | None:
        """Why the page is left alone, or None where it is not."""
        setback = self._pages.get(url)
        return setback if setback is not None and setback.until > now else None


@dataclass(frozen=True)
class Parts:
    """Everything a visit needs that is not its own."""

    archive: Archive
    sink: Sink
    extractor: Extractor
    clock: Clock
    options: CrawlOptions
    calendar: Calendar
    rng: random.Random
    addresses: AddressPolicy
    gate: HostGate
    robots: RobotsCache
    tally: Tally = UNCOUNTED
    setbacks: Setbacks = field(default_factory=Setbacks)
    # Pages that answered 404 lately, by source and post, with how often they are asked again.
    vanished: dict[str, dict[str, tuple[LivePost, int]]] = field(default_factory=dict)
    # The older page at which a channel's reading was cut off, by source.
    unfinished: dict[str, str] = field(default_factory=dict)
    # The last change an index named for a page, by the page's URL.
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def phase(self) -> Phase:
        """The phase of the watched elections now."""
        return self.calendar.phase(self.clock.now())

    async def close(self) -> None:
        """End the parsing processes and close the evidence file."""
        await self.extractor.close()
        self.sink.writer.close()


def make_parts(
    archive: Archive,
    clock: Clock,
    evidence: Path,
    *,
    options: CrawlOptions,
    calendar: Calendar,
    rng: random.Random,
    tally: Tally = UNCOUNTED,
) -> Parts:
    """The parts, with evidence files below `evidence`. To be called where the event loop runs.

    Raises InvalidInput for an `allow_private` entry that is not `host:port`.
    """
    extractor = Extractor(options.parse_workers, options.parse_limit_s)
    writer = WarcWriter(evidence, now=clock.now, software=f"Baqylau/{product_version()}")
    addresses = policy(options.allow_private)
    return Parts(
        archive=archive,
        sink=Sink(archive, writer, evidence, extractor, options.max_bytes),
        extractor=extractor,
        clock=clock,
        options=options,
        calendar=calendar,
        rng=rng,
        addresses=addresses,
        gate=HostGate(options.delay_s, options.longest_block, clock.now, addresses.allowed),
        robots=RobotsCache(clock.now),
        tally=tally,
    )
