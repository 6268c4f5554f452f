"""The search index on one machine: tantivy; one process writes, any number search.

Where it lies on disk and how a rebuild takes over: tantivy_directory.py. What a document becomes:
tantivy_schema.py. What a search becomes: tantivy_query.py. Reading and writing one directory:
tantivy_search.py and tantivy_volume.py.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from core.errors import InvalidInput, InvalidQuery, StoreError
from core.model import FACETS, IndexDocument
from core.ports import SearchIndex
from core.query import SearchPage, SearchRequest
from core.store import tantivy_directory as directories
from core.store import tantivy_query, tantivy_search
from core.store.tantivy_directory import discard, translated
from core.store.tantivy_volume import Volume

__all__ = ["TantivyIndex", "discard"]

# The writer may replace `current`, and remove what it named, after a reader has read it.
_OPEN_ATTEMPTS = 5
# Versions that are not committed are kept in memory: a rebuild, which nobody searches, commits
# now and then or would hold those of a million posts (112 MB).
_REBUILD_BATCH = 20_000


class TantivyIndex(SearchIndex):
    """A SearchIndex in a directory of its own.

    A reader may be opened before there is anything: it finds nothing until `refresh` sees an index.
    While a rebuild goes on this index is written and searched as ever; what is put here after
    `start_rebuild` the caller has to put into the fresh one too. After an error of `put` or
    `commit` all that was put since the last commit has to be put again.

    Opening raises StoreUnavailable for a second writer, SchemaMismatch for an index of another
    version and StoreError for a damaged one; `discard` lets the last two be forgotten.
    """

    def __init__(self, directory: Path, *, writable: bool, _fresh: Volume | None = None) -> None:
        self._root = directory
        self._mutex = threading.RLock()
        self._is_fresh = _fresh is not None
        self._is_writable = writable
        self._is_closed = False
        self._volume = _fresh
        self._lock: directories.WriterLock | None = None
        if _fresh is not None:  # under the lock of the index that it is to replace
            return
        try:
            if writable:
                self._lock = directories.WriterLock(directory)
                self._volume = self._open_for_writing()
            else:
                self._follow()
        except BaseException:
            self.close()
            raise

    def _open_for_writing(self) -> Volume:
        name = directories.current(self._root)
        directories.sweep(self._root, keep=name)
        if name is None:
            name = directories.create(self._root)
            volume = Volume(self._root / name, create=True)
            directories.switch(self._root, name)
        else:
            volume = Volume(self._root / name)
        volume.open_for_writing()
        return volume

    # writing

    def expect(self, post_ids: Sequence[str]) -> None:
        """See SearchIndex. A lookup here takes 0.02 ms: nothing to gain."""

    def put(self, post_id: str, version: int, documents: Sequence[IndexDocument]) -> bool:
        """See SearchIndex. A removed post leaves its version behind, so late puts stay ignored.

        Raises InvalidInput for a document of another post or a facet not in FACETS.
        """
        _check(post_id, documents)
        with self._mutex:
            volume = self._writing()
            if self._is_fresh and volume.uncommitted >= _REBUILD_BATCH:
                volume.commit()
            return volume.put(post_id, version, documents)

    def commit(self) -> None:
        """See SearchIndex."""
        with self._mutex:
            self._writing().commit()

    def _writing(self) -> Volume:
        volume = self._searched()
        if volume is None or not self._is_writable:
            raise StoreError(f"the index in {self._root} was opened for reading")
        return volume

    # searching

    def refresh(self) -> None:
        """See SearchIndex. Costs reading one line and a stat where nothing changed."""
        with self._mutex:
            volume = self._searched()
            if volume is not None and self._is_writable:
                volume.reload()
            else:
                self._follow()

    def _follow(self) -> None:
        """Search what `current` names."""
        for attempt in range(1, _OPEN_ATTEMPTS + 1):
            name = directories.current(self._root)
            try:
                if name is None:
                    self._volume = None
                elif self._volume is None or self._volume.path.name != name:
                    self._volume = Volume(self._root / name)
                else:
                    self._volume.reload()
                return
            except StoreError:
                if attempt == _OPEN_ATTEMPTS or directories.current(self._root) == name:
                    raise

    def search(self, request: SearchRequest) -> SearchPage:
        """See SearchIndex. `total`, like the facets, sets the cursor aside."""
        tantivy_query.check(request)
        volume = self._searched()
        if volume is None:
            return SearchPage((), 0, dict.fromkeys(request.facets, ()), None)
        with translated(volume.path):
            return tantivy_search.search(volume.searcher, request, volume.path)

    def check(self) -> None:
        """See SearchIndex."""
        self.refresh()
        self.search(SearchRequest(limit=1))

    def refused(self) -> int:
        """None: what it cannot take, `put` says at once."""
        return 0

    def count_by(self, request: SearchRequest, by: Sequence[str]) -> dict[tuple[str, ...], int]:
        """See SearchIndex. Raises InvalidQuery for a name not in FACETS, or not 1 to 3 of them."""
        tantivy_query.check(request, by)
        if not 1 <= len(by) <= 3:
            raise InvalidQuery(f"count by {len(by)} facets", "1 to 3 of them")
        volume = self._searched()
        if volume is None:
            return {}
        with translated(volume.path):
            return tantivy_search.count_by(volume.searcher, request, by)

    def _searched(self) -> Volume | None:
        if self._is_closed:
            raise StoreError(f"the index in {self._root} was closed")
        return self._volume

    # rebuilding

    def start_rebuild(self) -> TantivyIndex:
        """See SearchIndex. Closed without `finish_rebuild`, the fresh index is removed."""
        with self._mutex:
            self._writing()
            if self._is_fresh:
                raise StoreError("a rebuild is finished before the next one starts from it")
            volume = Volume(self._root / directories.create(self._root), create=True)
            volume.open_for_writing()
            return TantivyIndex(self._root, writable=True, _fresh=volume)

    def finish_rebuild(self, fresh: SearchIndex) -> None:
        """See SearchIndex. `fresh` is closed by it: this object goes on writing in its place."""
        with self._mutex:
            old = self._writing()
            if not isinstance(fresh, TantivyIndex) or fresh._root != self._root:
                raise StoreError(f"finish_rebuild takes what start_rebuild of {self._root} gave")
            volume = fresh._settled()
            directories.switch(self._root, volume.path.name)
            self._volume = fresh._hand_over()
            old.stop_writing()
            directories.sweep(self._root, keep=volume.path.name)

    def _settled(self) -> Volume:
        with self._mutex:
            volume = self._writing()
            if not self._is_fresh:
                raise StoreError(f"finish_rebuild takes what start_rebuild of {self._root} gave")
            volume.settle()
            volume.open_for_writing()
            return volume

    def _hand_over(self) -> Volume | None:
        with self._mutex:
            volume, self._volume = self._volume, None
            self._is_closed = True
            return volume

    def close(self) -> None:
        """See SearchIndex. May be called again; everything else raises StoreError afterwards."""
        with self._mutex:
            self._is_closed = True
            volume, self._volume = self._volume, None
            if volume is not None:
                volume.stop_writing()
                if self._is_fresh:
                    directories.remove(volume.path)
            if self._lock is not None:
                self._lock.release()


def _check(post_id: str, documents: Sequence[IndexDocument]) -> None:
    for document in documents:
        if document.post_id != post_id:
            raise InvalidInput(f"document {document.doc_id}", f"post_id {post_id}, as it is put")
        for name in document.facets:
            if name not in FACETS:
                raise InvalidInput(f"document {document.doc_id}: facet {name}", ", ".join(FACETS))
