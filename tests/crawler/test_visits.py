"""The real crawler against a server on loopback, its posts in a real archive."""

from __future__ import annotations

from crawl_pages import article, rss
from crawl_site import html, xml
from crawl_world import World


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
    site.routes["/feed"] = xml(rss([(site.url("/a"), "А")]))
    site.routes["/a"] = html(article("Новость", "Текст."))
    source = world.source("feed", site.url("/feed"))
    world.visit()
    world.clock.advance(minutes=61)
    world.clock.advance(seconds=-world.clock.now().second)
    assert world.visit()[source.id].new == 0
    assert site.count("/feed") == 2
    world.clock.advance(hours=1)
    assert site.count("/a") <= 2
