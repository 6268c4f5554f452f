"""What is looked at before anything is parsed: size, emptiness, compression, entity bombs."""

from __future__ import annotations

import re
import zlib

from core.errors import ParseError

MAX_BYTES = 10 * 1024 * 1024
# A sitemap may have 50 MB uncompressed: sitemaps.org, "Sitemap file size".
MAX_SITEMAP_BYTES = 52_428_800

_DECLARATION = re.compile(r"<\?.*?\?>|<!--.*?-->", re.S)
_SUBSET = re.compile(r"<!DOCTYPE[^>\[]*\[", re.I)
_ENTITY = re.compile(r"<!ENTITY\s+(%\s+)?([^\s>]+)\s+([^>]*)>", re.I)
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

    The whole text is searched once a DOCTYPE opens an internal subset: where that ends can be
    disguised, and no real feed has both a subset and an article that shows such a declaration.
    """
    subset = _SUBSET.search(text)
    if subset is None:
        return
    rest = text[subset.start() :]
    for parameter, name, value in _ENTITY.findall(rest):
        if parameter or not _CHARACTER.fullmatch(value):
            raise ParseError(url, f"XML that declares an entity ({name[:40]}): refused as a bomb")
    if "<!entity" in _ENTITY.sub("", rest).lower():
        raise ParseError(url, "XML with an unfinished entity declaration: refused as a bomb")


def root_name(text: str) -> str:
    """The local name of the root element in lower case; "" where there is no element."""
    match = re.match(r"<(?:[\w.-]+:)?([\w.-]+)", text[_root(text, 0) :])
    return match[1].lower() if match else ""


def _root(text: str, start: int) -> int:
    """Where the root element begins, the DOCTYPE with its internal subset skipped."""
    at = _after_declarations(text, start)
    if text[at : at + 9].lower() != "<!doctype":
        return at
    opened, closed = text.find("[", at), text.find(">", at)
    if 0 <= opened < closed:
        closed = text.find(">", max(text.find("]", opened), opened))
    return _after_declarations(text, closed + 1) if closed >= 0 else len(text)


def _after_declarations(text: str, at: int) -> int:
    while True:
        while at < len(text) and (text[at].isspace() or text[at] == "\ufeff"):
            at += 1
        match = _DECLARATION.match(text, at)
        if not match:
            return at
        at = match.end()
