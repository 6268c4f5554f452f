"""What is broken, how it is mended, and which requests could not be answered meanwhile.

Each drill gets a house that is at work and returns what came of it; what must hold afterwards is
the same for all, and is looked at in `report.py`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from elasticsearch import ApiError, Elasticsearch

from benchmarks.drills.asking import Outage
from benchmarks.drills.house import House, environment
from tests.services.containers import ROOT

_SEARCH = frozenset({"search"})
_STORE = frozenset({"search", "post"})


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how often."""

    minutes: float = 10.0
    kills: int = 100
    settle_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Course:
    """What was done, how long the recovery took, what could not be answered, what else broke."""

    did: str
    recovery_s: float
    outages: tuple[Outage, ...] = ()
    broken: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Drill:
    """A way to break the house, and how it is furnished for that."""

    run: Callable[[House, Size], Course]
    workers: int = 2
    a_second: float = 20.0


def elastic_killed(house: House, size: Size) -> Course:
    """Elasticsearch is killed -9 while it takes posts in, and started again at once."""
    return _without_elastic(house, size, 0.0, "Elasticsearch killed -9 while indexing")


def elastic_away(house: House, size: Size) -> Course:
    """Elasticsearch is gone for minutes, while posts come in."""
    away = size.minutes * 60
    return _without_elastic(house, size, away, f"Elasticsearch gone for {size.minutes:g} min")


def _without_elastic(house: House, size: Size, away_s: float, did: str) -> Course:
    node, broken = house.servers.node, []
    time.sleep(size.settle_s)
    began = time.monotonic()
    node.kill()
    time.sleep(away_s)
    if away_s > 30:
        counts = house.archive.counts()
        if counts.pending > 10 * 20:  # more than ten seconds' worth: judging waits for the index
            broken.append(f"{counts.pending} posts not judged while only the index was away")
    node.start()
    with Elasticsearch(node.url) as client:
        client.options(request_timeout=90).cluster.health(wait_for_status="yellow", timeout="60s")
    outage = Outage(_SEARCH, began, time.monotonic())
    recovery = house.recovery()
    house.wait("the page ready", house.is_ready)
    return Course(did, recovery, (outage,), tuple(broken))


def postgres_killed(house: House, size: Size) -> Course:
    """PostgreSQL is killed -9 and started, restarted in good order, and its connections cut."""
    server, outages = house.servers.postgres, []
    for how in ("kill", "restart"):
        time.sleep(size.settle_s)
        began = time.monotonic()
        if how == "kill":
            server.kill()
        else:
            server.stop()
        server.start()
        outages.append(Outage(_STORE, began, time.monotonic()))
    time.sleep(size.settle_s)
    cut = sum(server.cut(house.database) for _ in range(5))
    recovery = house.recovery()
    house.wait("the page ready", house.is_ready)
    did = f"PostgreSQL killed -9, restarted, {cut} connections cut"
    return Course(did, recovery, tuple(outages))


def workers_killed(house: House, size: Size) -> Course:
    """Workers are killed -9 at random moments of their work, and started again."""
    for number in range(size.kills):
        house.wait("workers at work", lambda: len(_at_work(house)) > 1)
        time.sleep(house.rng.uniform(0.0, 1.0))
        name = house.rng.choice(_at_work(house))
        house.kill(name)
        del house.workers[name]
        house.start_worker(f"work-{number + 100}")
    did = f"{size.kills} workers killed -9, {len(house.workers)} running"
    return Course(did, house.recovery())


def _at_work(house: House) -> list[str]:
    """Workers that have judged something: to kill one that still starts proves little."""
    return [one for one in sorted(house.workers) if house.figure(one, "baqylau_judged_total")]


def disk_full(house: House, size: Size) -> Course:
    """The index is made read-only, as Elasticsearch does when its disk is full."""
    index = f"{house.database}-v1"
    time.sleep(size.settle_s)
    with Elasticsearch(house.servers.node.url) as client:
        client.indices.put_settings(index=index, settings={_BLOCK: True})
        time.sleep(20.0)
        counts = house.archive.counts()
        client.indices.put_settings(index=index, settings={_BLOCK: None})
    late = counts.pending > 10 * 20
    broken = (f"{counts.pending} posts not judged while only the index was full",) * late
    notes = (f"{counts.index_pending} posts owed to the index when there was room again",)
    return Course("index read-only for 20 s", house.recovery(), (), broken, notes)


_BLOCK = "index.blocks.read_only_allow_delete"


def rebuilt(house: House, size: Size) -> Course:
    """The index is built anew, twice, while posts come in."""
    began, broken = time.monotonic(), []
    command = [sys.executable, "-m", "monitor.cli", "reindex"]
    for _ in range(2):
        done = subprocess.run(command, env=environment(house.settings), cwd=ROOT, check=False,
                              capture_output=True, text=True, timeout=600)  # fmt: skip
        if done.returncode:
            broken.append(f"reindex ended with status {done.returncode}: {done.stderr[-300:]}")
    took = time.monotonic() - began
    time.sleep(size.settle_s)
    with Elasticsearch(house.servers.node.url) as client:
        try:
            left = list(client.indices.get(index=f"{house.database}-v*"))
        except ApiError as error:
            left = [str(error)]
    if len(left) > 2:  # one may still be held by a snapshot of the page
        broken.append(f"indices left behind: {', '.join(left)}")
    did = f"two rebuilds of {len(house.feed.saved)} posts in {took:.1f} s"
    return Course(did, house.recovery(), (), tuple(broken))


DRILLS: dict[str, Drill] = {
    "elastic-killed": Drill(elastic_killed, a_second=50.0),
    "elastic-away": Drill(elastic_away),
    "postgres": Drill(postgres_killed),
    "workers": Drill(workers_killed, workers=4, a_second=0.0),
    "disk-full": Drill(disk_full),
    "reindex": Drill(rebuilt, a_second=50.0),
}
