"""What an HTML page says of itself in its head and in microdata: one walk over the tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lxml.etree import XPath

from crawler.parsers.dates import read_date
from crawler.parsers.markup import line_text

# In order of trust. Names as sites of the region and the usual systems write them.
PUBLISHED = (
    "article:published_time", "itemprop:datepublished", "article:published", "og:published_time",
    "datepublished", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "mediator_published_time", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "dc.date.created",
    "dc.date", "dcterms.date", "publishdate", "publish_date", "publish-date", "published_time",
    "pubdate", "article.published", "article.created", "rnews:datepublished", "bt:pubdate", "ptime",
    "itemprop:datecreated",
)  # fmt: skip
# Often the moment the page was built: after a <time> that is marked.
WEAK = ("date",)
MODIFIED = (
    "article:modified_time", "itemprop:datemodified", "og:updated_time", "article:modified",
    "datemodified", "dcterms.modified", "dc.date.modified", "article.updated", "modified_time",
)  # fmt: skip
MAX_VALUE = 2000
_AUTHOR = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author",
           "sailthru.author", "mediator_author", "itemprop:author", "article.author")  # fmt: skip
# From the attributes up: asking each element for them takes twice as long.
_MICRODATA = XPath(
    "//@itemprop/.. | //@rel[. = 'author']/.."
    " | //@class[contains(., 'author') or contains(., 'byline')]/.."
)
_BYLINE = re.compile(r"(?:^|[\s_-])(author|byline|автор)(?:[\s_-]*(?:name|link))?(?:$|[\s_])", re.I)
_NOT_BYLINE = re.compile(r"comment|photo|image|img|avatar", re.I)
_PREFIX = re.compile(r"^\s*(?:by|von|автор|авторы|текст|мәтін|жазған)\s*[:—-]?\s+", re.I)


@dataclass(slots=True)
class PageMeta:
    """Collected once; every value as written, lower-case names, first one first."""

    values: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    times: list[tuple[Any, str]] = field(default_factory=list)
    headings: list[Any] = field(default_factory=list)
    bylines: list[Any] = field(default_factory=list)
    base: str = ""
    language: str = ""
    title: str = ""

    def first(self, *names: str) -> str:
        """The first value that is there under any of these names."""
        return next((self.values[name][0] for name in names if name in self.values), "")

    def dated(self, names: tuple[str, ...]) -> list[tuple[str, str]]:
        """(name, value) for each of these names that is there, in the order of the names."""
        return [(name, self.values[name][0]) for name in names if name in self.values]

    @property
    def author(self) -> str:
        """The author's name: head first, then microdata and the byline; never an address."""
        for name in _AUTHOR:
            for value in self.values.get(name, ()):
                if "://" not in value and len(value) < 120:
                    return clean_author(value)
        for element in self.bylines:
            text = clean_author(line_text(element))
            if 2 < len(text) < 80 and read_date(text) is None:
                return text
        return ""


def clean_author(text: str) -> str:
    """A name without "by" or "Автор:" in front of it."""
    return _PREFIX.sub("", " ".join(text.split()))


def collect(tree: Any) -> PageMeta:
    """Everything of interest in one pass; the body of the page is only looked at for microdata."""
    meta = PageMeta()
    root = tree.getroottree().getroot()
    meta.language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    for element in tree.iter("meta", "link", "script", "time", "base", "title", "h1"):
        _HANDLERS[element.tag](meta, element)
    for element in _MICRODATA(tree):
        _microdata(meta, element)
    return meta


def _meta(meta: PageMeta, element: Any) -> None:
    content = " ".join((element.get("content") or "")[:MAX_VALUE].split())
    if not content:
        return
    names = [element.get("property"), element.get("name"), element.get("http-equiv")]
    itemprop = element.get("itemprop")
    names += [f"itemprop:{itemprop}"] if itemprop and not any(names) else []
    for name in filter(None, names):
        meta.values.setdefault(name.strip().lower(), []).append(content)


def _link(meta: PageMeta, element: Any) -> None:
    href = (element.get("href") or "").strip()
    for rel in (element.get("rel") or "").lower().split():
        if href:
            meta.links.setdefault(rel, []).append(href)


def _script(meta: PageMeta, element: Any) -> None:
    if "ld+json" in (element.get("type") or "").lower() and element.text:
        meta.scripts.append(element.text)


def _time(meta: PageMeta, element: Any) -> None:
    stamp = (element.get("datetime") or "").strip()
    if stamp:
        meta.times.append((element, stamp))


def _base(meta: PageMeta, element: Any) -> None:
    meta.base = meta.base or (element.get("href") or "").strip()


def _title(meta: PageMeta, element: Any) -> None:
    meta.title = (
        meta.title or line_text(element)[:MAX_VALUE]
    )  # an <svg> further down has a title too


def _h1(meta: PageMeta, element: Any) -> None:
    meta.headings.append(element)


_HANDLERS = {
    "meta": _meta, "link": _link, "script": _script, "time": _time, "base": _base,
    "title": _title, "h1": _h1,
}  # fmt: skip


def _microdata(meta: PageMeta, element: Any) -> None:
    if element.tag in ("meta", "link", "script", "body", "html", "label", "input", "form"):
        return
    names = (element.get("itemprop") or "").lower().split()
    for name in names:
        if name in ("datepublished", "datemodified", "datecreated"):
            value = element.get("content") or element.get("datetime") or line_text(element)
            if value.strip():
                meta.values.setdefault(f"itemprop:{name}", []).append(value.strip())
    is_byline = "author" in names or element.get("rel") == "author"
    named = element.get("class") or ""
    if not _NOT_BYLINE.search(named) and (is_byline or _BYLINE.search(named)):
        meta.bylines.append(element)
