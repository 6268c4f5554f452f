"""A SearchRequest as tantivy queries and aggregations, and back: pure, no index is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import tantivy
from tantivy import Occur, Query

from core.errors import InvalidQuery
from core.model import FACETS
from core.query import And, FieldIs, Node, Not, Or, Phrase, SearchRequest, Word
from core.store.tantivy_schema import DOC_TYPES, facet_field, lemma_field, schema, term

Clauses: TypeAlias = list[tuple[Occur, Query]]
Counts: TypeAlias = dict[tuple[str, ...], int]

_INT64 = 1 << 63
# All buckets, always: fewer would make counts inexact. Past 65,000 tantivy refuses (its limit is
# not ours to set), and `composite` pages through them instead, at five times the cost.
_EVERY_BUCKET = 2**32 - 1
COMPOSITE_PAGE = 60_000


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


def matching(request: SearchRequest) -> Query:
    """Every document that the request is about, wherever its cursor stands."""
    must: list[Query] = []
    if request.node is None or not _needs_a_word(request.node):
        must.append(_is("doc_type", request.doc_type))
    if request.node is not None:
        must.append(of_node(request.node, request.doc_type))
    for name, values in request.filters.items():
        if values:  # no values ask for nothing in particular
            must.append(_any([_is(facet_field(name), value) for value in values]))
    if request.since_us is not None or request.until_us is not None:
        must.append(_between("published_us", request.since_us, request.until_us))
    return _all(must)


def behind_cursor(request: SearchRequest, everything: Query) -> Query:
    """The part of `everything` that lies behind the cursor."""
    if request.before is None:
        return everything
    return _all([everything, _between("sort_key", None, request.before)])


def _needs_a_word(node: Node) -> bool:
    """True where whatever matches has a word of its type, which then need not be asked for."""
    match node:
        case Word() | Phrase():
            return True
        case And(parts):
            return any(map(_needs_a_word, parts))
        case Or(parts):
            return all(map(_needs_a_word, parts))
        case _:
            return False


def of_node(node: Node, doc_type: str) -> Query:
    """The query of a tree, its words those of documents of `doc_type`."""
    match node:
        case Word():
            return _phrase((node,), doc_type)
        case Phrase():
            return _phrase(node.words, doc_type)
        case FieldIs():
            return _is(facet_field(_known("field", node.name)), node.value)
        case Not():
            return Query.boolean_query([
                (Occur.Must, Query.all_query()), (Occur.MustNot, of_node(node.node, doc_type)),
            ])  # fmt: skip
        case And():
            return _all([of_node(part, doc_type) for part in node.nodes])
        case Or():
            return _any([of_node(part, doc_type) for part in node.nodes])


def _phrase(words: Sequence[Word], doc_type: str) -> Query:
    kk, ru = lemma_field(doc_type, "kk"), lemma_field(doc_type, "ru")
    return _any(
        [
            _adjacent(kk, [term(word.kk) for word in words]),
            _adjacent(ru, [term(word.ru) for word in words]),
        ]
    )


def _adjacent(field: str, terms: list[str]) -> Query:
    if not terms:
        return Query.empty_query()
    if len(terms) == 1:
        return _is(field, terms[0])
    return Query.phrase_query(schema(), field, list(terms))


def _is(field: str, value: str) -> Query:
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate: no document holds one
        return Query.empty_query()
    return Query.term_query(schema(), field, value, index_option="basic")


def _all(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    if not queries:
        return Query.all_query()
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def _any(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    if not queries:
        return Query.empty_query()
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _between(field: str, low: int | None, below: int | None) -> Query:
    """low <= field < below, for integers of any size."""
    if (low is not None and low >= _INT64) or (below is not None and below <= -_INT64):
        return Query.empty_query()
    if low is not None and below is not None and low >= below:
        return Query.empty_query()
    low = None if low is None or low < -_INT64 else low
    below = None if below is None or below >= _INT64 else below
    if low is None and below is None:
        return Query.all_query()
    return Query.range_query(
        schema(), field, tantivy.FieldType.Integer, low, below, include_upper=below is None
    )  # tantivy wants an open side to be "included"


# --- aggregations --------------------------------------------------------------------------------


def terms(names: Sequence[str]) -> dict[str, Any]:
    """Counts of every value of each facet, side by side."""
    return {name: {"terms": {"field": facet_field(name), "size": _EVERY_BUCKET}} for name in names}


def nested(by: Sequence[str]) -> dict[str, Any]:
    """Counts of every combination of values, one facet within the other."""
    inner: dict[str, Any] = {}
    for name in reversed(by):
        inner = {"by": {**terms([name])[name], **({"aggs": inner} if inner else {})}}
    return inner


def composite(by: Sequence[str], after: Mapping[str, Any] | None) -> dict[str, Any]:
    """One page of every combination of values, behind `after`."""
    sources = [
        {str(place): {"terms": {"field": facet_field(name)}}} for place, name in enumerate(by)
    ]
    body: dict[str, Any] = {"size": COMPOSITE_PAGE, "sources": sources}
    return {"by": {"composite": {**body, **({"after": after} if after else {})}}}


def read_terms(answer: Mapping[str, Any]) -> dict[str, int]:
    """The values of one facet in a `terms` answer."""
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]}


def read_nested(answer: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> Counts:
    """The combinations of a `nested` answer."""
    counts: Counts = {}
    for bucket in answer["by"]["buckets"]:
        key = (*prefix, bucket["key"])
        counts.update(read_nested(bucket, key) if "by" in bucket else {key: bucket["doc_count"]})
    return counts


def read_composite(answer: Mapping[str, Any]) -> Counts:
    """The combinations of one page of a `composite` answer."""
    return {
        tuple(bucket["key"][place] for place in sorted(bucket["key"])): bucket["doc_count"]
        for bucket in answer["by"]["buckets"]
    }


def ranked(counts: Mapping[str, int], size: int) -> tuple[tuple[str, int], ...]:
    """The `size` most frequent values, equals by code point: tantivy leaves those to chance."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(order[: max(size, 0)])
