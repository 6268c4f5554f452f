"""`baqylau parse`: the parsers of the crawler over bytes from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core.errors import InvalidInput
from core.model import Post
from monitor.clock import SystemClock

KINDS = ("article", "feed", "sitemap", "telegram")


def parse_bytes(
    kind: str, body: bytes, url: str, content_type: str, notes: list[str]
) -> Iterator[dict[str, Any]]:
    """One record a post. Raises InvalidInput for an unknown kind, ParseError for wrong bytes."""
    from crawler.parsers.records import to_record

    if kind not in KINDS:
        raise InvalidInput(kind, f"one of {', '.join(KINDS)}")
    for post in _posts(kind, body, url, content_type, notes):
        notes += [f"{post.native_id}: {note}" for note in post.notes]
        yield dict(to_record(post))


def _posts(kind: str, body: bytes, url: str, content_type: str, notes: list[str]) -> list[Post]:
    from crawler.parsers.article import parse_article
    from crawler.parsers.feed import FeedReading, parse_feed
    from crawler.parsers.sitemap import SitemapReading, parse_sitemap
    from crawler.parsers.telegram import TelegramReading, parse_telegram

    now = SystemClock().now()
    if kind == "article":
        return [parse_article(body, url=url, content_type=content_type, now=now)]
    readers: dict[str, Callable[..., FeedReading | SitemapReading | TelegramReading]] = {
        "feed": parse_feed,
        "sitemap": parse_sitemap,
        "telegram": parse_telegram,
    }
    reading = readers[kind](body, url=url, content_type=content_type, now=now)
    notes += reading.notes
    return list(reading.posts)
