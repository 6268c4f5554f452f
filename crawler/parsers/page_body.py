"""Where in the page the extracted text stands, and what pictures, videos and links are there."""

from __future__ import annotations

from typing import Any

from core.model import Media
from crawler.parsers.addresses import absolute, absolutes
from crawler.parsers.markup import line_text, pictures_in

_PARAGRAPHS = ("p", "li", "h2", "h3", "h4", "blockquote", "td", "pre")
_PLAYERS = ("youtube.com/embed", "youtube-nocookie.com/embed", "player.vimeo.com", "rutube.ru/play",
            "vk.com/video_ext", "ok.ru/videoembed", "dailymotion.com/embed")  # fmt: skip
# So much of the text lies below the element that is taken for the article.
_SHARE = 0.8


def article_element(tree: Any, text: str) -> Any:
    """The deepest element that holds most of `text`, paragraph by paragraph; None if none does."""
    lines = {" ".join(line.lstrip("-• ").split()) for line in text.splitlines()}
    weights = _weights(tree, ("p",), lines)
    if weights.get(tree, 0) < len(text) / 2:
        weights = _weights(tree, _PARAGRAPHS, lines)
    total = weights.get(tree, 0)
    best = None
    for element, weight in weights.items():
        if weight >= _SHARE * total and (best is None or _is_below(element, best)):
            best = element
    return best


def _weights(tree: Any, tags: tuple[str, ...], lines: set[str]) -> dict[Any, int]:
    """How many characters of `lines` stand, as whole paragraphs, below each element."""
    weights: dict[Any, int] = {}
    for block in tree.iter(*tags):
        content = line_text(block)
        if len(content) < 20 or content not in lines:
            continue
        parent = block.getparent()
        while parent is not None:
            weights[parent] = weights.get(parent, 0) + len(content)
            parent = parent.getparent()
    return weights


def links_of(element: Any, text: str, base: str) -> tuple[str, ...]:
    """Addresses linked from words of the text; menus and "read also" boxes beside it are not."""
    if element is None:
        return ()
    flat = " ".join(text.split())
    paragraphs: dict[Any, bool] = {}
    hrefs = []
    for anchor in element.iter("a"):
        words = line_text(anchor) if anchor.get("href") else ""
        if not words or words not in flat:
            continue
        around = _paragraph(anchor, element)
        if around not in paragraphs:
            paragraphs[around] = line_text(around)[:80] in flat
        if paragraphs[around]:
            hrefs.append(anchor.get("href"))
    return absolutes(base, hrefs)


def media_of(element: Any, base: str, leading: tuple[str, ...]) -> tuple[Media, ...]:
    """The picture of the page first, then pictures and videos of the article, each once."""
    found: dict[str, Media] = {}
    for address in (*absolutes(base, leading), *pictures_in(element, base)):
        found.setdefault(address, Media("photo", url=address))
    if element is not None:
        for player in element.iter("video", "iframe", "audio"):
            played = _player(player, base)
            if played and player.tag == "audio":
                found.setdefault(played, Media("audio", url=played))
            elif played:
                found.setdefault(played, Media("video", url=played))
    return tuple(found.values())


def _player(element: Any, base: str) -> str | None:
    source = element.get("src") or element.get("data-src")
    if element.tag == "iframe":
        address = absolute(base, source)
        return address if address and any(name in address for name in _PLAYERS) else None
    sources = [source, *(child.get("src") for child in element.iter("source"))]
    return next((address for href in sources if (address := absolute(base, href))), None)


def _is_below(element: Any, other: Any) -> bool:
    return any(ancestor is other for ancestor in element.iterancestors())


def _paragraph(anchor: Any, top: Any) -> Any:
    parent = anchor
    while parent is not top and parent.tag not in (*_PARAGRAPHS, "div", "section"):
        parent = parent.getparent()
    return parent
