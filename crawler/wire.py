"""What passed over the wire: one request and its response, as they came.

The payload keeps its content encoding; only the transfer encoding (chunks) is gone.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import ParseError, ResponseRefused

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request head and the response to it. Header names and order are the server's own."""

    url: str
    fetched_at: datetime
    request_line: str
    request_headers: Headers
    status_line: str
    status: int
    headers: Headers
    payload: bytes
    ip_address: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the payload as transferred."""
        return hashlib.sha256(self.payload).hexdigest()

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return header(self.headers, name)


def header(headers: Sequence[tuple[str, str]], name: str) -> str:
    """The first value of a header, whatever its case, or an empty string."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), "")


def decoded(payload: bytes, headers: Sequence[tuple[str, str]], *, url: str, limit: int) -> bytes:
    """The payload without its content encoding: gzip and deflate, the two that are asked for.

    Raises ParseError for bytes that are not so encoded, ResponseRefused for more than `limit`.
    """
    names = [
        part.strip().lower()
        for key, value in headers
        if key.lower() == "content-encoding"
        for part in value.split(",")
    ]
    for name in reversed(names):
        if name in {"gzip", "x-gzip"}:
            payload = _inflate(payload, 31, url, limit)
        elif name == "deflate":
            # RFC 9110 8.4.1.2 says zlib, and some servers send the bare stream.
            bits = 15 if payload[:1] and payload[0] & 0x0F == 8 else -15
            payload = _inflate(payload, bits, url, limit)
        elif name not in {"", "identity"}:
            raise ParseError(url, f"content encoding {name!r} was not asked for and is not read")
    return payload


def _inflate(data: bytes, window_bits: int, url: str, limit: int) -> bytes:
    out = bytearray()
    try:
        while data:
            engine = zlib.decompressobj(window_bits)
            out += engine.decompress(data, limit + 1 - len(out))
            if len(out) > limit:
                raise ResponseRefused(url, f"larger than {limit} bytes when decompressed")
            if not engine.eof or window_bits != 31:
                break
            data = engine.unused_data if engine.unused_data[:2] == b"\x1f\x8b" else b""
    except zlib.error as error:
        raise ParseError(url, f"the compressed body cannot be read: {error}") from error
    return bytes(out)
