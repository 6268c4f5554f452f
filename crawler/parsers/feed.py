"""RSS 0.9x, 1.0 and 2.0, Atom (by feedparser) and JSON Feed (ours): entries as Discoveries.

Each entry is also read as a Post, as far as the feed tells, for entries that have no page of their
own and for the command line; where a page exists, the page alone makes revisions.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import feedparser

from core.errors import ParseError
from core.identity import portable_text
from core.model import Discovery, Media, Post
from crawler.parsers.addresses import absolute, normal, page_address
from crawler.parsers.claims import Weighed, is_edit, read_claims, weigh
from crawler.parsers.encoding import decode
from crawler.parsers.intake import (
    MAX_BYTES,
    check_depth,
    check_entities,
    check_size,
    root_at,
    root_name,
)
from crawler.parsers.jsonfeed import read_json_feed
from crawler.parsers.language import claimed_language
from crawler.parsers.markup import fragment, html_text, links_in, pictures_in, plain_text

PARSER = "feed"
VERSION = f"1+feedparser-{feedparser.__version__}"

# rdf: RSS 0.90 and 1.0; channel: RSS without its root, which some write.
_ROOTS = frozenset(("rss", "feed", "rdf", "channel"))


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry before it is understood: strings as the feed has them."""

    id: str = ""
    link: str = ""
    title: str = ""
    content: str = ""
    author: str = ""
    language: str = ""
    published: str = ""
    modified: str = ""
    media: tuple[Media, ...] = ()
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class FeedReading:
    """What a feed names, in its order, each page once. A valid feed may be empty."""

    posts: tuple[Post, ...]
    discoveries: tuple[Discovery, ...]
    notes: tuple[str, ...] = ()


def parse_feed(
    body: bytes, *, url: str, content_type: str = "", now: datetime, limit: int = MAX_BYTES
) -> FeedReading:
    """Read a feed of any kind.

    Raises ParseError for HTML or anything else that is no feed, for entity bombs, and above `limit`
    bytes. An ill-formed feed gives the entries that can be read, and a note.
    """
    address = page_address(url)
    check_size(body, url, limit)
    decoded = decode(body, content_type)
    notes = list(decoded.notes)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        entries, found = _json_entries(text, url)
    else:
        entries, found = _xml_entries(text, url)
    notes += found
    posts: dict[str, Post] = {}
    discoveries: dict[str, Discovery] = {}
    for number, entry in enumerate(entries, start=1):
        link = _link(entry, url)
        if not link and not entry.id:
            notes.append(f"entry {number} has neither link nor id, left out")
            continue
        post, discovery = _read(entry, link, url, address, now)
        posts.setdefault(post.native_id, post)
        if discovery is not None:
            discoveries.setdefault(post.native_id, discovery)
    return FeedReading(tuple(posts.values()), tuple(discoveries.values()), tuple(notes))


def _read(
    entry: Entry, link: str, url: str, address: str, now: datetime
) -> tuple[Post, Discovery | None]:
    published, modified, notes = _dates(entry, now)
    when = published.when
    if when is None and modified.when is not None:
        when = modified.when
        notes.append("published: not given, the date of the last change stands for it")
    body = None if entry.is_plain else fragment(entry.content)
    text = entry.content.strip() if entry.is_plain else plain_text(body)
    text, stripped = portable_text(text)
    title = html_text(entry.title)
    edited = is_edit(published, modified)
    own = f"{address}#{portable_text(entry.id.strip())[0]}"
    native_id = normal(link) or own if link else own
    pictures = tuple(Media("photo", url=picture) for picture in pictures_in(body, link or url))
    post = Post(
        platform="web",
        native_id=native_id,
        url=link or url,
        text=text,
        title=title,
        author=html_text(entry.author),
        language=claimed_language(entry.language),
        published=when,
        edited=edited,
        edited_at=modified.when if edited else None,
        media=_each_once((*entry.media, *pictures)),
        links=links_in(body, link or url),
        aliases=_aliases(entry, native_id, own),
        parser=PARSER,
        parser_version=VERSION,
        notes=(*notes, *stripped),
    )
    return post, Discovery(link, title, published.when, modified.when) if link else None


def _dates(entry: Entry, now: datetime) -> tuple[Weighed, Weighed, list[str]]:
    weighed: list[Weighed] = []
    notes: list[str] = []
    for what, text in (("published", entry.published), ("modified", entry.modified)):
        claims, doubts = read_claims([("feed", text)] if text else [], now, what)
        weighed.append(weigh(claims, what))
        notes += [*doubts, *weighed[-1].notes]
    return weighed[0], weighed[1], notes


def _link(entry: Entry, url: str) -> str:
    """The page of the entry: its link, else its id where that is a URL."""
    return absolute(url, entry.link) or (entry.id if normal(entry.id) else "")


def _aliases(entry: Entry, native_id: str, own: str) -> tuple[str, ...]:
    """The id of the entry under another name: as a URL, or within this feed."""
    if not entry.id.strip():
        return ()
    alias = normal(entry.id) or own
    return (alias,) if alias != native_id else ()


def _each_once(media: Iterable[Media]) -> tuple[Media, ...]:
    return tuple({item.url: item for item in reversed(tuple(media))}.values())[::-1]


# --- JSON Feed -----------------------------------------------------------------------------------


def _json_entries(text: str, url: str) -> tuple[list[Entry], list[str]]:
    items, notes = read_json_feed(text, url)
    entries = [
        Entry(
            id=item.id,
            link=item.url,
            title=item.title,
            content=item.html or item.text,
            author=item.author,
            language=item.language,
            published=item.published,
            modified=item.modified,
            media=tuple(_media(url, *attachment) for attachment in item.attachments),
            is_plain=not item.html,
        )
        for item in items
    ]
    return entries, notes


# --- RSS and Atom --------------------------------------------------------------------------------


def _xml_entries(text: str, url: str) -> tuple[list[Entry], list[str]]:
    root = root_name(text)
    if root == "html" or text[:15].lower().startswith("<!doctype html"):
        raise ParseError(url, "HTML where a feed was promised")
    check_entities(text, url)
    check_depth(text, url)
    if not text.startswith("<"):
        raise ParseError(url, "neither XML nor JSON where a feed was promised")
    if root not in _ROOTS:
        what = "a sitemap" if root in ("urlset", "sitemapindex") else f"XML with the root <{root}>"
        raise ParseError(url, f"{what} where a feed was promised")
    parsed = feedparser.parse(
        # From the root on: the declaration names the encoding of before, this is UTF-8.
        io.BytesIO(text[root_at(text) :].encode()),
        # No address of the feed: with one, a guid that is no URL is resolved against it.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    notes: list[str] = []
    if parsed.bozo:
        notes.append(f"ill-formed XML, read as far as possible: {parsed.get('bozo_exception')}")
    feed_language = parsed.feed.get("language", "")
    is_atom = str(parsed.version).startswith("atom")
    return [_entry(item, feed_language, is_atom, url) for item in parsed.entries], notes


def _entry(item: Mapping[str, Any], language: str, is_atom: bool, url: str) -> Entry:
    base = absolute(url, _text(item, "title_detail", "base")) or url
    item = dict(item)  # feedparser's own `get` lets "published" stand for an absent "updated"
    published, updated = item.get("published") or "", item.get("updated") or ""
    if not is_atom and not published:
        # In RSS, dc:date is the only date there is, and feedparser calls it "updated".
        published, updated = updated, ""
    content = max(item.get("content") or [{}], key=lambda part: len(part.get("value") or ""))
    if not content.get("value"):
        content = item.get("summary_detail") or {}
    link = str(item.get("link") or "")
    if link == item.get("id") and not normal(link):
        link = ""  # an id passes for the link where there is none; this one is no URL
    return Entry(
        id=str(item.get("id") or ""),
        link=absolute(base, link) or absolute(base, _own_page(item)) or "",
        title=str(item.get("title") or ""),
        content=str(content.get("value") or ""),
        author=str(item.get("author") or ""),
        language=str(content.get("language") or item.get("language") or language or ""),
        published=str(published),
        modified=str(updated),
        media=_enclosed(item, base),
        is_plain=content.get("type") == "text/plain" and is_atom,
    )


def _own_page(item: Mapping[str, Any]) -> str:
    """The page of an entry that only links to itself, as some Atom feeds do."""
    pages = (link.get("href") for link in item.get("links") or () if link.get("rel") == "self")
    return str(next(pages, None) or "")


def _text(item: Mapping[str, Any], name: str, key: str) -> str:
    detail = item.get(name)
    return str(detail.get(key) or "") if isinstance(detail, Mapping) else ""


def _enclosed(item: Mapping[str, Any], base: str) -> tuple[Media, ...]:
    # feedparser's "enclosures" is only a view of the links, and a plain dict does not have it.
    enclosures = [link for link in item.get("links") or () if link.get("rel") == "enclosure"]
    found = [
        (
            str(part.get("href") or part.get("url") or ""),
            str(part.get("type") or part.get("medium") or ""),
        )
        for part in (*enclosures, *(item.get("media_content") or ()))
    ]
    thumbnails = [
        (str(part.get("url") or ""), "image") for part in item.get("media_thumbnail") or ()
    ]
    parts = found or thumbnails
    return tuple(_media(base, href, kind, "", None) for href, kind in parts if absolute(base, href))


def _media(base: str, href: str, mime: str, title: str, duration_s: int | None) -> Media:
    address = absolute(base, href) or ""
    match mime.partition("/")[0].lower():
        case "image":
            return Media("photo", address, title, duration_s)
        case "video":
            return Media("video", address, title, duration_s)
        case "audio":
            return Media("audio", address, title, duration_s)
        case _:
            return Media("document", address, title, duration_s)
