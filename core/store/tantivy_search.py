"""A SearchRequest answered by one snapshot of a tantivy index."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import tantivy

from core.query import Hit, SearchPage, SearchRequest
from core.store import tantivy_query as queries
from core.store.tantivy_directory import translated

Counted: TypeAlias = dict[str, tuple[tuple[str, int], ...]]

# tantivy lets go of Python while it counts, so a thread is another core. Its threads are started
# with the first facets.
_counting = ThreadPoolExecutor(os.cpu_count(), "facets")


class Facets(Mapping[str, tuple[tuple[str, int], ...]]):
    """Facets that are being counted; whoever looks at them waits. Raises then what went wrong.

    Counting takes longer than finding 50 posts, and as long as reading and showing them.
    """

    def __init__(self, counted: Future[Counted]) -> None:
        self._counted = counted

    def __getitem__(self, name: str) -> tuple[tuple[str, int], ...]:
        return self._counted.result()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counted.result())

    def __len__(self) -> int:
        return len(self._counted.result())

    def __repr__(self) -> str:
        return repr(self._counted.result())


def search(searcher: tantivy.Searcher, request: SearchRequest, where: Path) -> SearchPage:
    """One page. The total and the facets are of everything that matches, the cursor set aside."""
    everything = queries.matching(request)
    facets: Mapping[str, tuple[tuple[str, int], ...]] = {}
    if request.facets:
        facets = Facets(_counting.submit(_facets, searcher, everything, request, where))
    is_first = request.before is None
    total = None if is_first else _counting.submit(_total, searcher, everything)
    limit = min(max(request.limit, 0), searcher.num_docs)  # tantivy makes room for `limit` at once
    behind = queries.behind_cursor(request, everything)
    result = searcher.search(behind, limit=limit + 1, count=is_first, order_by_field="sort_key")
    hits = tuple(_hit(searcher, key, address) for key, address in result.hits[:limit])
    has_more = limit > 0 and len(result.hits) > limit
    return SearchPage(
        hits=hits,
        total=_count(result) if total is None else total.result(),
        facets=facets,
        next_before=hits[-1].sort_key if has_more else None,
    )


def _hit(searcher: tantivy.Searcher, key: int, address: tantivy.DocAddress) -> Hit:
    stored = searcher.doc(address)
    return Hit(str(stored.get_first("doc_id")), str(stored.get_first("post_id")), key)


def _total(searcher: tantivy.Searcher, everything: tantivy.Query) -> int:
    return _count(searcher.search(everything, limit=1, order_by_field="sort_key"))


def _count(result: Any) -> int:
    """The stub of SearchResult forgets `count`."""
    return int(result.count)


def _facets(
    searcher: tantivy.Searcher, everything: tantivy.Query, request: SearchRequest, where: Path
) -> Counted:
    """All facets in one pass."""
    found: Counted = {}
    with translated(where):
        answer = _aggregate(searcher, everything, queries.terms(request.facets))
        for name in request.facets:
            if answer is not None:
                counts = queries.read_terms(answer[name])
            else:
                paged = _paged(searcher, everything, [name])
                counts = {key[0]: count for key, count in paged.items()}
            found[name] = queries.ranked(counts, request.facet_size)
    return found


def count_by(
    searcher: tantivy.Searcher, request: SearchRequest, by: Sequence[str]
) -> queries.Counts:
    """How many documents hold each combination of values."""
    everything = queries.matching(request)
    answer = _aggregate(searcher, everything, queries.nested(by))
    return _paged(searcher, everything, by) if answer is None else queries.read_nested(answer)


def _aggregate(
    searcher: tantivy.Searcher, query: tantivy.Query, aggregations: dict[str, Any]
) -> dict[str, Any] | None:
    """The answer, or None where it has more buckets than tantivy gives at once."""
    try:
        return searcher.aggregate(query, aggregations)
    except ValueError as error:
        if "bucket limit was exceeded" not in str(error):
            raise
        return None


def _paged(
    searcher: tantivy.Searcher, everything: tantivy.Query, by: Sequence[str]
) -> queries.Counts:
    counts: queries.Counts = {}
    after: dict[str, Any] | None = None
    while True:
        answer = searcher.aggregate(everything, queries.composite(by, after))
        counts.update(queries.read_composite(answer))
        after = answer["by"].get("after_key")
        if not after or len(answer["by"]["buckets"]) < queries.COMPOSITE_PAGE:
            return counts
