"""Sitemaps: XML with or without its namespace, gzip, indexes, Google News, images, plain text.

A sitemap may also be a feed (sitemaps.org allows it). `lastmod` is the date of the last change and
never a Discovery's date of publication.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from core.errors import ParseError
from core.identity import portable_text
from core.model import Discovery, Media, Post
from crawler.parsers.addresses import absolute, normal, page_address
from crawler.parsers.claims import is_edit, read_claims, weigh
from crawler.parsers.encoding import decode
from crawler.parsers.feed import parse_feed
from crawler.parsers.intake import (
    MAX_SITEMAP_BYTES,
    check_entities,
    check_size,
    inflate,
    root_at,
    root_name,
)
from crawler.parsers.language import claimed_language

PARSER = "sitemap"
VERSION = "1"
# sitemaps.org: at most 50,000 URLs in a file.
MAX_URLS = 50_000
_CLOSED = re.compile(r"</(?:[\w.-]{1,64}:)?(?:urlset|sitemapindex)\s{0,20}>", re.I)
_ITEM = re.compile(r"<(?:[\w.-]{1,64}:)?(?:url|sitemap)[\s>]", re.I)
_ITEM_END = re.compile(r"</(?:[\w.-]{1,64}:)?(?:url|sitemap)\s{0,20}>", re.I)


@dataclass(frozen=True, slots=True)
class SitemapReading:
    """Further sitemaps of an index, or the pages of one sitemap, each once, in its order.

    `posts` are the same pages as records for the command line: without text.
    """

    sitemaps: tuple[str, ...]
    discoveries: tuple[Discovery, ...]
    posts: tuple[Post, ...]
    notes: tuple[str, ...] = ()


def parse_sitemap(
    body: bytes, *, url: str, content_type: str = "", now: datetime, limit: int = MAX_SITEMAP_BYTES
) -> SitemapReading:
    """Read a sitemap or an index of sitemaps.

    Raises ParseError for HTML or anything else that is none, for entity and gzip bombs, and above
    `limit` bytes (after gunzipping). Ill-formed XML gives what can be read, and a note.
    """
    page_address(url)
    check_size(body, url, limit)
    body, notes = inflate(body, url, limit)
    check_size(body, url, limit)
    decoded = decode(body, content_type)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return _plain(text, url, (*notes, *decoded.notes))
    root = root_name(text)
    if root == "html" or text[:15].lower().startswith("<!doctype html"):
        raise ParseError(url, "HTML where a sitemap was promised")
    check_entities(text, url)
    if root in ("rss", "feed", "rdf"):
        feed = parse_feed(body, url=url, content_type=content_type, now=now, limit=limit)
        return SitemapReading((), feed.discoveries, feed.posts, (*notes, *feed.notes))
    if root not in ("urlset", "sitemapindex"):
        raise ParseError(url, f"no sitemap: the root element is <{root[:40]}>")
    tree, faults = _tree(text, url)
    return _reading(tree, root, url, now, [*notes, *decoded.notes, *faults])


def _tree(text: str, url: str) -> tuple[Any, list[str]]:
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    whole = _CLOSED.search(text[-2000:]) is not None
    end = len(text) if whole else _last_item_end(text)
    try:
        # From the root on: the declaration names the encoding of before, this is UTF-8.
        tree = etree.fromstring(text[root_at(text) : end].encode(), parser=parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(url, f"XML that cannot be read: {error}") from error
    if tree is None:
        raise ParseError(url, "XML that cannot be read: there is no element in it")
    faults = [error for error in parser.error_log if error.level_name != "WARNING"]
    if not faults:
        return tree, []
    return tree, [f"ill-formed XML, read as far as possible: {faults[0].message}"]


def _last_item_end(text: str) -> int:
    """Where the last whole item ends: of the one that is cut off, half an address would be left."""
    ends = [match.end() for match in _ITEM_END.finditer(text)]
    first = _ITEM.search(text)
    return ends[-1] if ends else first.start() if first else len(text)


def _reading(tree: Any, root: str, url: str, now: datetime, notes: list[str]) -> SitemapReading:
    sitemaps: dict[str, str] = {}
    discoveries: dict[str, Discovery] = {}
    posts: dict[str, Post] = {}
    item_name = "sitemap" if root == "sitemapindex" else "url"
    for item in tree:
        if _local(item) != item_name:
            continue
        written = _text(_child(item, "loc"))
        address = absolute(url, written)
        native_id = normal(address) if address else None
        if address is None or native_id is None:
            notes.append(f"no address: {written[:80]!r}, left out")
        elif root == "sitemapindex":
            sitemaps.setdefault(native_id, address)
        elif len(posts) >= MAX_URLS:
            notes.append(f"more than {MAX_URLS} addresses, the rest left out")
            break
        elif native_id not in posts:
            posts[native_id], discoveries[native_id] = _page(item, address, native_id, now)
    if root == "sitemapindex":
        notes.append(f"an index of {len(sitemaps)} sitemaps")
    return SitemapReading(
        tuple(sitemaps.values()), tuple(discoveries.values()), tuple(posts.values()), tuple(notes)
    )


def _page(item: Any, address: str, native_id: str, now: datetime) -> tuple[Post, Discovery]:
    news = _child(item, "news")
    dates = {}
    notes: list[str] = []
    for what, text in (
        ("published", _text(_child(news, "publication_date"))),
        ("modified", _text(_child(item, "lastmod"))),
    ):
        claims, doubts = read_claims([("sitemap", text)] if text else [], now, what)
        dates[what] = weigh(claims, what)
        notes += [*doubts, *dates[what].notes]
    published, modified = dates["published"], dates["modified"]
    when = published.when
    if when is None and modified.when is not None:
        when = modified.when
        notes.append("published: not given, the date of the last change stands for it")
    edited = is_edit(published, modified)
    title = portable_text(_text(_child(news, "title")))[0]
    post = Post(
        platform="web",
        native_id=native_id,
        url=address,
        text="",
        title=title,
        language=claimed_language(_text(_child(_child(news, "publication"), "language"))),
        published=when,
        edited=edited,
        edited_at=modified.when if edited else None,
        media=_pictures(item, address),
        parser=PARSER,
        parser_version=VERSION,
        notes=tuple(notes),
    )
    return post, Discovery(address, title, published.when, modified.when)


def _pictures(item: Any, base: str) -> tuple[Media, ...]:
    found = (
        absolute(base, _text(_child(child, "loc"))) for child in item if _local(child) == "image"
    )
    return tuple(Media("photo", url=address) for address in dict.fromkeys(found) if address)


def _plain(text: str, url: str, notes: tuple[str, ...]) -> SitemapReading:
    """One URL a line, as sitemaps.org allows; a file without any is something else."""
    found: dict[str, str] = {}
    doubts: list[str] = []
    for line in text.splitlines():
        address = line.strip()
        native_id = normal(address) if "://" in address else None
        if native_id:
            found.setdefault(native_id, address)
        elif address:
            doubts.append(f"no address: {address[:80]!r}, left out")
    if not found or len(doubts) > len(found):
        raise ParseError(url, "neither XML nor a list of addresses where a sitemap was promised")
    posts = tuple(
        Post("web", native_id, address, "", parser=PARSER, parser_version=VERSION)
        for native_id, address in found.items()
    )
    discoveries = tuple(Discovery(address) for address in found.values())
    return SitemapReading((), discoveries, posts, (*notes, *doubts))


def _local(element: Any) -> str:
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _child(element: Any, name: str) -> Any:
    if element is None:
        return None
    return next((child for child in element if _local(child) == name), None)


def _text(element: Any) -> str:
    return "" if element is None else "".join(element.itertext()).strip()
