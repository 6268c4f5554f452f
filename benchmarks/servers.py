"""The real servers of the shape of many machines, started for one bench: those of the tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.services.elastic.node import ElasticNode
from tests.services.postgres import PostgresServer


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """PostgreSQL on loopback; it does not fsync, and neither does any baseline on it."""
    with tempfile.TemporaryDirectory(prefix="baqylau-bench-") as folder:
        server = PostgresServer(Path(folder) / "data")
        try:
            yield server
        finally:
            server.stop("immediate")


@contextmanager
def elastic(folder: Path | None = None) -> Iterator[ElasticNode]:
    """A node of Elasticsearch 8 on loopback, its data on the disk."""
    with tempfile.TemporaryDirectory(prefix="baqylau-bench-", dir=folder) as place:
        node = ElasticNode(Path(place))
        try:
            yield node
        finally:
            node.stop()


def processor_s(of: psutil.Process) -> float:
    """Processor time of a process so far."""
    times = of.cpu_times()
    return float(times.user + times.system)
