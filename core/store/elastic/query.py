"""A SearchRequest as bodies of Elasticsearch, and its answers as ours: pure, nothing is asked.

A tree is brought into a form in which negation stands at the leaves alone and AND and OR take
turns, and an OR within an AND shares its `bool`: Elasticsearch refuses more than 30 queries within
each other, and so the deepest tree that the grammar allows needs about 25.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from core.errors import InvalidQuery
from core.model import FACETS
from core.query import And, FieldIs, Hit, Node, Not, Or, Phrase, SearchRequest, Word
from core.store.elastic.mapping import DOC_TYPES, Body, facet_field, lemma_field
from core.store.elastic.terms import term

Counts: TypeAlias = dict[tuple[str, ...], int]

PAGE = 10_000  # the most hits, and of `composite` the most buckets, that are asked for at once
MOST_VALUES = 3_000  # of each facet at once: an answer has at most 65,536 buckets
DEEPEST = 29
_INT64 = 1 << 63
_NOTHING: Body = {"match_none": {}}
_EVERYTHING: Body = {"match_all": {}}


def check(request: SearchRequest, by: Sequence[str] = ()) -> None:
    """Raises InvalidQuery for what the port does not know."""
    if request.doc_type not in DOC_TYPES:
        raise InvalidQuery(f"doc_type {request.doc_type!r}", " or ".join(DOC_TYPES))
    for where, names in (
        ("filter", request.filters), ("facet", request.facets), ("count by", by),
    ):  # fmt: skip
        for name in names:
            _known(where, name)


def _known(where: str, name: str) -> str:
    if name not in FACETS:
        raise InvalidQuery(f"{where} {name!r}", f"one of {', '.join(FACETS)}")
    return name


# --- bodies --------------------------------------------------------------------------------------


def page(request: SearchRequest, size: int) -> Body:
    """One page with its total and facets: what the cursor leaves out is counted all the same."""
    before = _cursor(request.before)
    facets = {} if request.facet_size > MOST_VALUES else terms(request.facets, request.facet_size)
    return {
        **_newest(request, 0 if before == _BEHIND_ALL else min(size, PAGE)),
        "track_total_hits": True,
        **({} if before in (None, _BEHIND_ALL) else {"search_after": [before]}),
        **({"aggs": facets} if facets else {}),
    }


def further(request: SearchRequest, size: int, before: int) -> Body:
    """More hits, behind `before`."""
    return {
        **_newest(request, min(size, PAGE)), "track_total_hits": False, "search_after": [before],
    }  # fmt: skip


def _newest(request: SearchRequest, size: int) -> Body:
    return {
        "query": matching(request),
        "size": size,
        "sort": [{"sort_key": "desc"}],
        "_source": ["doc_id", "post_id"],
    }


_BEHIND_ALL = -_INT64


def _cursor(before: int | None) -> int | None:
    """The cursor as a number that an index can hold; None where it leaves nothing out."""
    return None if before is None or before >= _INT64 else max(before, _BEHIND_ALL)


def terms(names: Sequence[str], size: int) -> Body:
    """The `size` most frequent values of each facet, side by side: exact, with one shard."""
    if size <= 0:
        return {}
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {
        name: {"terms": {"field": facet_field(name), "size": size, "order": order}}
        for name in names
    }


def composite(
    request: SearchRequest, by: Sequence[str], after: Mapping[str, Any] | None = None
) -> Body:
    """One page of every combination of values, behind `after`."""
    sources = [
        {str(place): {"terms": {"field": facet_field(name)}}} for place, name in enumerate(by)
    ]
    asked = {"size": PAGE, "sources": sources, **({"after": after} if after else {})}
    return {
        "query": matching(request), "size": 0, "track_total_hits": False,
        "aggs": {"by": {"composite": asked}},
    }  # fmt: skip


def matching(request: SearchRequest) -> Body:
    """Every document that the request is about, wherever its cursor stands."""
    must: list[Body] = [_is("doc_type", request.doc_type)]
    for name, values in request.filters.items():
        if values:  # no values ask for nothing in particular
            must.append(_any_of(facet_field(name), values))
    if request.since_us is not None or request.until_us is not None:
        must.append(_between("published_us", request.since_us, request.until_us))
    if request.node is not None:
        must.append(of_node(request.node))
    return {"bool": {"filter": must}}


def _is(field: str, value: str) -> Body:
    return {"term": {field: value}} if _is_text(value) else _NOTHING


def _any_of(field: str, values: Sequence[str]) -> Body:
    return {"terms": {field: [value for value in values if _is_text(value)]}}


def _is_text(value: str) -> bool:
    """False with a lone surrogate: no document holds one."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _between(field: str, low: int | None, below: int | None) -> Body:
    """low <= field < below, for integers of any size."""
    if (low is not None and low >= _INT64) or (below is not None and below <= -_INT64):
        return _NOTHING
    bounds: dict[str, int] = {}
    if low is not None and low > -_INT64:
        bounds["gte"] = low
    if below is not None and below < _INT64:
        bounds["lt"] = below
    return {"range": {field: bounds}} if bounds else _EVERYTHING


# --- trees ---------------------------------------------------------------------------------------


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
            return _Leaf(_is(facet_field(_known("field", node.name)), node.value), negative)
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
        return {"bool": _alternatives(part.parts)} if part.parts else _NOTHING
    if not part.parts:
        return _EVERYTHING
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


# --- answers -------------------------------------------------------------------------------------


def read_hits(answer: Mapping[str, Any]) -> list[Hit]:
    """The hits of an answer, in its order."""
    return [
        Hit(hit["_source"]["doc_id"], hit["_source"]["post_id"], int(hit["sort"][0]))
        for hit in answer["hits"]["hits"]
    ]


def read_total(answer: Mapping[str, Any]) -> int:
    """How many documents match."""
    return int(answer["hits"]["total"]["value"])


def read_terms(answer: Mapping[str, Any], name: str) -> dict[str, int]:
    """The values of one facet."""
    buckets = answer.get("aggregations", {}).get(name, {}).get("buckets", ())
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def read_composite(answer: Mapping[str, Any]) -> tuple[Counts, Mapping[str, Any] | None]:
    """The combinations of one page, and where the next one begins; None on the last."""
    found = answer["aggregations"]["by"]
    counts = {
        tuple(bucket["key"][place] for place in sorted(bucket["key"])): bucket["doc_count"]
        for bucket in found["buckets"]
    }
    return counts, found.get("after_key") if len(found["buckets"]) >= PAGE else None


def ranked(counts: Mapping[str, int], size: int) -> tuple[tuple[str, int], ...]:
    """The `size` most frequent values, equals by code point."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(order[: max(size, 0)])
