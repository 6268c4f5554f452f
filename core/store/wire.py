"""How PostgreSQL is given many texts as one parameter: an array in its binary form (array_recv).

Written as text each quote and backslash of JSON is escaped here and read character by character
there; so each text goes as it is, behind its length.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from core.identity import portable_text

_TEXT, _TEXT_ARRAY = 25, 1009
_LENGTH = struct.Struct("!i").pack


class Texts(bytes):
    """An array of texts as the server reads it."""


def texts(values: Sequence[str]) -> Texts:
    """These texts, without what a database cannot hold."""
    try:
        parts = [one.encode() for one in values]
    except UnicodeEncodeError:
        parts = []
    if len(parts) < len(values) or any(b"\0" in one for one in parts):
        parts = [portable_text(one)[0].encode() for one in values]
    written = [_LENGTH(len(one)) + one for one in parts]
    # One dimension, none of them NULL, texts, so many, counted from 1.
    return Texts(struct.pack("!iiIii", 1, 0, _TEXT, len(parts), 1) + b"".join(written))


def adapt(connection: Any) -> None:
    """Let a connection of psycopg send them."""
    from psycopg.adapt import Dumper  # noqa: PLC0415  not where the archive is SQLite
    from psycopg.pq import Format  # noqa: PLC0415

    class TextsDumper(Dumper):
        oid, format = _TEXT_ARRAY, Format.BINARY

        def dump(self, obj: Texts) -> Texts:
            return obj

    connection.adapters.register_dumper(Texts, TextsDumper)
