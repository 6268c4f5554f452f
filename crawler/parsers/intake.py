"""What is looked at before anything is parsed: size, emptiness, compression, entity bombs."""

from __future__ import annotations

import re
import zlib

from core.errors import ParseError

MAX_BYTES = 10 * 1024 * 1024
# A sitemap may have 50 MB uncompressed: sitemaps.org, "Sitemap file size".
MAX_SITEMAP_BYTES = 52_428_800

MAX_DEPTH = 500

_SKIPPED = (("<?", "?>"), ("<!--", "-->"))
_BLANK = re.compile(r"[\s\ufeff]*")
_ROOT = re.compile(r"<(?:[\w.-]{1,64}:)?([\w.-]{1,64})")
# Bounded everywhere: what is longer than this is caught as a remainder.
_ENTITY = re.compile(r"<!ENTITY\s{1,20}(%\s{1,20})?([^\s>]{1,80})\s{1,20}([^>]{0,400})>", re.I)
_ANY_TAG = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(/)?([A-Za-z])[^<>]*>", re.S)
# One character under a name, as old feeds declare &nbsp; for themselves.
_CHARACTER = re.compile(r"""\s*(["'])(&#\w{1,8};|[^&%"']{1,8})\1\s*""")


def check_size(body: bytes, url: str, limit: int) -> None:
    """Raises ParseError for an empty body and for one above `limit` bytes."""
    if not body.strip(b"\0 \t\r\n"):
        raise ParseError(url, "the body is empty")
    if len(body) > limit:
        raise ParseError(url, f"{len(body)} bytes, more than the limit of {limit}")


def inflate(body: bytes, url: str, limit: int) -> tuple[bytes, tuple[str, ...]]:
    """`body`, gunzipped if it is gzip, and notes; refuses to grow beyond `limit` bytes."""
    if not body.startswith(b"\x1f\x8b"):
        return body, ()
    out = bytearray()
    while body.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(body, limit + 1 - len(out))
        except zlib.error as error:
            if not out:
                raise ParseError(url, f"gzip that cannot be read: {error}") from error
            return bytes(out), (f"gzip broken after {len(out)} bytes",)
        if len(out) > limit:
            raise ParseError(url, f"gzip that grows beyond the limit of {limit} bytes")
        if not member.eof:
            return bytes(out), (f"gzip cut off after {len(out)} bytes",)
        body = member.unused_data
    return bytes(out), ()


def check_entities(text: str, url: str) -> None:
    """Raises ParseError for XML that declares entities beyond names of single characters.

    The whole text is searched: where the DOCTYPE ends can be disguised, and a feed with both a
    DOCTYPE and an article that shows such a declaration unescaped is not worth the risk.
    """
    lower = text.lower()
    if "<!doctype" not in lower or "<!entity" not in lower:
        return
    for parameter, name, value in _ENTITY.findall(text):
        if parameter or not _CHARACTER.fullmatch(value):
            raise ParseError(url, f"XML that declares an entity ({name[:40]}): refused as a bomb")
    if "<!entity" in _ENTITY.sub("", text).lower():
        raise ParseError(url, "XML that declares an entity at length: refused as a bomb")


def check_depth(text: str, url: str) -> None:
    """Raises ParseError for XML nested deeper than any feed: feedparser takes 4 s for 300 kB of it.

    Counted on tags as they stand, so that ill-formed XML is measured too.
    """
    depth = 0
    for tag in _ANY_TAG.finditer(text):
        if tag[1]:
            depth = max(depth - 1, 0)
        elif tag[2] is not None and not tag[0].endswith("/>"):
            depth += 1
            if depth > MAX_DEPTH:
                raise ParseError(url, f"XML nested deeper than {MAX_DEPTH} elements")


def root_name(text: str) -> str:
    """The local name of the root element in lower case; "" where there is no element."""
    match = _ROOT.match(text, root_at(text))
    return match[1].lower() if match else ""


def root_at(text: str) -> int:
    """Where the root element begins: blanks, declarations, comments and DOCTYPE skipped."""
    at = _after_declarations(text, 0)
    if text[at : at + 9].lower() != "<!doctype":
        return at
    opened, closed = text.find("[", at), text.find(">", at)
    if 0 <= opened < closed:
        closed = text.find(">", max(text.find("]", opened), opened))
    return _after_declarations(text, closed + 1) if closed >= 0 else len(text)


def _after_declarations(text: str, at: int) -> int:
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        end = next((end for start, end in _SKIPPED if text.startswith(start, at)), "")
        closing = text.find(end, at) if end else -1
        if closing < 0:
            return at
        at = closing + len(end)
