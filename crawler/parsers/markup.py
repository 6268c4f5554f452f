"""HTML elements to plain text with its line breaks, and to the addresses in them."""

from __future__ import annotations

import re
from typing import Any

from lxml import html as lxml_html
from lxml.etree import XPath

from core.identity import portable_text
from crawler.parsers.addresses import absolutes

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "fieldset", "figcaption",
     "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
     "nav", "ol", "p", "pre", "section", "table", "tr", "ul")
)  # fmt: skip
_SILENT = frozenset(
    ("script", "style", "noscript", "template", "svg", "head", "iframe", "object", "video", "audio")
)
_TEXT = XPath("string()", smart_strings=False)  # half the time of itertext
_BLANKS = re.compile(r"[ \t\r\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def fragment(source: str) -> Any:
    """A piece of HTML as an element, or None where there is nothing in it."""
    source = portable_text(source)[0]
    if not source.strip():
        return None
    # One parser a call: bytes with a stated encoding, since lxml refuses text that declares one.
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    return lxml_html.document_fromstring(
        f"<div>{source}</div>".encode(), parser=parser, ensure_head_body=False
    )


def plain_text(element: Any) -> str:
    """The text of an element as a reader sees it: one line a block, `<br>` a line break.

    Line breaks of the source are blanks outside <pre>; emoji in images are their characters.
    """
    if element is None:
        return ""
    parts: list[str] = []
    _walk(element, parts, preformatted=False)
    lines = (line.strip(" \t\r\f\v\u00a0") for line in "".join(parts).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def line_text(element: Any) -> str:
    """The text of an element in one line, blanks collapsed."""
    return "" if element is None else " ".join(_TEXT(element).split())


def html_text(source: str) -> str:
    """The text of a piece of HTML; a text without markup needs no parser."""
    if "<" not in source and "&" not in source:
        return _BLANKS.sub(_collapsed, portable_text(source)[0]).strip()
    return plain_text(fragment(source))


def links_in(element: Any, base: str) -> tuple[str, ...]:
    """The http(s) addresses that an element links to, each once."""
    if element is None:
        return ()
    return absolutes(base, (anchor.get("href") for anchor in element.iter("a")))


def pictures_in(element: Any, base: str) -> tuple[str, ...]:
    """The addresses of the pictures in an element, each once, without pixels that only count."""
    if element is None:
        return ()
    return absolutes(base, (_source(image) for image in element.iter("img") if not _tiny(image)))


def _source(image: Any) -> str | None:
    for name in ("data-src", "data-original", "data-lazy-src", "src"):
        value = image.get(name)
        if value and not value.startswith("data:"):
            return str(value)
    candidates = image.get("srcset") or image.get("data-srcset")
    return candidates.split(",")[0].split(" ")[0] if candidates else None


def _tiny(image: Any) -> bool:
    sizes = (image.get("width", ""), image.get("height", ""))
    return any(size.isdigit() and int(size) < 33 for size in sizes)


def _walk(element: Any, parts: list[str], *, preformatted: bool) -> None:
    """Recursion is bounded: libxml2 gives no tree deeper than 256 without huge_tree."""
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag in _SILENT or not tag:
        return
    if tag == "br":
        parts.append("\n")
        return
    if tag == "img":
        parts.append(_emoji(element))
        return
    block = tag in _BLOCKS
    preformatted = preformatted or tag == "pre"
    if block:
        _new_line(parts)
    _add(parts, element.text, preformatted)
    for child in element:
        _walk(child, parts, preformatted=preformatted)
        _add(parts, child.tail, preformatted)
    if block:
        _new_line(parts)
    elif tag in ("td", "th"):
        parts.append(" ")


def _add(parts: list[str], text: str | None, preformatted: bool) -> None:
    if text:
        parts.append(text if preformatted else _BLANKS.sub(_collapsed, text))


def _collapsed(blanks: re.Match[str]) -> str:
    """One blank for a break in the source; blanks that the author typed stay."""
    return " " if "\n" in blanks[0] or "\r" in blanks[0] else blanks[0]


def _new_line(parts: list[str]) -> None:
    """A line break, unless the last thing written was one; blanks between tags do not count."""
    for part in reversed(parts):
        if part.endswith("\n"):
            return
        if part.strip(" "):
            parts.append("\n")
            return


def _emoji(image: Any) -> str:
    """The character an image stands for: only where its alt text holds no letters or digits."""
    alt = image.get("alt") or ""
    return "" if len(alt) > 16 or any(character.isalnum() for character in alt) else alt
