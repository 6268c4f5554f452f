"""The other end of crawler/extract.py: `python -m crawler.parse_worker`, work in, answers out.

A message is its length (8 bytes, big-endian) and a pickle; both ends are this program. The
parsers are imported when first asked for, so only these processes carry the weight of extraction.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from core.errors import FetchError

HEAD = struct.Struct(">Q")
_PARSERS = {
    "article": ("crawler.parsers.article", "parse_article"),
    "feed": ("crawler.parsers.feed", "parse_feed"),
    "sitemap": ("crawler.parsers.sitemap", "parse_sitemap"),
    "telegram": ("crawler.parsers.telegram", "parse_telegram"),
}


def parse_here(parser: str, body: bytes, kwargs: dict[str, Any]) -> tuple[str, Any]:
    """("parsed", reading), or ("failed", reason): errors with two arguments cannot be pickled."""
    module, name = _PARSERS[parser]
    try:
        return "parsed", getattr(import_module(module), name)(body, **kwargs)
    except FetchError as error:
        return "failed", error.reason
    except RecursionError:
        return "failed", "nested too deeply to be read"
    except MemoryError:
        return "failed", "needs more memory than there is"
    except Exception as error:  # one odd page must not end the process
        return "failed", f"the {parser} parser failed: {type(error).__name__}: {error}"


def main() -> None:
    """Answer until the other end closes."""
    work, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints must not write into the answers.
    os.dup2(2, 1)
    # Read by a thread while a page is parsed: a pipe holds 64 kB, the rest of a page would have to
    # be waited for.
    waiting: SimpleQueue[bytes | None] = SimpleQueue()
    Thread(target=_read_all, args=(work, waiting), daemon=True).start()
    while (data := waiting.get()) is not None:
        parser, body, kwargs = pickle.loads(data)  # noqa: S301  from our own parent
        answer = pickle.dumps(parse_here(parser, body, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        answers.write(HEAD.pack(len(answer)) + answer)
        answers.flush()


def _read_all(stream: BinaryIO, into: SimpleQueue[bytes | None]) -> None:
    while (data := _read(stream)) is not None:
        into.put(data)
    into.put(None)


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None


if __name__ == "__main__":
    main()
