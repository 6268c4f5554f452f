"""The real crawler against a server on loopback, its posts in a real archive."""

from __future__ import annotations

from datetime import timedelta

from crawl_pages import article, message, preview, rss, sitemap_index, urlset
from crawl_site import Answer, Asked, gzipped, html, redirect, xml
from crawl_world import START, World, with_options

from core.when import Interval
from crawler.cadence import Calendar, Span
from crawler.warc import read_record


def test_a_feed_names_pages_and_each_becomes_a_post_with_its_page_as_evidence(world: World) -> None:
    site = world.site
    site.routes["/feed"] = xml(rss([(site.url("/a"), "А"), (site.url("/b?utm_source=x"), "Б")]))
    site.routes["/a"] = html(article("Первая новость", "Кандидат встретился с избирателями."))
    site.routes["/b?utm_source=x"] = html(article("Вторая новость", "Состоялось заседание."))
    source = world.source("feed", site.url("/feed"))
    report = world.visit()[source.id]
    assert (report.new, report.page_gaps, report.error) == (2, 0, "")
    state = world.state(site.url("/a"))
    assert "Кандидат встретился" in state.record.revisions[0].post.text
    assert [one.url for one in state.captures] == [site.url("/a")]
    assert world.state(site.url("/b")).record.source_id == source.id


def test_a_known_page_is_not_fetched_again_for_being_named_again(world: World) -> None:
    site = world.site
    site.routes["/feed"] = xml(rss([(site.url("/a#top"), "А")]))
    site.routes["/a"] = html(article("Новость", "Текст."))
    source = world.source("feed", site.url("/feed"))
    with_options(world, looks_per_visit=0)
    world.visit()
    world.clock.advance(hours=2)
    assert world.visit()[source.id].new == 0
    assert (site.count("/feed"), site.count("/a")) == (2, 1)


def test_an_entry_without_a_page_is_saved_from_the_feed_itself(world: World) -> None:
    feed = rss([]).replace(
        "</channel>",
        "<item><guid isPermaLink='false'>42</guid><title>Объявление</title>"
        "<description>Приём граждан в понедельник.</description></item></channel>",
    )
    world.site.routes["/feed"] = xml(feed)
    source = world.source("feed", world.site.url("/feed"))
    assert world.visit()[source.id].new == 1
    (live,) = world.archive.live_posts(source.id, limit=5)
    post = world.state(live.native_id).record.revisions[0].post
    assert (post.parser, "Приём граждан" in post.text) == ("feed", True)


def test_an_unchanged_feed_is_asked_for_conditionally_and_304_is_a_success(world: World) -> None:
    site = world.site

    def feed(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"v1"':
            return Answer(status=304)
        return xml(rss([(site.url("/a"), "А")]), ("ETag", '"v1"'))

    site.routes |= {"/feed": feed, "/a": html(article("Новость", "Текст."))}
    source = world.source("feed", site.url("/feed"))
    world.visit()
    world.clock.advance(hours=2)
    assert world.visit()[source.id].error == ""
    assert [one.headers.get("if-none-match") for one in site.asked if one.path == "/feed"] == [
        None,
        '"v1"',
    ]


def test_a_page_that_could_not_be_had_keeps_the_feed_from_answering_304(world: World) -> None:
    site = world.site
    site.routes |= {
        "/feed": xml(rss([(site.url("/a"), "А")]), ("ETag", '"v1"')),
        "/a": [Answer(status=502), Answer(status=502), html(article("Новость", "Текст."))],
    }
    source = world.source("feed", site.url("/feed"))
    assert world.visit()[source.id].page_gaps == 1
    world.clock.advance(hours=2)
    assert world.visit()[source.id].new == 1
    assert all("if-none-match" not in one.headers for one in site.asked)


def test_what_one_visit_cannot_fetch_is_left_to_the_next_newest_first(world: World) -> None:
    site = world.site
    days = {site.url(f"/{day}"): f"2023-03-{day:02}" for day in range(10, 15)}
    site.routes["/map.xml"] = xml(urlset(days), ("ETag", '"all"'))
    for day in range(10, 15):
        site.routes[f"/{day}"] = html(article(f"День {day}", f"Новость дня номер {day}."))
    source = world.source("sitemap", site.url("/map.xml"))
    with_options(world, pages_per_visit=3, looks_per_visit=0)
    report = world.visit()[source.id]
    assert (report.new, report.backlog) == (3, 2)
    assert report.next_due == START + timedelta(minutes=1)
    assert {path for path in (one.path for one in site.asked) if path[1:].isdigit()} == {
        "/14",
        "/13",
        "/12",
    }
    world.clock.advance(minutes=2)
    assert (world.visit()[source.id].new, site.count("/14")) == (2, 1)


def test_an_index_of_sitemaps_is_followed_and_a_broken_child_is_one_gap(world: World) -> None:
    site = world.site
    site.routes |= {
        "/index.xml": xml(sitemap_index([site.url("/1.xml"), site.url("/2.xml.gz")])),
        "/1.xml": html("<html><body>404 not found, but 200</body></html>"),
        "/2.xml.gz": Answer(
            gzipped(urlset({site.url("/a"): ""})).body,
            headers=(("Content-Type", "application/gzip"),),
        ),
        "/a": html(article("Новость", "Текст.")),
    }
    source = world.source("sitemap", site.url("/index.xml"))
    report = world.visit()[source.id]
    assert (report.new, report.page_gaps, report.error) == (1, 1, "")
    assert world.gaps(source)[0].url == site.url("/1.xml")


def test_an_index_that_names_itself_ends(world: World) -> None:
    site = world.site
    site.routes["/index.xml"] = xml(sitemap_index([site.url("/index.xml")]))
    source = world.source("sitemap", site.url("/index.xml"))
    assert "names a page" in world.visit()[source.id].error
    assert site.count("/index.xml") == 1


def test_a_redirected_page_is_one_post_under_its_final_address(world: World) -> None:
    site = world.site
    site.routes |= {
        "/feed": xml(rss([(site.url("/old"), "А")])),
        "/old": redirect("/new", 301),
        "/new": html(article("Новость", "Текст.")),
    }
    source = world.source("feed", site.url("/feed"))
    world.visit()
    (live,) = world.archive.live_posts(source.id, limit=5)
    assert live.native_id == site.url("/new")
    assert world.archive.known("web", [site.url("/old")]) == {site.url("/old")}


def test_evidence_is_the_gzip_that_was_sent_and_its_hash_and_chunks_are_gone(world: World) -> None:
    site = world.site
    page = gzipped(article("Новость", "Сжатый текст новости."))
    site.routes |= {
        "/a": Answer(page.body, headers=(*page.headers, ("x-Odd", "Ё".encode().decode("latin-1"))),
                     chunked=True),
    }  # fmt: skip
    source = world.source("article", site.url("/a"))
    assert world.visit()[source.id].new == 1
    (evidence,) = world.state(site.url("/a")).captures
    assert read_record(evidence, world.evidence) == page.body
    assert evidence.headers == (
        *page.headers,
        ("x-Odd", "Ё".encode().decode("latin-1")),
        ("transfer-encoding", "chunked"),
    )
    assert "Сжатый текст" in world.state(site.url("/a")).record.revisions[0].post.text


# second looks


def test_a_page_gone_on_a_second_look_is_gone_between_two_captures_with_the_404_as_proof(
    world: World,
) -> None:
    site = world.site
    site.routes |= {
        "/feed": xml(rss([(site.url("/a"), "А")])),
        "/a": [html(article("Новость", "Текст.")), Answer(b"removed", status=404)],
    }
    source = world.source("feed", site.url("/feed"))
    world.visit()
    world.clock.advance(hours=200)
    assert world.visit()[source.id].gone == 1
    state = world.state(site.url("/a"))
    assert state.record.gone == Interval(START, START + timedelta(hours=200))
    proof = next(one for one in state.captures if one.status == 404)
    assert read_record(proof, world.evidence) == b"removed"


def test_in_the_silence_a_deletion_is_known_to_half_an_hour(world: World) -> None:
    site = world.site
    world.calendar = Calendar(silences=(Span(START, START + timedelta(hours=48)),))
    site.routes |= {
        "/feed": xml(rss([(site.url("/a"), "А")])),
        "/a": [html(article("Новость", "Текст.")), Answer(status=404)],
    }
    source = world.source("feed", site.url("/feed"))
    found = [one[source.id].gone for one in world.visits(12, minutes=3.5) if source.id in one]
    assert sum(found) == 1
    gone = world.state(site.url("/a")).record.gone
    assert isinstance(gone, Interval)
    assert gone.latest - gone.earliest <= timedelta(minutes=34)


def test_a_page_that_answered_404_for_a_while_is_not_gone_when_it_is_back(world: World) -> None:
    site = world.site
    site.routes |= {
        "/feed": xml(rss([(site.url("/a"), "А")])),
        "/a": [
            html(article("Новость", "Текст.")),
            Answer(status=404),
            Answer(status=404),
            html(article("Новость", "Текст.")),
        ],
    }
    source = world.source("feed", site.url("/feed"))
    seen = []
    for report in world.visits(4, hours=200):
        seen.append((report[source.id].gone, world.state(site.url("/a")).record.gone is not None))
    assert seen == [(0, False), (1, True), (0, True), (0, False)]
    assert sum(one.status == 404 for one in world.state(site.url("/a")).captures) == 1


def test_an_edited_page_is_a_second_revision(world: World) -> None:
    site = world.site
    site.routes |= {
        "/feed": xml(rss([(site.url("/a"), "А")])),
        "/a": [
            html(article("Новость", "Голосование состоится в воскресенье.")),
            html(article("Новость", "Голосование состоится. Голосуйте за Ахметова!")),
        ],
    }
    source = world.source("feed", site.url("/feed"))
    world.visit()
    world.clock.advance(hours=200)
    assert world.visit()[source.id].revised == 1
    revisions = world.state(site.url("/a")).record.revisions
    assert [("Ахметова" in one.post.text) for one in revisions] == [False, True]


def test_304_on_a_second_look_moves_last_seen_and_writes_no_evidence(world: World) -> None:
    site = world.site
    page = Answer(
        article("Новость", "Текст.").encode(),
        headers=(("Content-Type", "text/html"), ("Last-Modified", "Thu, 16 Mar 2023 04:00:00 GMT")),
    )
    site.routes |= {
        "/feed": xml(rss([(site.url("/a"), "А")])),
        "/a": lambda asked: Answer(status=304) if "if-modified-since" in asked.headers else page,
    }
    source = world.source("feed", site.url("/feed"))
    world.visit()
    size = sum(path.stat().st_size for path in world.evidence.iterdir())
    world.clock.advance(hours=200)
    assert world.visit()[source.id].unchanged == 1
    record = world.state(site.url("/a")).record
    assert record.last_seen.at == START + timedelta(hours=200)  # type: ignore[union-attr]
    assert sum(path.stat().st_size for path in world.evidence.iterdir()) == size


def test_a_page_that_now_leads_to_the_front_page_is_neither_edited_nor_gone(world: World) -> None:
    site = world.site
    site.routes |= {
        "/feed": xml(rss([(site.url("/a"), "А")])),
        "/a": [html(article("Новость", "Текст.")), redirect("/")],
        "/": html(article("Главная", "Все новости сегодня.")),
    }
    source = world.source("feed", site.url("/feed"))
    world.visit()
    world.clock.advance(hours=200)
    report = world.visit()[source.id]
    assert (report.gone, report.revised, report.page_gaps) == (0, 0, 1)
    assert "front page" in world.gaps(source)[0].reason


def test_a_fixed_page_that_ends_is_gone_and_its_source_fails(world: World) -> None:
    site = world.site
    site.routes["/a"] = [html(article("Страница", "Текст.")), Answer(status=410)]
    source = world.source("article", site.url("/a"))
    world.visit()
    world.clock.advance(hours=5)
    report = world.visit()[source.id]
    assert (report.gone, report.error) == (1, "HTTP 410 Gone")


# telegram


def test_a_channel_is_read_back_to_what_is_known(world: World) -> None:
    site = world.site
    site.routes["/s/kanal"] = html(
        preview("kanal", [message("kanal", n, f"Сообщение {n}") for n in (5, 6)], before=5)
    )
    site.routes["/s/kanal?before=5"] = html(
        preview("kanal", [message("kanal", n, f"Сообщение {n}") for n in (3, 4)])
    )
    source = world.source("telegram", site.url("/s/kanal"))
    assert world.visit()[source.id].new == 4
    world.clock.advance(hours=1, minutes=1)
    site.routes["/s/kanal"] = html(
        preview("kanal", [message("kanal", n, f"Сообщение {n}") for n in (6, 7)], before=6)
    )
    with_options(world, looks_per_visit=0)
    assert world.visit()[source.id].new == 1
    assert site.count("/s/kanal?before=6") == 0


def test_a_number_missing_within_a_page_is_gone_and_one_beyond_it_is_not(world: World) -> None:
    site = world.site
    site.routes["/s/kanal"] = [
        html(preview("kanal", [message("kanal", n, f"Сообщение {n}") for n in (1, 2, 3, 4)])),
        html(preview("kanal", [message("kanal", n, f"Сообщение {n}") for n in (2, 4)])),
    ]
    source = world.source("telegram", site.url("/s/kanal"))
    world.visit()
    world.clock.advance(hours=1, minutes=1)
    with_options(world, looks_per_visit=0)
    assert world.visit()[source.id].gone == 1
    assert world.state("kanal/3", "telegram").record.gone is not None
    assert world.state("kanal/1", "telegram").record.gone is None


def test_an_edited_message_is_revised_with_the_page_that_shows_it(world: World) -> None:
    site = world.site
    site.routes["/s/kanal"] = [
        html(preview("kanal", [message("kanal", 1, "Добрый день")])),
        html(preview("kanal", [message("kanal", 1, "Голосуйте за нас", edited=True)])),
    ]
    source = world.source("telegram", site.url("/s/kanal"))
    world.visit()
    world.clock.advance(hours=2)
    assert world.visit()[source.id].revised == 1
    revision = world.state("kanal/1", "telegram").record.revisions[-1]
    assert (revision.act.kind, revision.act.marked) == ("edit", True)


def test_an_old_message_is_looked_at_on_the_page_around_it(world: World) -> None:
    site = world.site
    old = [message("kanal", n, f"Сообщение {n}") for n in (1, 2, 3)]
    site.routes["/s/kanal"] = html(preview("kanal", old))
    source = world.source("telegram", site.url("/s/kanal"))
    world.visit()
    site.routes["/s/kanal"] = html(
        preview("kanal", [message("kanal", n, f"Сообщение {n}") for n in (50, 51)])
    )
    site.routes["/s/kanal?before=13"] = html(preview("kanal", [old[0], old[2]]))
    world.clock.advance(hours=200)
    report = world.visit()[source.id]
    assert report.gone == 1
    assert world.state("kanal/2", "telegram").record.gone is not None


def test_a_channel_page_without_a_message_is_a_failure(world: World) -> None:
    world.site.routes["/s/kanal"] = html(preview("kanal", []))
    source = world.source("telegram", world.site.url("/s/kanal"))
    assert world.visit()[source.id].error
    assert world.gaps(source)[0].error == "ParseError"
