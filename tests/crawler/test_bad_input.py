"""What servers do wrong, or on purpose: each is a gap with a reason, and the rest goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from crawl_pages import article, preview, rss, urlset
from crawl_site import Answer, Site, closed_port, gzipped, html, redirect, xml
from crawl_world import START, World, with_options

MEGABYTE = b"<p>" + b"x" * (1024 * 1024 - 3)


ROBOTS = "User-agent: Baqylau\nDisallow: /private\n\nUser-agent: *\nDisallow: /"


def fifty_megabytes() -> Iterator[bytes]:
    for _ in range(50):
        yield MEGABYTE


def forever() -> Iterator[bytes]:
    while True:
        yield b"<p>slow</p>"


def test_a_page_of_50_mb_is_refused_before_it_is_all_here_whether_or_not_it_says_so(
    world: World,
) -> None:
    site = world.site
    site.routes["/endless"] = Answer(pieces=fifty_megabytes)
    site.routes["/said"] = Answer(MEGABYTE * 11)
    sources = [world.source("article", site.url(path)) for path in ("/endless", "/said")]
    reports = world.visit()
    for source in sources:
        assert reports[source.id].error == "larger than 10485760 bytes"
        assert world.gaps(source)[0].error == "ResponseRefused"


def test_a_gzip_bomb_is_refused(world: World) -> None:
    world.site.routes["/bomb"] = gzipped("x" * 30_000_000)
    source = world.source("article", world.site.url("/bomb"))
    assert "when decompressed" in world.visit()[source.id].error


def test_a_slow_drip_is_cut_off(world: World) -> None:
    world.site.routes["/drip"] = Answer(pieces=forever, drip_s=0.05)
    source = world.source("article", world.site.url("/drip"))
    with_options(world, timeout_s=0.6)
    begun = time.monotonic()
    assert world.visit()[source.id].error == "no complete answer within 0.6 s"
    assert time.monotonic() - begun < 5


def test_endless_redirects_are_refused(world: World) -> None:
    world.site.routes |= {"/a": redirect("/b"), "/b": redirect("/a")}
    source = world.source("article", world.site.url("/a"))
    assert world.visit()[source.id].error == "more than 10 redirects"
    assert world.site.count("/a") + world.site.count("/b") == 11


def test_a_redirect_to_a_private_address_is_refused_unasked(world: World) -> None:
    with Site(routes={"/secret": html(article("Секрет", "Не для всех."))}) as inner:
        world.site.routes["/a"] = redirect(inner.url("/secret"))
        source = world.source("article", world.site.url("/a"))
        assert "allow_private" in world.visit()[source.id].error
        assert world.gaps(source)[0].error == "AddressRefused"
        assert inner.asked == []


def test_a_name_that_resolves_to_loopback_is_refused_at_the_moment_of_connecting(
    world: World,
) -> None:
    with (
        world.reactor.resolving("rebound.example", "127.0.0.1"),
        Site(routes={"/": html(article("Секрет", "Не для всех."))}) as inner,
    ):
        port = inner.netloc.rpartition(":")[2]
        source = world.source("article", f"http://rebound.example:{port}/")
        assert "resolves to 127.0.0.1" in world.gaps_after_visit(source)[-1].reason
        assert inner.asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.kz/x", "data:text/html,x", "kanal", "http://"]
)
def test_a_source_that_is_not_http_is_a_gap_that_says_so(world: World, url: str) -> None:
    source = world.source("feed", url)
    assert world.visit()[source.id].error
    assert [gap.error for gap in world.gaps(source)] == ["AddressRefused"]


def test_loopback_is_refused_unless_listed_and_the_reason_says_how(world: World) -> None:
    with_options(world, allow_private=())
    source = world.source("feed", world.site.url("/feed"))
    error = world.visit()[source.id].error
    assert f"list {world.site.netloc} in allow_private" in error
    assert world.site.asked == []


def test_html_where_a_feed_was_promised_is_a_parse_error_and_others_go_on(world: World) -> None:
    site = world.site
    site.routes |= {
        "/wrong": html("<!DOCTYPE html><html><body>Страница не найдена</body></html>"),
        "/feed": xml(rss([(site.url("/a"), "А")])),
        "/a": html(article("Новость", "Текст.")),
    }
    wrong = world.source("feed", site.url("/wrong"))
    right = world.source("feed", site.url("/feed"))
    reports = world.visit()
    assert (reports[wrong.id].error != "", reports[right.id].new) == (True, 1)
    assert world.gaps(wrong)[0].error == "ParseError"


def test_an_entity_bomb_is_a_parse_error(world: World) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    world.site.routes["/feed"] = xml(bomb + rss([]).partition("?>")[2].replace("Новости", "&b;"))
    source = world.source("feed", world.site.url("/feed"))
    assert world.visit()[source.id].error
    assert world.gaps(source)[0].error == "ParseError"


def test_an_empty_feed_and_an_empty_sitemap_are_failures(world: World) -> None:
    world.site.routes |= {"/feed": xml(rss([])), "/map.xml": xml(urlset({}))}
    feed = world.source("feed", world.site.url("/feed"))
    sitemap = world.source("sitemap", world.site.url("/map.xml"))
    reports = world.visit()
    assert reports[feed.id].error and reports[sitemap.id].error


def test_a_page_of_a_feed_that_fails_is_one_gap_and_is_left_alone_for_a_while(world: World) -> None:
    site = world.site
    site.routes |= {
        "/feed": xml(rss([(site.url("/gone"), "А"), (site.url("/a"), "Б"), ("javascript:1", "В")])),
        "/a": html(article("Новость", "Текст.")),
    }
    source = world.source("feed", site.url("/feed"))
    report = world.visit()[source.id]
    assert (report.new, report.page_gaps, report.error) == (1, 1, "")
    assert [(gap.url, gap.reason) for gap in world.gaps(source)] == [
        (site.url("/gone"), "HTTP 404 Not Found")
    ]


def test_a_refused_connection_and_a_name_without_address_are_said_apart(world: World) -> None:
    port = closed_port()
    with_options(world, allow_private=(f"127.0.0.1:{port}",))
    refused = world.source("feed", f"http://127.0.0.1:{port}/feed")
    nameless = world.source("feed", "http://no-such-host.invalid/feed")
    reports = world.visit()
    assert reports[refused.id].error == "the connection was refused"
    assert "no address" in reports[nameless.id].error


def test_429_makes_the_host_wait_for_every_source_as_long_as_it_asked(world: World) -> None:
    site = world.site
    site.routes["/feed"] = Answer(status=429, headers=(("Retry-After", "7200"),))
    first = world.source("feed", site.url("/feed"), "a")
    with_options(world, visits=1)
    second = world.source("feed", site.url("/other"), "b")
    reports = world.visit()
    assert reports[first.id].error == "HTTP 429 Too Many Requests"
    assert reports[first.id].next_due == START + timedelta(hours=2)
    assert "left alone until" in reports[second.id].error
    assert reports[second.id].next_due == START + timedelta(hours=2)
    assert site.count("/other") == 0


def test_503_with_a_date_waits_by_the_servers_own_clock(world: World) -> None:
    headers = (
        ("Date", "Mon, 01 Jan 2035 10:00:00 GMT"),
        ("Retry-After", "Mon, 01 Jan 2035 13:00:00 GMT"),
    )
    world.site.routes["/feed"] = Answer(status=503, headers=headers)
    source = world.source("feed", world.site.url("/feed"))
    assert world.visit()[source.id].next_due == START + timedelta(hours=3)


def test_a_wait_of_a_year_is_cut_to_the_bound(world: World) -> None:
    world.site.routes["/feed"] = Answer(status=429, headers=(("Retry-After", "31536000"),))
    source = world.source("feed", world.site.url("/feed"))
    assert world.visit()[source.id].next_due == START + world.options.longest_block


def test_robots_txt_is_obeyed_for_our_name_and_asked_for_once(world: World) -> None:
    site = world.site
    site.routes |= {
        "/robots.txt": html(ROBOTS),
        "/feed": xml(rss([(site.url("/private/a"), "А"), (site.url("/b"), "Б")])),
        "/b": html(article("Новость", "Текст.")),
    }
    source = world.source("feed", site.url("/feed"))
    report = world.visit()[source.id]
    assert (report.new, report.page_gaps) == (1, 1)
    assert "robots.txt forbids" in world.gaps(source)[0].reason
    assert (site.count("/private/a"), site.count("/robots.txt")) == (0, 1)


def test_robots_txt_that_fails_forbids_for_now(world: World) -> None:
    site = world.site
    site.routes |= {"/robots.txt": Answer(status=500), "/feed": xml(rss([(site.url("/a"), "А")]))}
    source = world.source("feed", site.url("/feed"))
    assert "robots.txt cannot be read (HTTP 500" in world.visit()[source.id].error
    assert site.count("/feed") == 0


def test_the_user_agent_says_who_asks(world: World) -> None:
    world.options = replace(world.options, contact="https://observers.example.kz/bot")
    world.site.routes["/s/kanal"] = html(preview("kanal", []))
    world.source("telegram", world.site.url("/s/kanal"))
    world.visit()
    (agent,) = {one.headers["user-agent"] for one in world.site.asked}
    assert agent.startswith("Baqylau/")
    assert "+https://observers.example.kz/bot" in agent


def test_a_certificate_that_nobody_vouches_for_is_a_gap_that_says_tls(
    world: World, tmp_path: Path
) -> None:
    with Site(routes={"/": html(article("Новость", "Текст."))}, certificate=tmp_path) as site:
        with_options(world, allow_private=(site.netloc,))
        source = world.source("article", f"https://{site.netloc}/")
        assert "TLS: certificate verify failed" in world.visit()[source.id].error
        assert site.asked == []


def test_a_truncated_answer_is_a_gap_and_not_half_a_post(world: World) -> None:
    body = article("Новость", "Текст.").encode()
    world.site.routes["/a"] = Answer(
        body[:300], headers=(("Content-Type", "text/html"), ("Content-Length", "99999")),
    )  # fmt: skip
    source = world.source("article", world.site.url("/a"))
    with_options(world, timeout_s=2.0)
    assert world.visit()[source.id].error
    assert world.archive.live_posts(source.id, limit=1) == []
