"""The service: ticks, leases, its end; parsing in processes of its own."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from crawl_pages import article, rss, urlset
from crawl_site import Answer, Asked, html, xml
from crawl_world import START, World, with_options

from core.errors import LeaseLost, ParseError
from core.model import Source
from crawler import extract
from crawler.extract import Extractor
from crawler.parts import Parts, make_parts
from crawler.service import Service, run
from crawler.spiders import pages


def parts_of(world: World) -> Parts:
    return make_parts(
        world.archive, world.clock, world.evidence, options=world.options,
        calendar=world.calendar, rng=random.Random(1),
    )  # fmt: skip


async def until(condition: object, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came to be"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[None]:
    """The service as it runs for days; it has ended when this ends."""
    stop = asyncio.Event()
    running = asyncio.create_task(run(parts_of(world), world.sources, worker="test", stop=stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


def serve(world: World, source: Source) -> None:
    world.site.routes[f"/{source.id}"] = xml(rss([(world.site.url(f"/{source.id}/a"), "А")]))
    world.site.routes[f"/{source.id}/a"] = html(article(source.id, "Текст новости."))


def test_the_tick_visits_what_becomes_due_until_it_is_stopped(world: World) -> None:
    with_options(world, tick_s=0.05)
    source = world.source("feed", world.site.url("/feed-0"))
    serve(world, source)

    async def story() -> None:
        world.archive.register_sources(world.sources, world.clock.now())
        async with serving(world):
            await until(lambda: world.archive.source_health(world.clock.now())[0].last_success)
            assert world.site.count("/feed-0") == 1
            world.clock.advance(hours=2)
            await until(lambda: world.site.count("/feed-0") == 2)

    world.reactor.run(story())


def test_two_services_share_the_sources_and_none_is_visited_twice(world: World) -> None:
    for n in range(8):
        serve(world, world.source("feed", world.site.url(f"/feed-{n}")))
    with_options(world, visits=3)
    world.archive.register_sources(world.sources, world.clock.now())

    async def both() -> list[int]:
        one, other = parts_of(world), parts_of(world)
        reports = await asyncio.gather(
            Service(one, "one").run_once(), Service(other, "other").run_once()
        )
        await asyncio.gather(one.close(), other.close())
        return [len(part) for part in reports]

    shares = world.reactor.run(both())
    assert sum(shares) == 8
    assert min(shares) > 0
    assert [world.site.count(f"/feed-{n}") for n in range(8)] == [1] * 8


def test_stopped_in_the_middle_the_next_visit_brings_what_was_cut_off(world: World) -> None:
    with_options(world, tick_s=0.05, grace_s=5.0)

    def slow(asked: Asked) -> Answer:
        time.sleep(0.4)
        return xml(rss([(world.site.url("/a"), "А")]), ("ETag", '"v1"'))

    world.site.routes |= {"/feed": slow, "/a": html(article("Новость", "Текст."))}
    source = world.source("feed", world.site.url("/feed"))

    async def story() -> float:
        async with serving(world):
            await until(lambda: world.site.count("/feed") == 1)
            begun = time.monotonic()
        return time.monotonic() - begun

    assert world.reactor.run(story()) < 5
    assert (world.site.count("/a"), world.gaps(source)) == (0, [])
    world.clock.advance(minutes=2)
    assert world.visit()[source.id].new == 1
    assert all("if-none-match" not in one.headers for one in world.site.asked)


def test_stopped_before_the_source_was_read_its_lease_is_given_back(world: World) -> None:
    with_options(world, tick_s=0.05, timeout_s=0.5, delay_s=30.0, allow_private=())
    world.source("feed", "http://wait.example/feed")

    async def story() -> None:
        parts = parts_of(world)
        await parts.gate.turn("wait.example", "http://wait.example/", asyncio.Event())
        stop = asyncio.Event()
        running = asyncio.create_task(run(parts, world.sources, worker="test", stop=stop))
        await asyncio.sleep(0.4)  # it now waits for its host's turn
        stop.set()
        await asyncio.wait_for(running, 10)

    world.reactor.run(story())
    claims = world.archive.claim_sources("next", world.clock.now(), ttl_s=60, limit=5)
    assert [one.source.url for one in claims] == ["http://wait.example/feed"]


def test_a_visit_that_takes_too_long_is_ended_with_a_gap(world: World) -> None:
    with_options(world, visit_limit_s=0.3, timeout_s=1.0)

    def slow(asked: Asked) -> Answer:
        time.sleep(0.8)
        return xml(rss([]))

    world.site.routes["/feed"] = slow
    source = world.source("feed", world.site.url("/feed"))
    assert "took longer than 0.3 s" in world.visit()[source.id].error


def test_a_lost_lease_stops_the_crawl_and_writes_no_success(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with_options(world, lease_s=0.3, timeout_s=2.0)

    def slow(asked: Asked) -> Answer:
        # The lease runs out while nobody renews it, and somebody else takes the source.
        time.sleep(0.6)
        return xml(rss([(world.site.url("/a"), "А")]))

    world.site.routes["/feed"] = slow
    source = world.source("feed", world.site.url("/feed"))

    class Losing:
        """An archive whose leases cannot be kept."""

        def __getattr__(self, name: str) -> object:
            return getattr(world.archive, name)

        def renew(self, *args: object, **kwargs: object) -> None:
            raise LeaseLost("taken")

        def finish_source(self, *args: object, **kwargs: object) -> None:
            raise LeaseLost("taken")

    async def once() -> None:
        parts = replace(parts_of(world), archive=Losing())  # type: ignore[arg-type]
        world.archive.register_sources(world.sources, world.clock.now())
        with caplog.at_level(logging.WARNING):
            await Service(parts, "test").run_once()
        await parts.close()

    world.reactor.run(once())
    assert "its crawl is stopped" in caplog.text
    assert world.archive.source_health(world.clock.now())[0].last_success is None
    assert world.archive.live_posts(source.id, limit=1) == []


def test_failures_in_a_row_make_the_wait_longer_and_a_success_ends_them(world: World) -> None:
    site = world.site
    source = world.source("feed", site.url("/feed"))
    serve(world, source)
    site.routes["/feed"] = [
        Answer(status=404), Answer(status=404), Answer(status=404),
        xml(rss([(site.url("/feed-0/a"), "А")])),
    ]  # fmt: skip
    waits = []

    async def story() -> None:
        parts = parts_of(world)
        world.archive.register_sources(world.sources, world.clock.now())
        service = Service(parts, "test")
        for _ in range(4):
            (report,) = await service.run_once()
            assert report.next_due is not None
            waits.append(report.next_due - world.clock.now())
            world.clock.at = report.next_due
        await parts.close()

    world.reactor.run(story())
    assert waits == [timedelta(hours=hours) for hours in (1, 2, 4, 1)]


# parsing


BODY = article("Новость", "Текст новости.").encode()


def test_parsing_in_a_process_gives_what_the_parser_gives(world: World) -> None:
    async def both() -> list[object]:
        found: list[object] = []
        for workers in (0, 1):
            extractor = Extractor(workers, 30.0)
            found.append(
                await extractor.article(
                    BODY, url="http://x.kz/a", content_type="text/html", now=START, hint=None
                )
            )
            await extractor.close()
        return found

    in_thread, in_process = world.reactor.run(both())
    assert in_thread == in_process


def test_an_error_of_the_parser_comes_back_as_one(world: World) -> None:
    async def parse() -> None:
        extractor = Extractor(1, 30.0)
        try:
            await extractor.feed(b"<html></html>", url="http://x.kz/", content_type="", now=START)
        finally:
            await extractor.close()

    with pytest.raises(ParseError, match=r"http://x\.kz/"):
        world.reactor.run(parse())


def test_a_process_that_takes_too_long_or_dies_is_replaced(world: World) -> None:
    async def parse() -> list[str]:
        said = []
        extractor = Extractor(1, 0.001)
        for limit in (0.001, 30.0):
            extractor._limit_s = limit
            try:
                await extractor.feed(
                    rss([("http://x.kz/a", "А")]).encode(), url="http://x.kz/",
                    content_type="", now=START,
                )  # fmt: skip
                said.append("parsed")
            except ParseError as error:
                said.append(error.reason)
        extractor._workers[0].process.kill()
        await extractor._workers[0].process.wait()
        try:
            await extractor.feed(b"<rss/>", url="http://x.kz/", content_type="", now=START)
        except ParseError as error:
            said.append(error.reason)
        await extractor.close()
        return said

    slow, then, died = world.reactor.run(parse())
    assert "longer than 0.001 s" in slow
    assert then == "parsed"
    assert "died on this body" in died


def test_a_page_that_waits_behind_one_that_ends_the_process_is_read_by_another(
    world: World,
) -> None:
    async def parse() -> tuple[str, list[str]]:
        extractor = Extractor(1, 30.0)

        async def feed(name: str) -> str:
            body = rss([(f"http://x.kz/{name}", name)]).encode()
            try:
                reading = await extractor.feed(body, url="http://x.kz/", content_type="", now=START)
            except ParseError as error:
                return error.reason
            return reading.discoveries[0].url

        pages = [asyncio.create_task(feed(name)) for name in "abc"]
        while not extractor._workers or extractor._workers[0].load < 2:
            await asyncio.sleep(0.001)
        extractor._workers[0].process.kill()  # long before its first answer: it still imports
        first, *others = await asyncio.gather(*pages)
        await extractor.close()
        return first, others

    first, others = world.reactor.run(parse())
    assert "died on this body" in first
    assert others == ["http://x.kz/b", "http://x.kz/c"]


def test_what_a_full_sitemap_costs_is_not_paid_by_the_loop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(name: str, job: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object) -> object:
            where[name].add(threading.get_ident() == loop)
            return job(*given)

        return run

    where: dict[str, set[bool]] = defaultdict(set)
    loop = world.reactor.run(_thread())
    monkeypatch.setattr(pages, "normalise_url", told("addresses", pages.normalise_url))
    monkeypatch.setattr(extract, "_unpacked", told("answer", extract._unpacked))
    with_options(world, pages_per_visit=0, parse_workers=1)
    site = world.site
    site.routes["/s.xml"] = xml(urlset({site.url(f"/a/{n}"): "2023-03-16" for n in range(2_000)}))
    source = world.source("sitemap", site.url("/s.xml"))
    assert world.visit()[source.id].backlog == 2_000
    assert where == {"addresses": {False}, "answer": {False}}


async def _thread() -> int:
    return threading.get_ident()


# the process


PROGRAM = """
import asyncio, random, sys
from datetime import UTC, datetime
from pathlib import Path
from core.election import AccountRef
from core.model import Account, Source
from core.store.sql_archive import open_archive
from crawler.cadence import Calendar
from crawler.parts import make_parts
from crawler.reactor import run_on_reactor
from crawler.service import run
from crawler.settings import CrawlOptions

class Clock:
    def now(self):
        return datetime.now(UTC)

async def main(stop):
    options = CrawlOptions(allow_private=(sys.argv[2],), parse_workers=1, tick_s=0.1)
    archive = open_archive(sys.argv[1])
    parts = make_parts(archive, Clock(), Path(sys.argv[3]), options=options, calendar=Calendar(),
                       rng=random.Random(1))
    source = Source("s", "feed", f"http://{sys.argv[2]}/feed", Account(AccountRef("web", "x")),
                    "ru", 1.0)
    await run(parts, [source], worker="test", stop=stop)
    archive.close()

run_on_reactor(main)
print("ended well")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_the_process_well(world: World, number: signal.Signals) -> None:
    serve(world, Source("feed", "feed", "", None, "", 1.0))  # type: ignore[arg-type]
    url = f"sqlite:///{world.directory / 'archive.sqlite3'}"
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, world.site.netloc, str(world.evidence)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path.cwd(),
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while not world.archive.known("web", [world.site.url("/feed/a")]):
            assert time.monotonic() < deadline, program.poll()
            time.sleep(0.05)
        program.send_signal(number)
        out, errors = program.communicate(timeout=15)
    finally:
        program.kill()
    assert (program.returncode, out) == (0, "ended well\n"), errors


def test_a_slow_answer_of_our_own_host_makes_no_delay_and_one_of_another_host_does(
    world: World,
) -> None:
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

    from crawler.settings import scrapy_settings
    from crawler.spiders.feed import FeedSpider
    from crawler.throttle import OtherPeoplesThrottle

    crawler = Crawler(FeedSpider, scrapy_settings(world.options))
    throttle = OtherPeoplesThrottle(crawler)
    throttle.mindelay, throttle.maxdelay = 0.0, 30.0
    delays = {}
    for host in ("127.0.0.1", "example.kz"):
        slot = Slot(concurrency=1, delay=0.0, jitter=0.0)
        throttle._get_slot = lambda request, spider, slot=slot: ("", slot)  # type: ignore[assignment, misc]
        request = Request(f"http://{host}/", meta={"download_slot": host, "download_latency": 2.0})
        throttle._response_downloaded(Response(request.url), request, None)  # type: ignore[arg-type]
        delays[host] = slot.delay
    assert delays == {"127.0.0.1": 0.0, "example.kz": 2.0}
