"""Archive: several threads and several processes at once, real ones."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from archive_jobs import append_lines, lease_and_hang, open_and_append, save_and_judge
from archive_world import judgement, outcome, post, save

from core.ports import Archive
from core.store.sql_archive import open_archive

SPAWN = multiprocessing.get_context("spawn")
# For a machine that is busy with other things; nothing waits this long.
PATIENCE_S = 150


def in_threads(count: int, job: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(job, range(count)))


def test_threads_are_never_given_the_same_work(archive: Archive) -> None:
    save(archive, [post(n) for n in range(60)])

    def take(worker: int) -> list[str]:
        taken: list[str] = []
        while work := archive.lease_work(f"w{worker}", ttl_s=60, limit=7):
            taken += [one.record.id for one in work]
            made = [outcome(one, judgement(one)) for one in work]
            assert archive.save_outcomes(made) == []
        return taken

    taken = [post_id for one in in_threads(4, take) for post_id in one]
    assert len(taken) == len(set(taken)) == 60
    assert archive.counts().flags_current == 60


def test_readers_and_writers_side_by_side_see_whole_transactions(archive: Archive) -> None:
    def work(worker: int) -> int:
        for n in range(8):
            if worker % 2:
                save(archive, [post(100 * worker + n), post(100 * worker + n + 50)])
            else:
                counts = archive.counts()
                assert counts.posts % 2 == 0
                assert counts.posts == counts.pending
        return worker

    in_threads(4, work)
    assert archive.counts().posts == 32


def test_the_same_post_saved_by_several_at_once_is_one_post(archive: Archive) -> None:
    saved = in_threads(6, lambda _: save(archive, [post(1)])[0].outcome)
    assert sorted(saved) == ["new"] + ["unchanged"] * 5


def test_one_lease_wins(archive: Archive) -> None:
    won = in_threads(8, lambda n: archive.acquire("indexer", f"w{n}", ttl_s=60))
    assert sum(one is not None for one in won) == 1


# --- processes -----------------------------------------------------------------------------------


def in_processes(url: str, job: Callable[[str, str], None], names: str) -> None:
    running = [SPAWN.Process(target=job, args=(url, name)) for name in names]
    for one in running:
        one.start()
    for one in running:
        one.join(PATIENCE_S)
    assert [one.exitcode for one in running] == [0] * len(names)


def test_the_audit_chain_never_forks_under_writers_in_several_processes(
    archive: Archive, archive_url: str
) -> None:
    in_processes(archive_url, append_lines, "ab")
    assert [one.number for one in archive.audit()] == list(range(1, 41))
    assert archive.verify_audit() is None


def test_crawling_and_judging_processes_agree_on_every_post(
    archive: Archive, archive_url: str
) -> None:
    in_processes(archive_url, save_and_judge, "ab")
    states = archive.states(archive.post_ids()).values()
    assert len(states) == 12
    assert all(len(one.record.revisions) == 1 for one in states)
    assert len({one.record.sort_key for one in states}) == 12


def test_processes_that_open_a_new_archive_at_once_all_get_it(archive_place: str) -> None:
    in_processes(archive_place, open_and_append, "abc")
    archive = open_archive(archive_place)
    assert sorted(one.actor for one in archive.audit()) == ["a", "b", "c"]
    archive.close()


@pytest.mark.skipif(not hasattr(signal, "pause"), reason="needs POSIX signals")
def test_the_work_of_a_killed_process_comes_back(archive: Archive, archive_url: str) -> None:
    save(archive, [post()])
    leased = SPAWN.Event()
    worker = SPAWN.Process(target=lease_and_hang, args=(archive_url, leased))
    worker.start()
    assert leased.wait(PATIENCE_S)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(PATIENCE_S)
    pending = archive.counts().pending
    assert pending == 1
    for _ in range(100):
        if work := archive.lease_work("next", ttl_s=60, limit=1):
            break
        signal.sigtimedwait([], 0.05)
    assert work[0].attempts == 2
