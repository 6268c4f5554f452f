"""Where a text holds the words of a search, and the piece of it that is worth showing.

All positions are code points of the original text. The analyzer reads only what a snippet needs:
first around places that look like a searched word, then slice by slice up to a bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.model import Span, Token
from core.ports import Analyzer
from core.query import And, Node, Or, Phrase, Word

SNIPPET = 300
LEAD = 90
SLICE = 800
# Beyond this the snippet shows the beginning of the text instead; articles are rarely longer.
SCANNED = 8_000
_WORD_EDGE = 24
KEPT, LONGEST_KEPT = 2_048, 3_000


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text, and the words of the search in it."""

    span: Span
    highlights: tuple[Span, ...]


def terms(node: Node | None) -> tuple[Phrase, ...]:
    """What a matching text may show: every word or phrase that is not under a NOT."""
    if isinstance(node, Word):
        return (Phrase((node,)),)
    if isinstance(node, Phrase):
        return (node,) if node.words else ()
    if isinstance(node, And | Or):
        return tuple(dict.fromkeys(term for child in node.nodes for term in terms(child)))
    return ()


def matches(tokens: Sequence[Token], wanted: Sequence[Phrase]) -> list[Span]:
    """The stretches of the text where a term stands, in order, none overlapping."""
    first_kk = {phrase.words[0].kk for phrase in wanted}
    first_ru = {phrase.words[0].ru for phrase in wanted}
    found: list[Span] = []
    for place, token in enumerate(tokens):
        if token.lemma_kk not in first_kk and token.lemma_ru not in first_ru:
            continue
        for phrase in wanted:
            run = tokens[place : place + len(phrase.words)]
            if len(run) == len(phrase.words) and _holds(run, phrase.words):
                found.append(Span(token.start, run[-1].end))
    return merge(found)


def merge(spans: Sequence[Span]) -> list[Span]:
    """The same stretches without overlaps."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def snippet(
    text: str, wanted: Sequence[Phrase], analyzer: Analyzer, focus: Sequence[Span] = ()
) -> Snippet:
    """The piece around the first word of the search, else around `focus`, else the beginning."""
    first = min((span.start for span in focus), default=0)
    if not wanted:
        return Snippet(_around(text, first), ())
    find: Any = _found if len(text) <= LONGEST_KEPT else _found.__wrapped__
    found: Snippet | None = find(text, tuple(wanted), analyzer)
    return found or Snippet(_around(text, first), ())


# Reading 300 characters takes 0.2 ms, fifty times a page, and whoever decides on flags sees the
# same page again and again. It depends on the arguments alone. Full, it took 2.5 MB.
@lru_cache(maxsize=KEPT)
def _found(text: str, wanted: tuple[Phrase, ...], analyzer: Analyzer) -> Snippet | None:
    """The piece around the first word of the search."""
    for start, end in _places(text, wanted):
        found = _shift(matches(analyzer.tokens(text[start:end]), wanted), start)
        if found:
            shown = _around(text, found[0].start)
            if shown.start < start or shown.end > end:
                tokens = analyzer.tokens(text[shown.start : shown.end])
                found = _shift(matches(tokens, wanted), shown.start)
            inside = [one for one in found if shown.start <= one.start and one.end <= shown.end]
            return Snippet(shown, tuple(inside))
    return None


def _holds(run: Sequence[Token], words: Sequence[Word]) -> bool:
    pairs = list(zip(run, words, strict=True))
    return all(token.lemma_kk == word.kk for token, word in pairs) or all(
        token.lemma_ru == word.ru for token, word in pairs
    )


def _places(text: str, wanted: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    """Stretches worth reading, the likeliest first."""
    stems = sorted({re.escape(_stem(phrase.words[0].text)) for phrase in wanted})
    likely = re.finditer(rf"\b(?:{'|'.join(stems)})", text[:SCANNED], re.IGNORECASE)
    for tried, hit in enumerate(likely):
        if tried == 3:
            break
        span = _around(text, hit.start())
        yield span.start, span.end
    end = 0
    while end < min(len(text), SCANNED):
        start, end = end, _word_edge(text, min(end + SLICE, len(text)))
        yield start, end


def _stem(word: str) -> str:
    """What most forms of a word begin with: endings of both languages are about three letters."""
    return word[: max(3, len(word) - 3)]


def _around(text: str, place: int) -> Span:
    start = _word_edge(text, place - LEAD) if place > LEAD else 0
    end = start + SNIPPET
    if end >= len(text):
        return Span(max(0, min(start, place)), len(text))
    return Span(min(start, place), _word_edge(text, end))


def _word_edge(text: str, place: int) -> int:
    """The first place after a blank at or after `place`, if one is near."""
    if place <= 0 or place >= len(text):
        return min(max(place, 0), len(text))
    for near in range(place, min(place + _WORD_EDGE, len(text))):
        if text[near - 1].isspace():
            return near
    return place


def _shift(spans: Sequence[Span], by: int) -> list[Span]:
    return [Span(span.start + by, span.end + by) for span in spans]
