"""Every folder <platform>/<case>: what was fetched, when, from where, and what must be read in it.

`input.*` are the bytes, `meta.json` the arguments, `expected.json` the reading or the reason why
there is none. The texts and the people in them are invented.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import ParseError
from core.model import Discovery, Post
from core.when import When, format_when, parse_when
from crawler.parsers.article import parse_article
from crawler.parsers.feed import parse_feed
from crawler.parsers.records import to_record
from crawler.parsers.sitemap import parse_sitemap
from crawler.parsers.telegram import parse_telegram

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/meta.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_case(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    assert read_case(case) == expected


def test_there_are_cases_of_every_platform() -> None:
    platforms = {case.parent.name for case in CASES}
    assert platforms == {"article", "feed", "sitemap", "telegram"}
    assert all((case / "expected.json").exists() for case in CASES)


def read_case(case: Path) -> dict[str, Any]:
    """The whole reading of a case as JSON; for a refusal only the reason."""
    meta = json.loads((case / "meta.json").read_text("utf-8"))
    (source,) = case.glob("input.*")
    arguments: dict[str, Any] = {
        "url": meta["url"],
        "content_type": meta["content_type"],
        "now": datetime.fromisoformat(meta["now"]),
    }
    try:
        reading = _READERS[case.parent.name](source.read_bytes(), arguments, meta)
    except ParseError as error:
        assert error.url == meta["url"]
        return {"error": error.reason}
    return json.loads(json.dumps(reading, ensure_ascii=False))


def _article(body: bytes, arguments: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    hint = meta.get("hint")
    if hint:
        dates = {name: parse_when(hint[name]) for name in hint}
        arguments["hint"] = Discovery(meta["url"], **dates)
    return {"posts": [_post(parse_article(body, **arguments))]}


def _feed(body: bytes, arguments: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    reading = parse_feed(body, **arguments)
    return {
        "posts": [_post(post) for post in reading.posts],
        "discoveries": [_discovery(item) for item in reading.discoveries],
        "notes": reading.notes,
    }


def _sitemap(body: bytes, arguments: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    reading = parse_sitemap(body, **arguments)
    return {
        "sitemaps": reading.sitemaps,
        "posts": [_post(post) for post in reading.posts],
        "discoveries": [_discovery(item) for item in reading.discoveries],
        "notes": reading.notes,
    }


def _telegram(body: bytes, arguments: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    reading = parse_telegram(body, **arguments)
    return {
        "posts": [_post(post) for post in reading.posts],
        "channel": asdict(reading.channel),
        "before": reading.before,
        "numbers": [reading.smallest, reading.largest],
        "notes": reading.notes,
    }


_READERS = {"article": _article, "feed": _feed, "sitemap": _sitemap, "telegram": _telegram}


def _post(post: Post) -> dict[str, Any]:
    more = {"title": post.title, "aliases": post.aliases, "reply_to": post.reply_to}
    kept = {name: value for name, value in more.items() if value}
    return {**to_record(post), **kept, "notes": post.notes}


def _discovery(item: Discovery) -> dict[str, Any]:
    return {
        "url": item.url,
        "title": item.title,
        "published": _when(item.published),
        "modified": _when(item.modified),
    }


def _when(when: When | None) -> str | None:
    return None if when is None else format_when(when)
