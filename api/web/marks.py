"""Text cut into pieces by the spans that lie on it, ready to be drawn and escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text, how it looks, and what to say of it."""

    start: int
    end: int
    look: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch on which the same marks lie."""

    text: str
    looks: tuple[str, ...]
    says: str


def pieces(text: str, marks: Iterable[Mark], offset: int = 0) -> list[Piece]:
    """`text` in pieces; `offset` is where it starts in the text that the spans count in."""
    clipped = [
        Mark(max(0, mark.start - offset), min(len(text), mark.end - offset), mark.look, mark.says)
        for mark in marks
    ]
    real = [mark for mark in clipped if mark.start < mark.end]
    edges = sorted({0, len(text), *(m.start for m in real), *(m.end for m in real)})
    found: list[Piece] = []
    for start, end in pairwise(edges):
        over = [mark for mark in real if mark.start <= start and mark.end >= end]
        looks = tuple(sorted({mark.look for mark in over}))
        says = "; ".join(dict.fromkeys(mark.says for mark in over if mark.says))
        found.append(Piece(text[start:end], looks, says))
    return found


@dataclass(frozen=True, slots=True)
class Cut:
    """What a card shows of a post: its title, a piece of the rest, and whether more is around."""

    title: list[Piece]
    body: list[Piece]
    before: bool
    after: bool


def snippet_parts(item: Mapping[str, Any], look: str) -> Cut:
    """Title and snippet as the API gives them, the title not twice where the text begins with it.

    Spans count from the start of the title, which is the start of the text.
    """
    snippet, title = item["snippet"], item["title"]
    marks = [Mark(one["start"], one["end"], "hit") for one in snippet["highlights"]]
    marks += [Mark(one["start"], one["end"], look) for one in snippet["marks"]]
    start, text = snippet["start"], snippet["text"]
    skipped = 0
    if title and start < len(title):
        skipped = min(len(text), len(title) - start)
        skipped += len(text[skipped:]) - len(text[skipped:].lstrip())
    rest = text[skipped:]
    body = pieces(rest, marks, start + skipped) if rest.strip() else []
    return Cut(
        title=pieces(title, marks) if title else [],
        body=body,
        before=start + skipped > len(title) + 2,
        after=snippet["end"] < snippet["whole_length"],
    )


def span_marks(spans: Sequence[Mapping[str, Any]], look: str, says: str = "") -> list[Mark]:
    """Spans as the API gives them, as marks."""
    return [Mark(span["start"], span["end"], look, says) for span in spans]


def safe_link(url: str | None) -> str:
    """`url` where a browser may follow it, else an empty string: posts are hostile input."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return ""
    return (url or "").strip() if parts.scheme in ("http", "https") and parts.netloc else ""
