"""A SearchRequest as bodies of Elasticsearch, and its answers as ours: pure, nothing is asked.
Trees: tree.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from core.errors import InvalidQuery
from core.query import Hit, SearchRequest
from core.store.elastic.mapping import DOC_TYPES, Body, facet_field
from core.store.elastic.tree import EVERYTHING, NOTHING, is_text, is_value, known, of_node

Counts: TypeAlias = dict[tuple[str, ...], int]

PAGE = 10_000  # the most hits, and of `composite` the most buckets, that are asked for at once
MOST_VALUES = 3_000  # of each facet at once: an answer has at most 65,536 buckets
_INT64 = 1 << 63


def check(request: SearchRequest, by: Sequence[str] = ()) -> None:
    """Raises InvalidQuery for what the port does not know."""
    if request.doc_type not in DOC_TYPES:
        raise InvalidQuery(f"doc_type {request.doc_type!r}", " or ".join(DOC_TYPES))
    for where, names in (
        ("filter", request.filters), ("facet", request.facets), ("count by", by),
    ):  # fmt: skip
        for name in names:
            known(where, name)


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
    must: list[Body] = [is_value("doc_type", request.doc_type)]
    for name, values in request.filters.items():
        if values:  # no values ask for nothing in particular
            must.append(_any_of(facet_field(name), values))
    if request.since_us is not None or request.until_us is not None:
        must.append(_between("published_us", request.since_us, request.until_us))
    if request.node is not None:
        must.append(of_node(request.node))
    return {"bool": {"filter": must}}


def _any_of(field: str, values: Sequence[str]) -> Body:
    return {"terms": {field: [value for value in values if is_text(value)]}}


def _between(field: str, low: int | None, below: int | None) -> Body:
    """low <= field < below, for integers of any size."""
    if (low is not None and low >= _INT64) or (below is not None and below <= -_INT64):
        return NOTHING
    bounds: dict[str, int] = {}
    if low is not None and low > -_INT64:
        bounds["gte"] = low
    if below is not None and below < _INT64:
        bounds["lt"] = below
    return {"range": {field: bounds}} if bounds else EVERYTHING


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
