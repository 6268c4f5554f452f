"""Text to a tree of core.query: the only way in which anything typed becomes a search.

What a person would expect decides the odd cases:

- A word is whatever stands between blanks, quotes and parentheses. The analyzer says which tokens
  are in it: several ("10:30", a pasted URL) become a phrase, none (an emoji, a lone "-") is left
  out. A query of blanks is None, everything; one that holds nothing to search for is InvalidQuery.
- AND, OR and NOT are operators in capitals only; a "-" only where it touches what follows it.
- `name:` makes a field where `name` is one of FACETS, in lower case. Another lower-case ASCII
  name that touches its value is taken for a misspelt field and refused, unless it is the scheme
  of a URL. All else ("время: 10:30", "Source: TASS") is ordinary text, its colon punctuation.
- "Straight" quotes have to be paired; «these», “these” and „these“ make a phrase where they are
  and are punctuation where they are not, for phones put them everywhere. Letters that touch a
  closing quote stay with it where the analyzer takes them for an ending ("AMANAT"тың), and are a
  word of their own where it does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

from core.errors import InvalidQuery
from core.model import FACETS
from core.ports import Analyzer
from core.query import And, FieldIs, Node, Not, Or, Phrase, Word

MAX_LENGTH = 1_000  # code points
MAX_TERMS = 64  # words, each word of a phrase, and fields
MAX_DEPTH = 20  # parentheses within parentheses

_Sort: TypeAlias = Literal["text", "phrase", "field", "and", "or", "not", "open", "close", "end"]
_OPERATORS: dict[str, _Sort] = {"AND": "and", "OR": "or", "NOT": "not"}
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # what no store can hold: read as a blank
_URL = re.compile(r'[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"]+')
_QUOTED = re.compile(r'"([^"]*)"|«([^«»"]*)»|[“„]([^“”„"]*)[”“]')
_TAIL = re.compile(r"[-'’]?[^\W\d_]+")
_WORD_ENDS = re.compile(r'[\s()"«“„]|\Z')
_FIELD = re.compile(r"([a-z_]+):")
_SCHEMES = frozenset({"http", "https", "ftp", "mailto", "tel", "tg", "viber", "whatsapp"})
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"


@dataclass(frozen=True, slots=True)
class _Piece:
    sort: _Sort
    at: int
    text: str = ""
    name: str = ""  # of a field
    tail: str = ""  # letters that touch the closing quote of a phrase


def parse(query: str, analyzer: Analyzer) -> Node | None:
    """The tree of `query`, lemmas in it; None where it is blank, which matches everything.

    Raises InvalidQuery, with the position (from 1, in code points) and what was expected.
    """
    if len(query) > MAX_LENGTH:
        raise _wrong(MAX_LENGTH, f"a query of at most {MAX_LENGTH} characters, not {len(query)}")
    query = _NOT_TEXT.sub(" ", query)
    if not query.strip():
        return None
    node = _Parser(_pieces(query), analyzer).whole()
    if node is None:
        raise _wrong(0, "a word, a phrase or field:value; there is nothing here to search for")
    return node


def _wrong(at: int, expected: str) -> InvalidQuery:
    return InvalidQuery(f"position {at + 1}", expected)


# --- text to pieces ------------------------------------------------------------------------------


def _pieces(query: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = 0
    while at < len(query):
        if query[at].isspace():
            at += 1
            continue
        piece, at = _piece(query, at)
        pieces.append(piece)
    return [*pieces, _Piece("end", len(query))]


def _piece(query: str, at: int) -> tuple[_Piece, int]:
    """The piece that starts at `at`, and where the next one may."""
    if found := _QUOTED.match(query, at):
        return _quoted(query, found)
    if sign := _sign(query, at):
        return _Piece(sign, at), at + 1
    if found := _URL.match(query, at):
        return _url(found[0], at)
    if name := _FIELD.match(query, at):
        if name[1] in FACETS:
            return _field(query, at, name[1], name.end())
        _refuse_misspelt(query, at, name[1], name.end())
    word = _word(query, at)
    return _Piece(_OPERATORS.get(word, "text"), at, word), at + len(word)


def _sign(query: str, at: int) -> _Sort | None:
    """What a single character means by itself, if anything."""
    match query[at]:
        case "(":
            return "open"
        case ")":
            return "close"
        case '"':
            raise _wrong(at, 'a closing " to this one')
        case "-" if _negates(query, at):
            return "not"
    return None


def _quoted(query: str, found: re.Match[str]) -> tuple[_Piece, int]:
    tail = _TAIL.match(query, found.end()) if _inside(found).strip() else None
    if tail is None:
        return _Piece("phrase", found.start(), found[0]), found.end()
    return _Piece("phrase", found.start(), found[0], tail=tail[0]), tail.end()


def _word(query: str, at: int) -> str:
    """What begins at `at`, whatever it is, up to the next blank, quote or parenthesis."""
    end = _WORD_ENDS.search(query, at + 1)
    return query[at : end.start()] if end else query[at:]


def _url(url: str, at: int) -> tuple[_Piece, int]:
    """A pasted URL up to a ) that it did not open: that one belongs to "(see URL)"."""
    depth = 0
    for place, character in enumerate(url):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            url = url[:place]
            break
    return _Piece("text", at, url), at + len(url)


def _inside(quoted: re.Match[str]) -> str:
    return next(group for group in quoted.groups() if group is not None)


def _negates(query: str, at: int) -> bool:
    """True for a minus that touches what it excludes and nothing before it, unlike a--b, a-b."""
    before = query[at - 1] if at else " "
    after = query[at + 1] if at + 1 < len(query) else " "
    return (before.isspace() or before == "(") and not after.isspace() and after not in _DASHES


def _field(query: str, at: int, name: str, start: int) -> tuple[_Piece, int]:
    touching = query[start : start + 1]
    if found := _QUOTED.match(query, start):
        value, end = _inside(found), found.end()
    elif touching == '"':
        raise _wrong(start, 'a closing " to this one')
    else:
        value = "" if touching in "()" or touching.isspace() else _word(query, start)
        end = start + len(value)
    if not value.strip():
        raise _wrong(start, f'a value right after the colon: {name}:value or {name}:"a value"')
    return _Piece("field", at, value, name), end


def _refuse_misspelt(query: str, at: int, name: str, start: int) -> None:
    """Raises InvalidQuery where `name:` can only be meant as a field."""
    touching = query[start : start + 1]
    if not touching or touching.isspace() or touching in ")/" or name in _SCHEMES:
        return
    near = get_close_matches(name, FACETS, n=1)
    hint = f"{near[0]}: perhaps, or another" if near else "one"
    raise _wrong(
        at, f"no field is called {name}; {hint} of {', '.join(FACETS)} (in quotes it is text)"
    )


# --- pieces to a tree ----------------------------------------------------------------------------


class _Parser:
    """Recursive descent, one method a line of the grammar. None is an operand with no token."""

    def __init__(self, pieces: Sequence[_Piece], analyzer: Analyzer) -> None:
        self._pieces = pieces
        self._analyzer = analyzer
        self._next = 0
        self._terms = 0

    def whole(self) -> Node | None:
        node = self._or(0)
        left = self._pieces[self._next]
        if left.sort == "close":
            raise _wrong(left.at, "no ) here: none is open")
        return node

    def _or(self, depth: int) -> Node | None:
        nodes = [self._and(depth)]
        while self._take("or"):
            nodes.append(self._and(depth))
        return _join(Or, nodes)

    def _and(self, depth: int) -> Node | None:
        nodes = [self._not(depth)]
        while self._take("and") or self._pieces[self._next].sort not in ("or", "close", "end"):
            nodes.append(self._not(depth))
        return _join(And, nodes)

    def _not(self, depth: int) -> Node | None:
        negative = False
        while self._take("not"):
            negative = not negative
        node = self._atom(depth)
        return Not(node) if negative and node is not None else node

    def _atom(self, depth: int) -> Node | None:
        piece = self._pieces[self._next]
        self._next += 1
        match piece.sort:
            case "phrase" if piece.tail:
                return self._with_tail(piece)
            case "text" | "phrase":
                return self._words(piece.text, piece.at)
            case "field":
                self._count(1, piece.at)
                return FieldIs(piece.name, piece.text)
            case "open":
                return self._group(piece, depth + 1)
        raise _wrong(piece.at, self._missing_operand())

    def _group(self, opened: _Piece, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            raise _wrong(opened.at, f"at most {MAX_DEPTH} parentheses within each other")
        node = self._or(depth)
        if not self._take("close"):
            raise _wrong(opened.at, "a closing ) to this one")
        return node

    def _with_tail(self, piece: _Piece) -> Node | None:
        together = piece.text + piece.tail
        if len(self._analyzer.tokens(together)) == len(self._analyzer.tokens(piece.text)):
            return self._words(together, piece.at)
        apart = [self._words(piece.text, piece.at), self._words(piece.tail, piece.at)]
        return _join(And, apart)

    def _words(self, text: str, at: int) -> Node | None:
        tokens = self._analyzer.tokens(text)
        self._count(len(tokens), at)
        words = tuple(
            Word(text[token.start : token.end], token.lemma_kk, token.lemma_ru) for token in tokens
        )
        if len(words) == 1:
            return words[0]
        return Phrase(words) if words else None

    def _missing_operand(self) -> str:
        """What to say of a piece that stands where an operand should."""
        before = self._pieces[self._next - 2] if self._next > 1 else None
        if before is None:
            return "a word before this operator; in quotes it is text"
        if before.sort == "open":
            return "a word, a phrase or field:value between the parentheses"
        return f"a word, a phrase or field:value after {before.text or '-'}; in quotes it is text"

    def _take(self, sort: _Sort) -> bool:
        if self._pieces[self._next].sort != sort:
            return False
        self._next += 1
        return True

    def _count(self, terms: int, at: int) -> None:
        self._terms += terms
        if self._terms > MAX_TERMS:
            raise _wrong(at, f"at most {MAX_TERMS} words and fields in a query")


def _join(kind: type[And] | type[Or], nodes: Sequence[Node | None]) -> Node | None:
    kept = tuple(node for node in nodes if node is not None)
    return kind(kept) if len(kept) > 1 else (kept[0] if kept else None)
