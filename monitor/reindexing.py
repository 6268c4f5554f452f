"""`baqylau reindex` and `rejudge`: long runs over the whole archive, with progress, stoppable."""

from __future__ import annotations

import threading
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.settings import Settings
from core.errors import StoreError, StoreUnavailable
from core.model import Lease
from core.ports import Archive, SearchIndex
from monitor import indexer

WAIT_S = 120.0
REQUEUE = 1_000


def run_reindex(settings: Settings, stop: threading.Event, console: Console) -> int:
    """Ask the indexer to step aside, rebuild, switch. 0, or 130 where it was stopped.

    The lease is renewed with every batch. Stopped, it leaves the old index as it was.
    """
    from monitor import wiring

    archive = wiring.open_archive(settings)
    election = wiring.election_of(settings)
    worker = wiring.worker_name()
    leases = [_wait_for(archive, indexer.WANTED, worker, stop)]
    try:
        leases.append(_wait_for(archive, indexer.LEASE, worker, stop))
        index = _writable(settings, console)
        steps = indexer.rebuild(archive, index, election, wiring.analyzer())
        with _progress(console) as progress:
            task = progress.add_task("posts", total=archive.counts().posts)
            for done in steps:
                progress.update(task, completed=done)
                leases = [archive.renew(one, ttl_s=indexer.LEASE_S) for one in leases]
                if stop.is_set():
                    steps.close()
                    console.print("stopped: the old index goes on")
                    return 130
        index.close()
    finally:
        for lease in leases:
            archive.release(lease)
        archive.close()
    return 0


def run_rejudge(settings: Settings, stop: threading.Event, console: Console) -> int:
    """Queue every post again. 0, or 130 where it was stopped."""
    from monitor import wiring

    archive = wiring.open_archive(settings)
    after = ""
    try:
        with _progress(console) as progress:
            total = archive.counts().posts
            task, queued = progress.add_task("posts", total=total), 0
            while not stop.is_set():
                after = archive.requeue(after=after, limit=REQUEUE)
                queued = min(queued + REQUEUE, total)
                progress.update(task, completed=queued)
                if not after:
                    return 0
    finally:
        archive.close()
    return 130


def _writable(settings: Settings, console: Console) -> SearchIndex:
    """The index for writing; one that is damaged or of another version makes room."""
    from monitor import wiring

    try:
        return wiring.open_index(settings, writable=True)
    except StoreUnavailable:
        raise
    except StoreError as error:
        console.print(f"[yellow]the old index cannot be used and is removed:[/yellow] {error}")
        wiring.discard_index(settings)
        return wiring.open_index(settings, writable=True)


def _wait_for(archive: Archive, key: str, worker: str, stop: threading.Event) -> Lease:
    deadline = time.monotonic() + WAIT_S
    while (lease := archive.acquire(key, worker, ttl_s=indexer.LEASE_S)) is None:
        if stop.wait(0.5) or time.monotonic() > deadline:
            raise StoreUnavailable(f"the lease {key!r} is held by another process; try again later")
    return lease


def _progress(console: Console) -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                    TimeRemainingColumn(), console=console)  # fmt: skip
