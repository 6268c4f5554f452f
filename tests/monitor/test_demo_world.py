"""The demo's world: what it promises to show, and that the real parsers read all of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
import yaml

from config.loader import load_election
from core.errors import InvalidRecord, ParseError
from core.when import CivilDate, Instant
from crawler.parsers.article import parse_article
from crawler.parsers.feed import parse_feed
from crawler.parsers.sitemap import parse_sitemap
from crawler.parsers.telegram import parse_telegram
from monitor.demo import pages, world
from monitor.demo.server import Answer, DemoServer, Sites
from monitor.demo.world import START, DemoPost, World, load_world
from nlp.analyzer import LemmaAnalyzer
from nlp.annotate import make_document
from nlp.language import LanguageDetector

BASE = "http://127.0.0.1:9"
BEFORE, AFTER = START - timedelta(seconds=1), START + timedelta(hours=1)
MIDNIGHT = datetime.fromisoformat("2023-03-18T00:00:00")


class StoppedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def demo() -> World:
    return load_world()


@pytest.fixture(scope="module")
def sources() -> dict[str, dict[str, Any]]:
    """The sources by the site in their address."""
    text = files("monitor.demo").joinpath("sources.yml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = {}
    for source in yaml.safe_load(text)["sources"].values():
        parts = urlsplit(source["url"].replace("{base}", BASE)).path.split("/")
        found[parts[2] if parts[1] == "s" else parts[1]] = source
    return found


def everything(demo: World) -> list[DemoPost]:
    return [post for posts in demo.sites.values() for post in posts]


def sites_at(demo: World, sources: dict[str, dict[str, Any]], now: datetime) -> Sites:
    return Sites(
        demo,
        {site: source["name"]["ru"] for site, source in sources.items()},
        dict.fromkeys(sources, "ru"),
        StoppedClock(now),
    )


def body(answer: Answer) -> tuple[bytes, str]:
    return answer.body, answer.content_type


# --- what is in it


def test_there_are_three_hundred_texts_and_none_twice(demo: World) -> None:
    posts = everything(demo)
    texts = [text for post in posts for text in {post.text, post.text_at(AFTER)}]
    assert len(posts) >= 300
    assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_every_site_has_a_source_and_every_kind_of_source_is_there(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    assert set(demo.sites) <= set(sources)
    assert set(sources) - set(demo.sites) == {"demo_silent_channel"}
    assert {source["kind"] for source in sources.values()} == {
        "feed", "sitemap", "article", "telegram",
    }  # fmt: skip


def test_kazakh_russian_and_both_in_one_text(demo: World) -> None:
    detector = LanguageDetector()
    shares = Counter(_language(detector, post.text) for post in everything(demo))
    assert shares["kk"] >= 100
    assert shares["ru"] >= 100
    assert shares["mixed"] >= 60


def _language(detector: LanguageDetector, text: str) -> str:
    found = detector.detect(make_document(text, LemmaAnalyzer()))
    return next(opinion.value for opinion in found if opinion.label == "language")


def test_both_sides_of_midnight_to_the_second_on_the_clock_of_each_of_three_regions(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    election = load_election("kz-maslikhat-2023")
    for region in ("KZ-75", "KZ-15", "KZ-47"):
        (name,) = election.regions[region].zones
        local = {
            post.at.astimezone(ZoneInfo(name)).replace(tzinfo=None) - MIDNIGHT
            for site, source in sources.items()
            if source["regions"] == [region]
            for post in demo.sites.get(site, ())
        }
        assert {timedelta(seconds=-1), timedelta(0)} <= local, region


def test_one_instant_is_silence_in_almaty_and_not_yet_in_aqtobe(demo: World) -> None:
    almaty = {post.at for post in demo.sites["alatau"] if not post.date_only}
    aqtobe = [post for post in demo.sites["aqtobe"] if post.at in almaty]
    assert any(
        post.at.astimezone(ZoneInfo("Asia/Almaty")).day == 18
        and post.at.astimezone(ZoneInfo("Asia/Aqtobe")).day == 17
        for post in aqtobe
    )


def test_posts_edits_and_deletions_happen_while_somebody_watches(demo: World) -> None:
    posts = everything(demo)
    edits = [post.edit for post in posts if post.edit]
    watched = START + timedelta(minutes=10)
    assert sum(START < post.at <= watched for post in posts) >= 10
    assert len(edits) >= 12
    assert sum(START < edit.at <= watched for edit in edits) >= 8
    assert {edit.marked for edit in edits} == {True, False}
    assert sum(post.deleted is not None and post.deleted > START for post in posts) >= 10
    assert sum(bool(post.forwarded_from) for post in posts) >= 5
    assert sum(post.date_only for post in posts) >= 5


def test_an_edit_and_a_deletion_come_after_the_post(demo: World) -> None:
    for post in everything(demo):
        assert post.edit is None or post.edit.at > post.at, post.text
        assert post.edit is None or post.edit.text != post.text
        assert post.deleted is None or post.deleted > post.at, post.text


def test_a_deletion_in_a_channel_can_be_seen_because_something_follows_it(demo: World) -> None:
    """A number is missing only between two others of the page."""
    for site, posts in demo.sites.items():
        for post in posts:
            if post.deleted and "_" in site:
                assert any(
                    later.number > post.number and later.deleted is None for later in posts
                ), post.text


def test_no_channel_is_longer_than_what_a_first_visit_reads(demo: World) -> None:
    """Five pages of twenty, see crawler.settings.telegram_first_pages."""
    assert all(len(posts) <= 100 for site, posts in demo.sites.items() if "_" in site)


# --- what the parsers make of it


def test_every_message_is_read_back_page_by_page(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    for now in (BEFORE, AFTER):
        sites = sites_at(demo, sources, now)
        for site, source in sources.items():
            if source["kind"] != "telegram" or site not in demo.sites:
                continue
            read = {post.native_id: post for post in _pages_of(sites, site, now)}
            shown = demo.visible(site, now)
            assert set(read) == {f"{site}/{post.number}" for post in shown}
            for post in shown:
                found = read[f"{site}/{post.number}"]
                assert found.text == post.text_at(now)
                assert found.published == Instant(post.at)
                assert found.edited == post.shows_edit(now)
                assert bool(found.forwarded_from) == bool(post.forwarded_from)
                assert found.views == post.views


def _pages_of(sites: Sites, site: str, now: datetime) -> Iterator[Any]:
    target: str | None = f"/s/{site}"
    while target:
        content, content_type = body(sites.answer(target, BASE))
        reading = parse_telegram(content, url=BASE + target, content_type=content_type, now=now)
        yield from reading.posts
        target = reading.before and reading.before.removeprefix(BASE)


@pytest.mark.parametrize("now", [BEFORE, AFTER], ids=["before the edits", "after them"])
def test_every_page_is_read_back_with_its_date_and_its_mark(
    demo: World, sources: dict[str, dict[str, Any]], now: datetime
) -> None:
    sites = sites_at(demo, sources, now)
    for site, source in sources.items():
        if source["kind"] == "telegram":
            continue
        shown = demo.visible(site, now)
        for post in [post for post in shown if now == AFTER or post.edit]:
            content, content_type = body(sites.answer(pages.page_path(post), BASE))
            url = BASE + pages.page_path(post)
            found = parse_article(content, url=url, content_type=content_type, now=now)
            assert found.title == post.title
            assert found.text == f"{post.title}\n{post.text_at(now)}"
            day = CivilDate(post.at.date())
            assert found.published == (day if post.date_only else Instant(post.at))
            assert found.edited == post.shows_edit(now)


def test_feeds_and_the_sitemap_name_every_page_and_no_time_where_only_the_day_is_known(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    sites = sites_at(demo, sources, AFTER)
    for site, listing in (("alatau", "feed.xml"), ("aqtobe", "atom.xml"), ("aqtau", "sitemap.xml")):
        url = f"{BASE}/{site}/{listing}"
        content, content_type = body(sites.answer(f"/{site}/{listing}", BASE))
        parse = parse_sitemap if listing == "sitemap.xml" else parse_feed
        reading = parse(content, url=url, content_type=content_type, now=AFTER)
        named = {found.url: found for found in reading.discoveries}
        shown = demo.visible(site, AFTER)
        assert set(named) == {BASE + pages.page_path(post) for post in shown}
        for post in shown:
            published = named[BASE + pages.page_path(post)].published
            assert isinstance(published, Instant) != post.date_only


def test_a_feed_says_nothing_of_an_edit_that_has_not_happened(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    content = sites_at(demo, sources, BEFORE).answer("/aqtobe/atom.xml", BASE).body
    reading = parse_feed(content, url=f"{BASE}/aqtobe/atom.xml", now=BEFORE)
    changes = [
        found.modified.at for found in reading.discoveries if isinstance(found.modified, Instant)
    ]
    assert changes
    assert max(changes) <= BEFORE


# --- faults


@pytest.mark.parametrize("site", ["demo-broken", "demo-cp1251"])
def test_a_feed_with_a_fault_still_names_its_pages(
    demo: World, sources: dict[str, dict[str, Any]], site: str
) -> None:
    content, content_type = body(sites_at(demo, sources, AFTER).answer(f"/{site}/feed.xml", BASE))
    reading = parse_feed(
        content, url=f"{BASE}/{site}/feed.xml", content_type=content_type, now=AFTER
    )
    titles = {found.title for found in reading.discoveries}
    assert {post.title for post in demo.sites[site]} <= titles


def test_a_page_where_the_feed_was_is_an_error(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    url = f"{BASE}/demo-maintenance/feed.xml"
    content, content_type = body(
        sites_at(demo, sources, AFTER).answer("/demo-maintenance/feed.xml", BASE)
    )
    with pytest.raises(ParseError):
        parse_feed(content, url=url, content_type=content_type, now=AFTER)


def test_an_empty_channel_is_an_error_that_says_so(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    url = f"{BASE}/s/demo_silent_channel"
    content = sites_at(demo, sources, AFTER).answer("/s/demo_silent_channel", BASE).body
    with pytest.raises(ParseError, match="channel preview with no messages"):
        parse_telegram(content, url=url, now=AFTER)


def test_what_was_deleted_and_what_never_was_is_404(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    gone = next(post for post in demo.sites["alatau"] if post.deleted)
    sites = sites_at(demo, sources, AFTER)
    for target in (pages.page_path(gone), "/alatau/news/9999", "/s/nobody", "/nobody/page"):
        assert sites.answer(target, BASE).status == 404, target


def test_the_world_is_served_on_a_port_of_its_own_and_the_port_is_free_again(
    demo: World, sources: dict[str, dict[str, Any]]
) -> None:
    server = DemoServer(sites_at(demo, sources, AFTER))
    server.start()
    url = f"http://127.0.0.1:{server.port}/commission/page"
    with urlopen(url, timeout=5) as answer:
        assert demo.visible("commission", AFTER)[0].title in answer.read().decode()
    server.close()
    with pytest.raises(URLError):
        urlopen(url, timeout=5)


# --- bad lines


@pytest.mark.parametrize(
    "row",
    [
        {"site": "a", "text": "b"},
        {"site": "a", "at": "2023-03-17T10:00:00", "text": "no offset"},
        {"site": "a", "at": "+5", "text": "b", "edited": {"text": "an edit without a time"}},
        ["not", "an", "object"],
    ],
    ids=["no time", "no offset", "an edit without a time", "not an object"],
)
def test_a_bad_line_is_named(row: object) -> None:
    with pytest.raises(InvalidRecord, match="line 7"):
        world._row(7, json.dumps(row))


def test_the_clock_starts_on_the_day_of_silence_in_every_zone() -> None:
    election = load_election("kz-maslikhat-2023")
    zones = {zone for region in election.regions.values() for zone in region.zones}
    assert {START.astimezone(ZoneInfo(zone)).date().isoformat() for zone in zones} == {"2023-03-18"}
