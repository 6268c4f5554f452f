"""Who is who: one id for a post in every store, one order for every list.

URL normalisation follows RFC 3986 section 6.2.2 (case, percent-encoding, dot segments), drops the
fragment, the default port and parameters that only track, and sorts what is left of the query.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from core.errors import InvalidInput

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
SEQUENCE_BITS = 20
# 128 bits in hex: well under Elasticsearch's 512 bytes, and sorts the same everywhere.
POST_ID_LENGTH = 32

_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|yclid|ysclid|_openstat|mc_[ce]id|igshid|ref_src|from_srs)$", re.I
)
# Made once: `json.dumps` makes an encoder at each call.
_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normalise_url(url: str) -> str:
    """The written normal form of an http(s) URL; two URLs of one page compare equal by it.

    Raises InvalidInput for another scheme or a URL without a host.
    """
    try:
        parts = urlsplit(portable_text(url)[0].strip())
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError as error:  # a bracket, a port, a label that no host has
        raise InvalidInput(url, f"an absolute http or https URL ({error})") from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise InvalidInput(url, "an absolute http or https URL")
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    # Bytes that are not UTF-8 (windows-1251 in older sites) stay the bytes they are.
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted(pair for pair in pairs if not _TRACKING.match(pair[0]))
    query = urlencode(kept, errors="surrogateescape")
    return urlunsplit((scheme, netloc, _normal_path(parts.path), query, ""))


def _normal_path(path: str) -> str:
    kept: list[str] = []
    plain = [unquote(part, errors="surrogateescape") for part in path.split("/")[1:]]
    for segment in plain:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            raw = segment.encode("utf-8", "surrogateescape")
            kept.append(quote(raw, safe="!$&'()*+,;=:@-._~"))
    if plain and plain[-1] in {".", ".."}:
        kept.append("")  # RFC 3986 5.2.4: /a/b/.. is the folder /a/
    return "/" + "/".join(kept)


def post_id(platform: str, native_id: str) -> str:
    """The id of a post: SHA-256 over platform, NUL and native id, cut to 32 hex digits."""
    digest = hashlib.sha256(f"{platform}\0{native_id}".encode()).hexdigest()
    return digest[:POST_ID_LENGTH]


def sort_key(seconds: int, sequence: int) -> int:
    """The int64 by which every list is ordered, newest first: `seconds << 20 | sequence`.

    `seconds` are UTC seconds since 1970 of the earliest claimed time (of first seen where there
    is none), clamped to [0, 2**43); `sequence` is stable and given by the archive.
    """
    clamped = min(max(seconds, 0), (1 << 43) - 1)
    return clamped << SEQUENCE_BITS | sequence & ((1 << SEQUENCE_BITS) - 1)


def canonical_json(value: Json) -> str:
    """JSON with sorted keys, no blanks, real characters: one text for one value."""
    return _CANONICAL(value)


def digest(value: Json) -> str:
    """SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 (hex) of a text in UTF-8: the key of everything computed once per text."""
    return hashlib.sha256(text.encode()).hexdigest()


def portable_text(text: str) -> tuple[str, tuple[str, ...]]:
    """`text` without NUL and lone surrogates, and a note for each kind that was stripped.

    PostgreSQL refuses the one, UTF-8 the other; both would be lost later and silently.
    """
    notes: list[str] = []
    if "\0" in text:
        text = text.replace("\0", "")
        notes.append("stripped NUL")
    try:
        text.encode()  # ten times as fast as a search for surrogates
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
        notes.append("stripped lone surrogates")
    return text, tuple(notes)
