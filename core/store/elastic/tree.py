"""A tree of core.query as a query of Elasticsearch: pure.

The tree is brought into a form in which negation stands at the leaves alone and AND and OR take
turns, and an OR within an AND shares its `bool`: Elasticsearch refuses more than 30 queries within
each other, and so the deepest tree that the grammar allows needs about 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.errors import InvalidQuery
from core.model import FACETS
from core.query import And, FieldIs, Node, Not, Or, Phrase, Word
from core.store.elastic.mapping import Body, facet_field, lemma_field
from core.store.elastic.terms import term

DEEPEST = 29
NOTHING: Body = {"match_none": {}}
EVERYTHING: Body = {"match_all": {}}


@dataclass(frozen=True, slots=True)
class _Leaf:
    query: Body
    is_negative: bool
    depth: int = 1


@dataclass(frozen=True, slots=True)
class _Branch:
    """All or any of `parts`, none of which is a branch of the same sort; `depth` of its query."""

    sort: Literal["all", "any"]
    parts: tuple[_Part, ...]
    depth: int


_Part: TypeAlias = _Leaf | _Branch


def of_node(node: Node) -> Body:
    """The query of a tree. Raises InvalidQuery for one that no server would take."""
    part = _normal(node, negative=False)
    if part.depth + 1 > DEEPEST:  # the request's own `bool` is around it
        raise InvalidQuery("query", f"parentheses that need at most {DEEPEST} levels")
    return _query(part)


def _normal(node: Node, *, negative: bool) -> _Part:
    match node:
        case Word():
            return _words((node,), negative)
        case Phrase():
            return _words(node.words, negative)
        case FieldIs():
            return _Leaf(is_value(facet_field(known("field", node.name)), node.value), negative)
        case Not():
            return _normal(node.node, negative=not negative)
        case And() | Or():
            parts = [_normal(part, negative=negative) for part in node.nodes]
            return _branch(parts, is_all=isinstance(node, And) != negative)


def _words(words: Sequence[Word], negative: bool) -> _Part:
    """Adjacent tokens, all by one language or all by the other."""
    if not words:
        return _branch([], is_all=negative)
    adjacent = [
        _adjacent(lemma_field("kk"), [term(word.kk) for word in words]),
        _adjacent(lemma_field("ru"), [term(word.ru) for word in words]),
    ]
    return _branch([_Leaf(one, negative) for one in adjacent], is_all=negative)


def _adjacent(field: str, wanted: Sequence[str]) -> Body:
    if len(wanted) == 1:
        return {"term": {field: wanted[0]}}
    return {"match_phrase": {field: {"query": " ".join(wanted), "analyzer": "whitespace"}}}


def _branch(parts: Sequence[_Part], *, is_all: bool) -> _Part:
    sort: Literal["all", "any"] = "all" if is_all else "any"
    flat: list[_Part] = []
    for part in parts:
        flat += part.parts if isinstance(part, _Branch) and part.sort == sort else [part]
    if len(flat) == 1:
        return flat[0]
    return _Branch(sort, tuple(flat), _depth(sort, flat))


def _depth(sort: Literal["all", "any"], parts: Sequence[_Part]) -> int:
    shared = _shared(parts) if sort == "all" else None
    depths = [_standing(part, sort) for part in parts if part is not shared]
    depths += [_standing(part, "any") for part in (shared.parts if shared else ())]
    return 1 + max(depths, default=0)


def _standing(part: _Part, within: str) -> int:
    """How deep a part is where it stands: what is not, among any, needs a `bool` of its own."""
    alone = isinstance(part, _Leaf) and part.is_negative and within == "any"
    return part.depth + 1 if alone else part.depth


def _shared(parts: Sequence[_Part]) -> _Branch | None:
    """Of the alternatives among `parts` the deepest: they go into the `bool` of the whole."""
    branches = [part for part in parts if isinstance(part, _Branch)]
    return max(branches, key=lambda part: part.depth, default=None)


def _query(part: _Part) -> Body:
    if isinstance(part, _Leaf):
        return {"bool": {"must_not": [part.query]}} if part.is_negative else part.query
    if part.sort == "any":
        return {"bool": _alternatives(part.parts)} if part.parts else NOTHING
    if not part.parts:
        return EVERYTHING
    shared = _shared(part.parts)
    body: Body = _alternatives(shared.parts) if shared else {}
    for one in part.parts:
        if one is shared:
            continue
        if isinstance(one, _Leaf) and one.is_negative:
            body.setdefault("must_not", []).append(one.query)
        else:
            body.setdefault("filter", []).append(_query(one))
    return {"bool": body}


def _alternatives(parts: Sequence[_Part]) -> Body:
    return {"should": [_query(part) for part in parts], "minimum_should_match": 1}


def is_value(field: str, value: str) -> Body:
    """What holds exactly this value."""
    return {"term": {field: value}} if is_text(value) else NOTHING


def is_text(value: str) -> bool:
    """False with a lone surrogate: no document holds one."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def known(where: str, name: str) -> str:
    """A facet's name. Raises InvalidQuery for one that no document has."""
    if name not in FACETS:
        raise InvalidQuery(f"{where} {name!r}", f"one of {', '.join(FACETS)}")
    return name
