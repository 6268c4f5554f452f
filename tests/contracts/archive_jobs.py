"""What other processes do to one archive while a test looks on. Imports little: each pays."""

from __future__ import annotations

import signal
from multiprocessing.synchronize import Event

from archive_world import NOW, capture, judgement, later, outcome, post

from core.store.sql_archive import SqlArchive, open_archive


def append_lines(url: str, name: str) -> None:
    archive = SqlArchive(url)
    for n in range(20):
        archive.append_audit(at=later(seconds=n), actor=name, action="a", subject="s", detail={})
    archive.close()


def save_and_judge(url: str, name: str) -> None:
    archive = SqlArchive(url)
    for n in range(10):
        at = later(seconds=n)
        seen = [post(k, f"текст {k}") for k in range(n, n + 3)]
        archive.save_posts("dala", seen, seen_at=at, evidence=capture(at, body=name * 64))
        work = archive.lease_work(name, ttl_s=60, limit=2)
        assert archive.save_outcomes([outcome(one, judgement(one)) for one in work]) == []
    archive.close()


def open_and_append(url: str, name: str) -> None:
    archive = open_archive(url)
    archive.append_audit(at=NOW, actor=name, action="open", subject="", detail={})
    archive.close()


def lease_and_hang(url: str, leased: Event) -> None:
    archive = SqlArchive(url)
    assert archive.lease_work("doomed", ttl_s=2, limit=1)
    leased.set()
    signal.pause()
