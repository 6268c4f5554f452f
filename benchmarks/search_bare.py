"""The baseline of the search bench: the same queries asked of tantivy itself, in this process."""

from __future__ import annotations

from pathlib import Path

import tantivy

from core.query import SearchRequest
from core.store import tantivy_directory, tantivy_query, tantivy_schema


class Bare:
    """A searcher on the directory that the API searches."""

    def __init__(self, root: Path) -> None:
        name = tantivy_directory.current(root)
        if name is None:
            raise FileNotFoundError(f"{root}: no index was built")
        path = str(root / name)
        self._index = tantivy.Index(tantivy_schema.schema(), path=path, reuse=True)
        self._index.config_reader("manual")

    def reload(self) -> None:
        """See what was committed; the API does this within each request."""
        self._index.reload()

    def ask(self, request: SearchRequest) -> int:
        """The newest hits and the facets of a request; how many match. No hit is read."""
        searcher = self._index.searcher()
        query = tantivy_query.matching(request)
        behind = tantivy_query.behind_cursor(request, query)
        found = searcher.search(behind, limit=request.limit + 1, order_by_field="sort_key")
        if request.facets:
            searcher.aggregate(query, tantivy_query.terms(request.facets))
        count: int = found.count  # type: ignore[attr-defined]  # the stub forgets it
        return count
