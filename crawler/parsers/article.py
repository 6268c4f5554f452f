"""A page with an article: text by trafilatura, the rest from what the page says of itself.

The date is taken from JSON-LD, then meta and microdata, then a marked <time>, then the feed or
sitemap that named the page; what they agree on is kept as exactly as any of them says it, and where
they disagree only the day is (crawler.parsers.claims). Only where none of them gives a date are the
address, the visible byline and htmldate asked, which know days at best.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import htmldate
import trafilatura
from trafilatura.settings import Extractor

from core.errors import ParseError
from core.identity import portable_text
from core.model import Discovery, Post
from core.when import CivilDate
from crawler.parsers.addresses import absolute, normal, page_address, same_host
from crawler.parsers.byline import address_date, is_today, visible_date
from crawler.parsers.claims import Claim, Weighed, is_edit, read_claims, weigh
from crawler.parsers.dates import EARLIEST, Reading, plausible
from crawler.parsers.encoding import decode
from crawler.parsers.intake import MAX_BYTES, check_size
from crawler.parsers.jsonld import Statement, read_jsonld
from crawler.parsers.language import claimed_language
from crawler.parsers.markup import line_text
from crawler.parsers.page_body import article_element, links_of, media_of
from crawler.parsers.page_meta import MODIFIED, PUBLISHED, WEAK, PageMeta, collect
from crawler.parsers.page_tree import page_tree

PARSER = "article"
VERSION = f"1+trafilatura-{trafilatura.__version__}"

_OTHER_TYPES = re.compile(
    r"^\s*(image|video|audio|font)/|^\s*application/(pdf|zip|json|octet)", re.I
)
_AROUND = frozenset(("nav", "header", "footer", "aside"))
SHORT = 40
_SITE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{2,60}$")


def parse_article(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    now: datetime,
    hint: Discovery | None = None,
    limit: int = MAX_BYTES,
) -> Post:
    """The article of the page fetched from `url` (the address after redirects).

    Raises ParseError where this is not HTML, where no text of an article is found, and above
    `limit` bytes.
    """
    address = page_address(url)
    check_size(body, url, limit)
    if _OTHER_TYPES.match(content_type):
        raise ParseError(url, f"not HTML but {content_type.partition(';')[0].strip()}")
    decoded = decode(body, content_type)
    tree = page_tree(decoded.text, url)
    meta = collect(tree)
    base = urljoin(url, meta.base) if absolute(url, meta.base) else url
    native_id, aliases, notes = _identity(meta, url, base, address)
    said = read_jsonld(meta.scripts, native_id)
    text = _article_text(tree, url)
    published, doubts = _published(tree, meta, said, hint=hint, url=url, now=now)
    modified, more_doubts = _modified(meta, said, now)
    edited = is_edit(published, modified)
    element = article_element(tree, text)
    text, stripped = portable_text(text)
    return Post(
        platform="web",
        native_id=native_id,
        url=url.strip(),
        text=text,
        title=_title(meta, said),
        author=", ".join(said.authors) or meta.author or said.organisation,
        language=_language(meta, said),
        published=published.when,
        edited=edited,
        edited_at=modified.when if edited else None,
        media=media_of(
            element, base, tuple(meta.values.get("og:image", ())[:1]) or said.images[:1]
        ),
        links=links_of(element, text, base),
        aliases=aliases,
        parser=PARSER,
        parser_version=VERSION,
        notes=(*decoded.notes, *stripped, *notes, *said.notes, *doubts, *more_doubts),
    )


def _article_text(tree: Any, url: str) -> str:
    """Readers' comments are not the publisher's words and are left out."""
    options = Extractor(output_format="python", comments=False, url=url)
    document = trafilatura.bare_extraction(tree, options=options)
    text = str(getattr(document, "text", None) or "").strip()
    if not text or (len(text) < SHORT and not _stands_in_body(tree, text)):
        raise ParseError(url, "no text of an article was found in this page")
    return text


def _stands_in_body(tree: Any, text: str) -> bool:
    """Whether a few words are from the body: of an empty page its title or a menu is extracted."""
    first = text.splitlines()[0].strip("-•| ")
    return any(
        first in line_text(element)
        for element in tree.iter("p", "h1", "h2", "h3", "li", "td", "blockquote", "article", "main")
        if not any(ancestor.tag in _AROUND for ancestor in element.iterancestors())
    )


def _identity(
    meta: PageMeta, url: str, base: str, address: str
) -> tuple[str, tuple[str, ...], list[str]]:
    """The native id, every other address of the page, and what was not believed."""
    notes: list[str] = []
    native_id = address
    canonical = absolute(base, next(iter(meta.links.get("canonical", ())), None))
    if canonical and not same_host(canonical, url):
        notes.append(f"canonical of another host, not followed: {canonical}")
    elif canonical and _is_front(canonical) and not _is_front(url):
        notes.append("canonical is the front page, not followed")
    elif canonical:
        native_id = normal(canonical) or address
    others = [address]
    for href in (*meta.values.get("og:url", ()), *meta.links.get("amphtml", ())):
        other = absolute(base, href)
        if other and same_host(other, url) and not _is_front(other):
            others.append(normal(other) or address)
    aliases = dict.fromkeys(other for other in others if other != native_id)
    return native_id, tuple(aliases), notes


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


# --- dates ---------------------------------------------------------------------------------------


def _published(
    tree: Any, meta: PageMeta, said: Statement, *, hint: Discovery | None, url: str, now: datetime
) -> tuple[Weighed, list[str]]:
    written = [("JSON-LD", said.published)] if said.published else []
    written += meta.dated(PUBLISHED)
    written += [("<time>", stamp) for stamp in _marked_times(meta)[:1]]
    stamps = {stamp for _, stamp in meta.times}
    if not written and len(stamps) == 1:
        written = [("the only <time>", stamps.pop())]
    claims, notes = read_claims([*written, *meta.dated(WEAK)], now, "published")
    if hint is not None and hint.published is not None and plausible(hint.published, now):
        claims.append(Claim("feed or sitemap", Reading(hint.published)))
    weighed = weigh(claims, "published")
    if weighed.when is None:
        weighed = _guessed(tree, url, now)
    return weighed, [*notes, *weighed.notes]


def _marked_times(meta: PageMeta) -> list[str]:
    """<time> elements that are marked as the date of publication."""
    return [
        stamp
        for element, stamp in meta.times
        if element.get("pubdate") is not None
        or re.search(r"publish|entry-date|post-date|article", element.get("class") or "", re.I)
    ]


def _guessed(tree: Any, url: str, now: datetime) -> Weighed:
    """A day from the address or the visible byline, else from htmldate.

    htmldate takes any date of the page, and many show today's in their head: a guess that says
    no more than when the page was fetched is none. Its extensive search is left out: it takes a
    copyright year for 1 January, and the first call in a process spends 2 s on regexes.
    """
    for source, day in (
        ("the address", address_date(url, now)),
        ("the visible byline", visible_date(tree, now)),
    ):
        if day is not None:
            return Weighed(day, (Claim(source, Reading(day)),), (f"published: from {source}",))
    found = htmldate.find_date(
        tree,
        original_date=True,
        extensive_search=False,
        url=url,
        min_date=EARLIEST.isoformat(),
        max_date=(now + timedelta(days=1)).date().isoformat(),
    )
    if not found:
        return Weighed(None, (), ("published: no date found",))
    day = CivilDate(date.fromisoformat(found))
    if is_today(day, now):
        return Weighed(None, (), ("published: htmldate found no other day than today's",))
    return Weighed(day, (Claim("htmldate", Reading(day)),), ("published: guessed by htmldate",))


def _modified(meta: PageMeta, said: Statement, now: datetime) -> tuple[Weighed, list[str]]:
    written = [("JSON-LD", said.modified)] if said.modified else []
    claims, notes = read_claims([*written, *meta.dated(MODIFIED)], now, "modified")
    weighed = weigh(claims, "modified")
    return weighed, [*notes, *weighed.notes]


# --- words ---------------------------------------------------------------------------------------


def _title(meta: PageMeta, said: Statement) -> str:
    """The only <h1>, else what the page calls itself, without the name of the site behind it."""
    headings = [text for text in (line_text(heading) for heading in meta.headings) if text]
    shown = meta.first("og:title", "twitter:title") or meta.title
    if len(headings) == 1 and len(headings[0]) > 3 and (headings[0] in shown or not shown):
        title = headings[0]
    else:
        title = said.headline or _without_site(meta) or _SITE.sub("", meta.title)
    return portable_text(title)[0]


def _without_site(meta: PageMeta) -> str:
    """The title for sharing, without the name of the site that some put behind it."""
    title, site = meta.first("og:title", "twitter:title"), meta.first("og:site_name")
    suffix = _SITE.search(title)
    if site and suffix and suffix[0].strip(" |–—·»-").lower() == site.lower():
        return title[: suffix.start()]
    return title


def _language(meta: PageMeta, said: Statement) -> str:
    claimed = (
        meta.language,
        meta.first("content-language", "language", "dc.language"),
        meta.first("og:locale"),
        said.language,
    )
    return next((language for tag in claimed if (language := claimed_language(tag))), "")
