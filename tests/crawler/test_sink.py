"""Into the archive: evidence only where it proves something; a better parser makes no edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from crawl_pages import article
from crawl_world import START

from core.election import AccountRef
from core.model import Account, Post, Source
from core.ports import Archive
from core.store.sql_archive import open_archive
from crawler.extract import Extractor
from crawler.sink import Capture, Sink, with_aliases
from crawler.warc import WarcWriter
from crawler.wire import Exchange

URL = "http://example.kz/a"
FIRST = article("Новость", "Кандидат встретился с избирателями города.")
EDITED = article("Новость", "Кандидат встретился с избирателями. Голосуйте за него!")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = open_archive(f"sqlite:///{tmp_path / 'archive.sqlite3'}")
    account = Account(AccountRef("web", "example.kz"))
    opened.register_sources([Source("s", "feed", "http://example.kz/f", account, "ru", 1.0)], START)
    yield opened
    opened.close()


@pytest.fixture
def sink(archive: Archive, tmp_path: Path) -> Sink:
    writer = WarcWriter(tmp_path / "warc", now=lambda: START, software="test")
    return Sink(archive, writer, tmp_path / "warc", Extractor(0, 30.0), 1_000_000)


def capture(page: str, at: datetime = START) -> Capture:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Capture(
        Exchange(URL, at, "GET /a HTTP/1.1", (), "HTTP/1.1 200 OK", 200, headers, page.encode())
    )


async def read(sink: Sink, page: str) -> Post:
    return await sink.extractor.article(
        page.encode(), url=URL, content_type="text/html; charset=utf-8", now=START, hint=None
    )


def as_an_older_parser_read_it(post: Post) -> Post:
    return replace(post, text=f"Меню сайта. {post.text}", parser_version="0")


async def test_saving_the_same_again_writes_no_evidence(sink: Sink) -> None:
    post = await read(sink, FIRST)
    (first,) = await sink.save("s", [post], capture(FIRST))
    size = sum(path.stat().st_size for path in sink.directory.iterdir())
    (second,) = await sink.save("s", [post], capture(FIRST, START + timedelta(hours=1)))
    assert (first.outcome, second.outcome) == ("new", "unchanged")
    assert sum(path.stat().st_size for path in sink.directory.iterdir()) == size


async def test_another_version_of_the_parser_makes_no_edit(sink: Sink) -> None:
    post = await read(sink, FIRST)
    await sink.save("s", [as_an_older_parser_read_it(post)], capture(FIRST))
    (saved,) = await sink.save("s", [post], capture(FIRST, START + timedelta(hours=1)))
    assert saved.outcome == "unchanged"
    assert len(sink.archive.states([saved.post_id])[saved.post_id].record.revisions) == 1


async def test_an_edit_is_found_through_a_change_of_the_parser(sink: Sink) -> None:
    await sink.save("s", [as_an_older_parser_read_it(await read(sink, FIRST))], capture(FIRST))
    edited = await read(sink, EDITED)
    (saved,) = await sink.save("s", [edited], capture(EDITED, START + timedelta(hours=1)))
    assert saved.outcome == "revised"


async def test_where_the_older_capture_is_lost_nothing_new_is_lost_with_it(
    sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    await sink.save("s", [as_an_older_parser_read_it(await read(sink, FIRST))], capture(FIRST))
    for path in sink.directory.iterdir():
        path.unlink()
    sink.writer.close()
    edited = await read(sink, EDITED)
    (saved,) = await sink.save("s", [edited], capture(EDITED, START + timedelta(hours=1)))
    assert saved.outcome == "revised"
    assert "cannot be read again" in caplog.text


async def test_one_capture_is_one_record_however_many_posts_and_deletions_it_proves(
    sink: Sink,
) -> None:
    post = await read(sink, FIRST)
    seen = capture(FIRST)
    (saved,) = await sink.save("s", [post], seen)
    later = capture("gone", START + timedelta(hours=1))
    assert await sink.gone([saved.post_id], later) == 1
    assert await sink.gone([saved.post_id], later) == 0
    assert (await seen.proof(sink.writer)) is (await seen.proof(sink.writer))
    captures = sink.archive.states([saved.post_id])[saved.post_id].captures
    assert len(captures) == 2


async def test_touching_what_is_not_known_says_so(sink: Sink) -> None:
    assert not await sink.touch("s", "0" * 32, START)


def test_every_address_that_led_to_a_post_is_its_alias_but_not_its_own() -> None:
    post = with_aliases(
        Post("web", "http://example.kz/a", "http://example.kz/a", "", aliases=("http://x.kz/1",)),
        ["http://example.kz/a#top", "http://EXAMPLE.kz/old?utm_source=x"],
    )
    assert post.aliases == ("http://x.kz/1", "http://example.kz/old")
