"""The index follows the archive, steps aside for a rebuild, and catches up by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.election import Election
from core.model import Lease, Token
from core.ports import SearchIndex
from core.query import SearchRequest
from core.store.sql_archive import SqlArchive
from core.store.tantivy_index import TantivyIndex
from monitor import indexer as indexing
from monitor.indexer import LEASE, WANTED, Indexer, rebuild
from monitor.jobs import Worker
from monitor.pipeline import Pipeline
from tests.monitor.conftest import FixedClock, MarkReader, post, save


class Words:
    """Words between blanks, their own lemmas."""

    version = "blanks"

    def tokens(self, text: str) -> Sequence[Token]:
        found, at = [], 0
        for word in text.split():
            start = text.index(word, at)
            at = start + len(word)
            found.append(Token(start, at, word.lower(), word.lower()))
        return found


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def indexer(archive: SqlArchive, election: Election, index_dir: Path) -> Indexer:
    def open_index() -> SearchIndex:
        return TantivyIndex(index_dir, writable=True)

    return Indexer(archive, open_index, election, Words(), "indexer-1")


def total(index_dir: Path, doc_type: str = "post") -> int:
    index = TantivyIndex(index_dir, writable=False)
    try:
        return index.search(SearchRequest(doc_type=doc_type)).total  # type: ignore[arg-type]
    finally:
        index.close()


def judge(archive: SqlArchive, election: Election) -> None:
    while Pipeline(archive, MarkReader(), election, FixedClock(), "w").run_batch():
        pass


def test_what_was_judged_can_be_found_and_is_owed_no_more(
    archive: SqlArchive, election: Election, indexer: Indexer, index_dir: Path
) -> None:
    save(archive, post(1, "VOTE"), post(2, "rain"))
    judge(archive, election)
    assert indexer.follow() == 2
    assert indexer.follow() == 0
    assert total(index_dir) == 2
    # the breach is in the queue; what was cleared is not
    assert total(index_dir, "flag") >= 1
    indexer.close()


def test_a_second_indexer_waits_for_the_lease(
    archive: SqlArchive, election: Election, indexer: Indexer
) -> None:
    save(archive, post(1, "VOTE"))
    indexer.follow()
    other = Indexer(archive, indexer.open_index, election, Words(), "indexer-2")
    save(archive, post(2, "VOTE"))
    assert other.follow() == 0
    assert indexer.follow() == 1
    indexer.close()
    save(archive, post(3, "VOTE"))
    assert other.follow() == 1
    other.close()


def test_the_indexer_steps_aside_for_who_wants_the_index(
    archive: SqlArchive, indexer: Indexer
) -> None:
    save(archive, post(1, "VOTE"))
    assert indexer.follow() == 1
    wanted = archive.acquire(WANTED, "reindex", ttl_s=30)
    assert wanted is not None
    save(archive, post(2, "VOTE"))
    assert indexer.follow() == 0
    lease = archive.acquire(LEASE, "reindex", ttl_s=30)
    assert lease is not None
    archive.release(lease)
    archive.release(wanted)
    assert indexer.follow() == 1
    indexer.close()


@dataclass
class Interrupted(Words):
    """Words, and something that happens when the first text is asked for."""

    meanwhile: Callable[[], object]

    def tokens(self, text: str) -> Sequence[Token]:
        self.meanwhile()
        self.meanwhile = lambda: None
        return super().tokens(text)


def test_a_batch_of_several_parts_is_committed_at_once(
    archive: SqlArchive, indexer: Indexer, index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 5)
    monkeypatch.setattr(indexing, "PART", 2)
    save(archive, *(post(number, f"VOTE {number}") for number in range(1, 8)))
    assert [indexer.follow() for _ in range(3)] == [5, 2, 0]
    assert total(index_dir) == 7
    indexer.close()


@pytest.mark.parametrize("taken", [WANTED, LEASE])
def test_between_two_parts_it_lets_go_of_an_index_that_is_wanted_or_another_s(
    archive: SqlArchive, indexer: Indexer, index_dir: Path, monkeypatch: pytest.MonkeyPatch,
    taken: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(indexing, "PART", 2)
    theirs: list[Lease | None] = []

    def take() -> None:
        if taken == LEASE and indexer._lease is not None:
            archive.release(indexer._lease)  # as when it ran out
        theirs.append(archive.acquire(taken, "another", ttl_s=30))

    indexer.analyzer = Interrupted(take)
    save(archive, *(post(number, f"VOTE {number}") for number in range(1, 5)))
    assert indexer.follow() == 0
    assert indexer._index is None
    assert total(index_dir) == 0
    assert archive.counts().index_pending == 4
    (lease,) = theirs
    assert lease is not None
    archive.release(lease)
    assert indexer.follow() == 4
    assert total(index_dir) == 4
    indexer.close()


def test_a_rebuild_switches_and_what_came_meanwhile_follows(
    archive: SqlArchive, election: Election, indexer: Indexer, index_dir: Path
) -> None:
    save(archive, *(post(number, f"VOTE {number}") for number in range(1, 8)))
    judge(archive, election)
    indexer.follow()
    indexer.close()
    index = TantivyIndex(index_dir, writable=True)
    assert list(rebuild(archive, index, election, Words()))[-1] == 7
    index.close()
    save(archive, post(9, "rain"))
    assert indexer.follow() == 1
    assert total(index_dir) == 8
    indexer.close()


def test_a_rebuild_that_is_stopped_leaves_the_old_index(
    archive: SqlArchive, election: Election, indexer: Indexer, index_dir: Path
) -> None:
    save(archive, post(1, "VOTE"))
    indexer.follow()
    indexer.close()
    index = TantivyIndex(index_dir, writable=True)
    steps = rebuild(archive, index, election, Words())
    next(steps)
    steps.close()
    index.close()
    assert total(index_dir) == 1


def test_a_worker_judges_and_indexes_until_it_is_stopped(
    archive: SqlArchive, election: Election, indexer: Indexer, index_dir: Path
) -> None:
    stop = threading.Event()
    pipeline = Pipeline(archive, MarkReader(), election, FixedClock(), "worker")
    worker = Worker(pipeline, indexer, stop)
    save(archive, *(post(number, f"VOTE {number}") for number in range(1, 4)))
    assert worker.drain() == 3
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        save(archive, post(7, "VOTE seven"))
        deadline = threading.Event()
        for _ in range(100):
            if archive.counts().index_pending == 0 and archive.counts().pending == 0:
                break
            deadline.wait(0.1)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert total(index_dir) == 4
