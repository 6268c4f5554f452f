"""What a page says of its article in schema.org JSON-LD, however badly it is written."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.identity import portable_text
from crawler.parsers.addresses import normal

_TYPES = re.compile(
    r"(Article|BlogPosting|LiveBlogPosting|SocialMediaPosting|DiscussionForumPosting|Report)$"
)
# Of the page itself: trusted after the article, before nothing else of JSON-LD.
_PAGE_TYPES = re.compile(r"(WebPage|ItemPage|VideoObject)$")
_ORGANISATION = re.compile(r"(Organization|Corporation|WebSite)$")
_COMMENT = re.compile(
    r"^\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[|//\s*<!\[CDATA\[)|(?:-->|/\*\s*\]\]>\s*\*/|(?://\s*)?\]\]>)\s*$"
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_LOOSE = {
    name: re.compile(rf'"{name}"\s*:\s*"([^"\\]{{6,60}})"')
    for name in ("datePublished", "dateModified")
}
_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Statement:
    """What JSON-LD says of the article; "" for what it does not say."""

    headline: str = ""
    authors: tuple[str, ...] = ()
    organisation: str = ""
    published: str = ""
    modified: str = ""
    language: str = ""
    images: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_jsonld(scripts: Iterable[str], address: str) -> Statement:
    """The statement about the article at `address`, from the texts of the JSON-LD scripts.

    Among several articles (a list of related ones) it is the one that names the address, else the
    first. Broken JSON gives its dates where it holds one of a kind.
    """
    notes: list[str] = []
    loose: list[str] = []
    nodes: list[Mapping[str, Any]] = []
    for script in scripts:
        value = _load(script)
        if value is None:
            loose.append(script)
        else:
            nodes += _nodes(value, 0)
    articles = [node for node in nodes if _is_a(node, _TYPES)]
    chosen = next((node for node in articles if _names(node, address)), None)
    chosen = chosen or next(iter(articles), None)
    page = next((node for node in nodes if _is_a(node, _PAGE_TYPES)), {})
    if chosen is None and not page and loose:
        found = {name: set(pattern.findall("".join(loose))) for name, pattern in _LOOSE.items()}
        notes.append("JSON-LD is broken, only its dates are read")
        return Statement(
            published=_only(found["datePublished"]),
            modified=_only(found["dateModified"]),
            notes=tuple(notes),
        )
    node = chosen or {}
    authors = list(_authors(node.get("author") or node.get("creator"), nodes))
    people = [name for name, is_person in authors if is_person]
    return Statement(
        headline=_text(node.get("headline") or node.get("name")),
        authors=tuple(dict.fromkeys(people)),
        organisation=authors[0][0] if authors and not people else "",
        published=_date(node, "datePublished") or _date(page, "datePublished", "uploadDate"),
        modified=_date(node, "dateModified") or _date(page, "dateModified"),
        language=_text(node.get("inLanguage") or page.get("inLanguage")),
        images=tuple(_images(node.get("image"))),
        notes=tuple(notes),
    )


def _load(script: str) -> Any:
    """The JSON of a script, the usual faults mended; None where it stays broken."""
    text = script.strip()
    for _ in range(3):  # a comment around CDATA around a comment
        text = _COMMENT.sub("", text).strip()
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text.rstrip(";")), html.unescape(text)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every typed object: in lists, in @graph, and as the main entity of a page."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart"):
            yield from _nodes(value.get(name), depth + 1)


def _is_a(node: Mapping[str, Any], pattern: re.Pattern[str]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and pattern.search(kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _names(node: Mapping[str, Any], address: str) -> bool:
    for name in ("url", "@id", "mainEntityOfPage"):
        value = node.get(name)
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and normal(value.strip()) == address:
            return True
    return False


def _authors(value: Any, nodes: list[Mapping[str, Any]]) -> Iterator[tuple[str, bool]]:
    """(name, whether it is a person): outlets that name only themselves leave it to the byline."""
    if isinstance(value, list):
        for item in value:
            yield from _authors(item, nodes)
    elif isinstance(value, dict):
        if "name" not in value and isinstance(value.get("@id"), str):
            value = next((node for node in nodes if node.get("@id") == value["@id"]), value)
        is_person = not _is_a(value, _ORGANISATION)
        names = value.get("name")
        for name in names if isinstance(names, list) else [names]:
            if _text(name):
                yield _text(name), is_person
    elif isinstance(value, str) and not normal(value) and _text(value):
        yield _text(value), True


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _images(item)
    elif isinstance(value, dict):
        yield from _images(value.get("url") or value.get("contentUrl"))
    elif isinstance(value, str):
        yield value


def _date(node: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = node.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    if not isinstance(value, str):
        return ""
    # JSON can spell what HTML cannot: NUL and lone surrogates.
    return " ".join(portable_text(html.unescape(value[:2000]))[0].split())


def _only(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""
