"""Bytes to text, whatever was declared: BOM, valid UTF-8, what was declared, what it looks like.

The order is not the browsers': a body that decodes as UTF-8 is UTF-8, since Cyrillic text in an
8-bit encoding is never valid UTF-8 by chance, while servers with a stale charset are common.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes
from w3lib.encoding import http_content_type_encoding, resolve_encoding

# utf-32 first: its little-endian mark begins with the one of utf-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHAPES = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"))
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]+)|<meta[^>]{0,400}?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.I,
)
_CYRILLIC = ("windows-1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "koi8-u", "kz1048")
_GUESSES = ("windows-1251", "koi8-r", "cp866", "iso8859-5")
_LATIN = ("cp1252", "latin-1", "iso8859-1", "us-ascii", "ascii")
_HIGH = bytes(range(0x80, 0x100))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_LOWER = "абвгдежзийклмнопрстуфхцчшщъыьэюяёәғқңөұүһі"
_COMMON = frozenset("оеаинтсрвлкыу")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without NUL, the encoding used, and what had to be done."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of `body`; never raises, replaces what nothing can read and says so."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _finish(body[len(mark) :], name, [])
    for shape, name in _SHAPES:
        if body.lstrip(b" \t\r\n").startswith(shape):
            return _finish(body, name, [])
    declared = _declared(body, content_type)
    notes: list[str] = []
    if body.isascii() and declared and declared.startswith(("iso2022", "hz")):
        return _finish(body, declared, notes)
    text = _as_utf8(body)
    if text is not None:
        if declared and declared not in ("utf-8", *_LATIN) and not text.isascii():
            notes.append(f"declared {declared}, is utf-8")
        return _without_nul(text, "utf-8", notes)
    name = _choose(body, declared)
    if declared and declared != name:
        notes.append(f"declared {declared}, read as {name}")
    elif not declared:
        notes.append(f"no encoding declared, read as {name}")
    return _finish(body, name, notes)


def _declared(body: bytes, content_type: str) -> str | None:
    """The first encoding that is declared and known: HTTP header, XML declaration, meta."""
    names = [http_content_type_encoding(content_type) if content_type else None]
    for match in _DECLARED.finditer(body[:8192]):
        names.append(resolve_encoding((match[1] or match[2]).decode("ascii", "ignore")))
    return next((name for name in names if name and not name.startswith("utf-16")), None)


def _as_utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _choose(body: bytes, declared: str | None) -> str:
    """The encoding of a body that is not valid UTF-8."""
    if _mostly_utf8(body):
        return "utf-8"
    if declared and declared not in ("utf-8", *_LATIN, *_CYRILLIC):
        return declared
    runs = _HIGH_RUN.findall(body[:200_000])
    # Cyrillic words are runs of high bytes; in Western text they stand alone among ASCII letters.
    if runs and sum(map(len, runs)) / len(runs) >= 2.5:
        sample = b" ".join(runs[:4000])
        candidates = [declared] if declared in _CYRILLIC else []
        candidates += [name for name in _GUESSES if name not in candidates]
        scores = {name: _cyrillic_score(sample, name) for name in candidates}
        best = max(candidates, key=lambda name: scores[name])
        if scores[best] > 0.5:
            # What was declared keeps the benefit of the doubt.
            return declared if declared in scores and scores[declared] > 0.8 else best
    if declared and declared != "utf-8":
        return declared
    guess = from_bytes(body[:20_000]).best()
    return guess.encoding if guess else "cp1252"


def _mostly_utf8(body: bytes) -> bool:
    """True for UTF-8 with a few broken places: at least ten good sequences for a bad one."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(body.translate(None, _HIGH)) - bad
    return good >= 10 * bad


def _cyrillic_score(sample: bytes, name: str) -> float:
    """How much of the sample is lower-case Cyrillic with the usual vowels, from 0 to about 1.3."""
    text = sample.decode(name, "replace").replace(" ", "")
    lower, common = sum(map(text.count, _LOWER)), sum(map(text.count, _COMMON))
    return (lower + common * 0.5) / max(len(text), 1)


def _finish(body: bytes, name: str, notes: list[str]) -> Decoded:
    try:
        text = body.decode(name)
    except (UnicodeDecodeError, LookupError):
        known = _known(name)
        text = body.decode(known, "replace")
        notes.append(f"replaced {text.count(chr(0xFFFD))} unreadable places ({known})")
    return _without_nul(text, name, notes)


def _without_nul(text: str, name: str, notes: list[str]) -> Decoded:
    """No codec used here gives a lone surrogate; those come with &#xD800; and are seen later."""
    if "\0" in text:
        text = text.replace("\0", "")
        notes.append("stripped NUL")
    return Decoded(text, name, tuple(notes))


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "utf-8"
