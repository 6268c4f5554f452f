"""One tantivy directory, opened: searched as it was at the last `reload`, written by one thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tantivy

from core.errors import StoreError
from core.model import IndexDocument
from core.store import tantivy_schema
from core.store.tantivy_directory import REPAIR, translated

# One thread and little memory: at a commit every two seconds it never fills; a process that put
# 200,000 posts and 20,000 flags with it ended at 101 MB. tantivy asks for 15 MB at least.
HEAP_BYTES = 30_000_000


class Volume:
    """Not safe for several threads, but for reading `searcher`: a snapshot that never changes."""

    searcher: tantivy.Searcher

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._writer: tantivy.IndexWriter | None = None
        self._pending: dict[str, int] = {}
        self._seen: tuple[int, int] | None = None
        with translated(path):
            if not create and not (path.is_dir() and tantivy.Index.exists(str(path))):
                raise StoreError(f"there is no index in {path}; {REPAIR}")
            self._index = tantivy.Index(tantivy_schema.schema(), path=str(path), reuse=True)
            self._index.config_reader("manual")  # else a thread of its own looks twice a second
        self.reload()

    def reload(self) -> None:
        """Search what is committed now; costs a stat where nothing was since."""
        with translated(self.path):
            state = (self.path / "meta.json").stat()  # replaced by every commit
            seen = (state.st_ino, state.st_mtime_ns)
            if seen != self._seen:
                self._index.reload()
                self.searcher = self._index.searcher()
                self._seen = seen

    @property
    def uncommitted(self) -> int:
        """How many posts were put since the last commit."""
        return len(self._pending)

    def put(self, post_id: str, version: int, documents: Sequence[IndexDocument]) -> bool:
        """Replace what there is of a post, unless the version there is as high."""
        with translated(self.path):
            known = self._version(post_id)
            if known is not None and known >= version:
                return False
            # Made before anything is written: a document that cannot be leaves no half of its post.
            entries = [tantivy_schema.to_tantivy(document, version) for document in documents]
            entries = entries or [tantivy_schema.tombstone(post_id, version)]
            self._replace(post_id, entries, is_known=known is not None)
            self._pending[post_id] = version
        return True

    def _version(self, post_id: str) -> int | None:
        """The version of a post that was put or, failing that, committed: 0.02 ms a lookup."""
        if post_id in self._pending:
            return self._pending[post_id]
        query = tantivy.Query.term_query(
            tantivy_schema.schema(), "post_id", post_id, index_option="basic"
        )
        hits = self.searcher.search(query, limit=1, count=False, order_by_field="version").hits
        return int(hits[0][0]) if hits else None

    def _replace(
        self, post_id: str, entries: Sequence[tantivy.Document], *, is_known: bool
    ) -> None:
        writer = self.open_for_writing()
        try:
            if is_known:  # a deletion is looked up in every segment: none for a new post
                writer.delete_documents_by_term("post_id", post_id)
            for entry in entries:
                writer.add_document(entry)
        except BaseException:
            self.stop_writing()
            raise

    def commit(self) -> None:
        """Make what was put durable, and search it."""
        if not self._pending:
            return
        with translated(self.path):
            try:
                self.open_for_writing().commit()
            except BaseException:
                self.stop_writing()
                raise
            self._pending.clear()
        self.reload()

    def settle(self) -> None:
        """Commit, and wait for merges to end: few segments search faster."""
        self.commit()
        with translated(self.path):
            writer, self._writer = self.open_for_writing(), None
            writer.wait_merging_threads()
        self.reload()

    def open_for_writing(self) -> tantivy.IndexWriter:
        """The writer; raises StoreUnavailable where another process has one."""
        if self._writer is None:
            with translated(self.path):
                self._writer = self._index.writer(HEAP_BYTES, 1)
        return self._writer

    def stop_writing(self) -> None:
        """Let go of the lock and of what is not committed; a writer that failed fails for ever."""
        self._writer = None
        self._pending.clear()
