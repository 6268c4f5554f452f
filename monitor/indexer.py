"""The search index follows the archive: one indexer at a time, under a lease of its own.

It takes what the outbox owes, puts it, commits, and only then acknowledges: an index that was
away catches up by itself. Who wants the index to itself (`reindex`) holds WANTED and waits for
the lease; the indexer steps aside and comes back afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from core.documents import index_documents
from core.election import Election
from core.errors import LeaseLost
from core.model import Lease
from core.ports import UNCOUNTED, Analyzer, Archive, SearchIndex, Tally

log = logging.getLogger(__name__)

LEASE = "indexer"
WANTED = "indexer.wanted"
LEASE_S = 60.0
# What one commit takes. With 1,000 posts of it, two requests to Elasticsearch side by side, all was
# in the index in a fifth less time than with 500 (742 and 601 us a post); 2,000 were no faster.
BATCH = 1_000
# What is read of the archive at once, and put under one renewal of the lease.
PART = 500


@dataclass(slots=True)
class Indexer:
    """Feeds one index. `open_index` opens it for writing, and is called under the lease only."""

    archive: Archive
    open_index: Callable[[], SearchIndex]
    election: Election
    analyzer: Analyzer
    worker: str
    tally: Tally = UNCOUNTED
    _lease: Lease | None = None
    _index: SearchIndex | None = None

    def follow(self) -> int:
        """Bring up to BATCH posts into the index and acknowledge them; how many.

        Zero where nothing is owed, or where somebody else holds the lease.
        """
        index = self._hold()
        if index is None:
            return 0
        owed = self.archive.index_batch(limit=BATCH)
        if not owed:
            return 0
        for start in range(0, len(owed), PART):
            if start and self._hold() is not index:
                return 0  # closed: what was put of it is still owed
            part = owed[start : start + PART]
            put_posts(self.archive, index, self.election, self.analyzer, part)
        index.commit()
        self.archive.index_done(owed)
        self.tally.add("indexed", number=len(owed))
        log.info("%d posts indexed", len(owed), extra={"post_ids": [one for one, _ in owed]})
        return len(owed)

    def refused(self) -> int | None:
        """How many posts the index refused for good; None where it is not open here."""
        index = self._index
        return index.refused() if index is not None else None

    def close(self) -> None:
        """Let go of the index and of the lease; what was not committed is still owed."""
        if self._index is not None:
            self._index.close()
            self._index = None
        if self._lease is not None:
            self.archive.release(self._lease)
            self._lease = None

    def _hold(self) -> SearchIndex | None:
        """The index, while the lease is ours and nobody else wants it."""
        try:
            self._lease = (
                self.archive.renew(self._lease, ttl_s=LEASE_S)
                if self._lease
                else self.archive.acquire(LEASE, self.worker, ttl_s=LEASE_S)
            )
        except LeaseLost:
            log.warning("lease lost", extra={"lease": LEASE})
            self.tally.add("leases_lost", LEASE)
            self._lease = None
            self.close()
        if self._lease is None:
            return None
        # Asked under the lease only: several who ask at once would each take the other for one.
        if is_wanted(self.archive, self.worker):
            self.close()
            return None
        if self._index is None:
            try:
                self._index = self.open_index()
            except BaseException:
                self.close()  # another worker may be able to
                raise
        return self._index


def is_wanted(archive: Archive, worker: str) -> bool:
    """True while somebody waits for the index."""
    lease = archive.acquire(WANTED, worker, ttl_s=1.0)
    if lease is None:
        return True
    archive.release(lease)
    return False


def put_posts(
    archive: Archive,
    index: SearchIndex,
    election: Election,
    analyzer: Analyzer,
    owed: Sequence[tuple[str, int]],
) -> None:
    """Put these posts as the archive has them now; one that it no longer has is removed."""
    index.expect([post_id for post_id, _ in owed])
    states = archive.states([post_id for post_id, _ in owed], with_captures=False)
    for post_id, version in owed:
        state = states.get(post_id)
        if state is None:
            index.put(post_id, version, ())
        else:
            index.put(post_id, state.index_version, index_documents(state, election, analyzer))


def rebuild(
    archive: Archive, index: SearchIndex, election: Election, analyzer: Analyzer
) -> Generator[int]:
    """Build a fresh index beside `index` from the whole archive and switch to it.

    Yields how many posts were put so far, and may be closed at any time: then the old index stays.
    What arrives meanwhile is still owed by the outbox, and follows.
    """
    fresh = index.start_rebuild()
    after, done = "", 0
    try:
        while batch := archive.post_ids(after=after, limit=PART):
            put_posts(archive, fresh, election, analyzer, [(post_id, 0) for post_id in batch])
            after, done = batch[-1], done + len(batch)
            yield done
        index.finish_rebuild(fresh)
    except BaseException:
        fresh.close()
        raise
