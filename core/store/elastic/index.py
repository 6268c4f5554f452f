"""The search index on an Elasticsearch server: one process writes, any number search.

Names and rebuilds: generations.py. What a document becomes: mapping.py. What a search becomes:
query.py. How it is sent: feed.py. What searches see: snapshots.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from elastic_transport import ConnectionError as NoConnection
from elasticsearch import ApiError, Elasticsearch

from core.errors import InvalidQuery, StoreError, StoreUnavailable
from core.model import IndexDocument
from core.ports import SearchIndex
from core.query import Hit, SearchPage, SearchRequest
from core.store.elastic import mapping, query
from core.store.elastic.bulk import Rejected
from core.store.elastic.connection import Server, connect, translated
from core.store.elastic.feed import Feed
from core.store.elastic.generations import Generations, written
from core.store.elastic.lock import WriterLock
from core.store.elastic.snapshots import KEEP_ALIVE, Snapshots

T = TypeVar("T")
Ask: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]

# A snapshot is lost with the node that holds it, and after some minutes without a search.
_SEARCH_ATTEMPTS = 3
_LOST = frozenset({404, 500, 503})
_REJECTED = {"bool": {"filter": [{"term": {"doc_type": mapping.REJECTED}}]}}


class ElasticIndex(SearchIndex):
    """A SearchIndex on a server, under the name that the server's URL ends in.

    A reader may be opened before there is anything: it finds nothing until `refresh` sees an index.
    While a rebuild goes on this index is written and searched as ever; what is put here after
    `start_rebuild` the caller has to put into the fresh one too. After StoreUnavailable from
    `commit` what was put goes on waiting: the next one sends it. What the server refuses for good
    is marked in the index with its reason, logged, and listed by `rejected`.

    `lock_in` is a folder that the processes of one installation share. Opening raises InvalidInput
    naming the setting that is wrong, StoreUnavailable for a second writer or a server that is away,
    SchemaMismatch for an index of another version; `discard` lets that one be forgotten.
    """

    def __init__(
        self, server: Server, *, writable: bool, lock_in: Path, _fresh: _Shared | None = None
    ) -> None:
        self._server = server
        self._lock_in = lock_in
        self._mutex = threading.RLock()
        self._is_fresh = _fresh is not None
        self._is_writable = writable
        self._is_closed = False
        self._feed: Feed | None = None
        self._lock: WriterLock | None = None
        self._retired: list[str] = []
        if _fresh is not None:  # under the lock of the index that it is to replace
            self._client, self._generations, self._feed = _fresh
            self._snapshots = Snapshots(self._client, server, written(self._feed.index))
            return
        with ExitStack() as undo:
            if writable:
                self._lock = WriterLock(lock_in, server.name)
                undo.callback(self._lock.release)
            self._client = connect(server)
            undo.callback(self._client.close)
            self._generations = Generations(self._client, server)
            self._snapshots = Snapshots(self._client, server, self._generations.alias)
            current = self._generations.current()
            if writable:
                self._open_for_writing(current)
            else:
                self._snapshots.renew()
            undo.pop_all()  # all went well

    def _open_for_writing(self, index: str | None) -> None:
        began_empty = index is None
        if index is None:
            index = self._generations.create(searched=True)
        self._retired = self._generations.sweep(self._generations.retired())
        self._feed = self._feed_of(index, began_empty=began_empty)

    def _feed_of(self, index: str, *, began_empty: bool) -> Feed:
        return Feed(self._client, self._server, index, began_empty=began_empty)

    # writing

    def put(self, post_id: str, version: int, documents: Sequence[IndexDocument]) -> bool:
        """See SearchIndex. A removed post leaves its version behind, so late puts stay ignored.

        Raises InvalidInput for a document of another post or a facet not in FACETS.
        """
        mapping.check(post_id, version, documents)
        with self._mutex:
            feed = self._writing()
            if self._is_fresh and feed.is_full:  # nobody searches it yet
                feed.send()
            return feed.put(post_id, version, documents)

    def expect(self, post_ids: Sequence[str]) -> None:
        """See SearchIndex: one request asks for the versions of all of them."""
        with self._mutex:
            self._writing().expect(post_ids)

    def commit(self) -> None:
        """See SearchIndex."""
        with self._mutex:
            self._writing().commit()
            self._snapshots.outdate()
            if self._retired:
                self._retired = self._generations.sweep(self._retired)

    def _writing(self) -> Feed:
        self._open()
        if self._feed is None or not self._is_writable:
            raise StoreError(f"index {self._server.name} was opened for reading")
        return self._feed

    def rejected(self, *, limit: int = 1_000) -> list[Rejected]:
        """Posts that the server refused, as committed; a newer version that it takes clears one."""
        body = {
            "query": _REJECTED,
            "version": True, "size": min(limit, query.PAGE),
        }  # fmt: skip
        answer = self._asking(lambda ask: ask(body))
        return [
            Rejected(hit["_source"]["post_id"], int(hit["_version"]), hit["_source"]["reason"])
            for hit in (answer["hits"]["hits"] if answer else ())
        ]

    def refused(self) -> int:
        """See SearchIndex; `rejected` lists them."""
        body = {"query": _REJECTED, "size": 0, "track_total_hits": True}
        answer = self._asking(lambda ask: ask(body))
        return int(answer["hits"]["total"]["value"]) if answer else 0

    # searching

    def check(self) -> None:
        """See SearchIndex. A server that was restarted answers before it has opened its shards."""
        self._open()
        index = self._generations.current()
        if index is None:
            raise StoreUnavailable(f"{self._server.address} has no index yet; `work` makes it")
        with translated(self._server):
            health = self._client.options(ignore_status=408).cluster.health(
                index=index, wait_for_status="yellow", timeout="1s"
            )
        if health.body["timed_out"]:
            raise StoreUnavailable(f"{self._server.address}: the shards of {index} are not open")
        self.refresh()
        self.search(SearchRequest(limit=1))

    def refresh(self) -> None:
        """See SearchIndex. Costs two short requests."""
        self._open()
        if self._is_writable:
            self._snapshots.renew()
        else:
            self._follow()

    def _follow(self) -> None:
        """See what there is now; raises SchemaMismatch where that is another version's."""
        if not self._snapshots.renew():
            self._generations.current()

    def search(self, request: SearchRequest) -> SearchPage:
        """See SearchIndex. `total`, like the facets, sets the cursor aside."""
        query.check(request)
        page = self._asking(lambda ask: _page(ask, request))
        return page or SearchPage((), 0, dict.fromkeys(request.facets, ()), None)

    def count_by(self, request: SearchRequest, by: Sequence[str]) -> query.Counts:
        """See SearchIndex. Raises InvalidQuery for a name not in FACETS, or not 1 to 3 of them."""
        query.check(request, by)
        if not 1 <= len(by) <= 3:
            raise InvalidQuery(f"count by {len(by)} facets", "1 to 3 of them")
        return self._asking(lambda ask: _counts(ask, request, by)) or {}

    def _asking(self, work: Callable[[Ask], T]) -> T | None:
        """What `work` makes of one snapshot, or of the next where that one is lost."""
        self._open()
        for attempt in range(1, _SEARCH_ATTEMPTS + 1):
            if self._snapshots.is_stale:
                self._snapshots.renew()
            try:
                with self._snapshots.use() as snapshot:
                    return None if snapshot is None else work(self._asker(snapshot))
            except StoreError as error:
                if attempt == _SEARCH_ATTEMPTS or not _is_lost(error):
                    raise
                self._snapshots.outdate()
        return None

    def _asker(self, snapshot: str) -> Ask:
        def ask(body: Mapping[str, Any]) -> Mapping[str, Any]:
            with translated(self._server):
                answer = self._client.search(
                    **body,
                    pit={"id": snapshot, "keep_alive": KEEP_ALIVE},
                    allow_partial_search_results=False,
                )
            found: Mapping[str, Any] = answer.body
            return found

        return ask

    def _open(self) -> None:
        if self._is_closed:
            raise StoreError(f"index {self._server.name} was closed")

    # rebuilding

    def start_rebuild(self) -> ElasticIndex:
        """See SearchIndex. Closed without `finish_rebuild`, the fresh index is removed."""
        with self._mutex:
            self._writing()
            if self._is_fresh:
                raise StoreError("a rebuild is finished before the next one starts from it")
            feed = self._feed_of(self._generations.create(searched=False), began_empty=True)
            shared = (self._client, self._generations, feed)
            return ElasticIndex(self._server, writable=True, lock_in=self._lock_in, _fresh=shared)

    def finish_rebuild(self, fresh: SearchIndex) -> None:
        """See SearchIndex. `fresh` is closed by it: this object goes on writing in its place.

        The old index is removed as soon as nobody searches it any more.
        """
        with self._mutex:
            old = self._writing()
            if not isinstance(fresh, ElasticIndex) or fresh._server != self._server:
                raise StoreError(f"finish_rebuild takes what start_rebuild gave ({old.index})")
            self._feed = fresh._settled(lambda index: self._generations.switch(index, old.index))
            self._snapshots.renew()  # or we would hold the old index ourselves
            self._retired = self._generations.sweep([*self._retired, old.index])

    def _settled(self, switch: Callable[[str], None]) -> Feed:
        with self._mutex:
            feed = self._writing()
            if not self._is_fresh:
                raise StoreError(f"finish_rebuild takes what start_rebuild gave ({feed.index})")
            feed.commit()
            switch(feed.index)
            self._snapshots.close()
            self._feed, self._is_closed = None, True
            return feed

    def close(self) -> None:
        """See SearchIndex. May be called again; everything else raises StoreError afterwards."""
        with self._mutex:
            if self._is_closed:
                return
            self._is_closed = True
            self._snapshots.close()
            feed, self._feed = self._feed, None
            try:
                if self._is_fresh and feed is not None:
                    self._generations.remove(feed.index)
            except StoreUnavailable:
                pass  # the next writer removes what was not finished
            finally:
                if not self._is_fresh:
                    self._client.close()
                if self._lock is not None:
                    self._lock.release()


_Shared: TypeAlias = tuple[Elasticsearch, Generations, Feed]


def _is_lost(error: StoreError) -> bool:
    cause = error.__cause__
    if isinstance(cause, ApiError):
        return cause.status_code in _LOST
    return isinstance(cause, NoConnection)  # a connection that the server closed while it was idle


def _page(ask: Ask, request: SearchRequest) -> SearchPage:
    """One page; a limit beyond what is given at once is asked for in parts."""
    limit = max(request.limit, 0)
    answer = ask(query.page(request, limit + 1))
    hits = query.read_hits(answer)
    last = hits
    while len(hits) <= limit and len(last) == query.PAGE:
        last = query.read_hits(
            ask(query.further(request, limit + 1 - len(hits), hits[-1].sort_key))
        )
        hits += last
    kept: tuple[Hit, ...] = tuple(hits[:limit])
    return SearchPage(
        hits=kept,
        total=query.read_total(answer),
        facets={name: _facet(ask, answer, request, name) for name in request.facets},
        next_before=kept[-1].sort_key if kept and len(hits) > limit else None,
    )


def _facet(
    ask: Ask, answer: Mapping[str, Any], request: SearchRequest, name: str
) -> tuple[tuple[str, int], ...]:
    if request.facet_size <= query.MOST_VALUES:
        counts: Mapping[str, int] = query.read_terms(answer, name)
    else:
        counts = {key[0]: count for key, count in _counts(ask, request, [name]).items()}
    return query.ranked(counts, request.facet_size)


def _counts(ask: Ask, request: SearchRequest, by: Sequence[str]) -> query.Counts:
    counts, after = query.read_composite(ask(query.composite(request, by)))
    while after is not None:
        more, after = query.read_composite(ask(query.composite(request, by, after)))
        counts.update(more)
    return counts
