"""A real PostgreSQL and a real Elasticsearch, each to be killed and started again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.elastic.node import ElasticNode, missing
from tests.services.postgres import PostgresServer, why_not


@dataclass(frozen=True)
class Servers:
    """Both run while a drill does."""

    postgres: PostgresServer
    node: ElasticNode


def lacking() -> str:
    """Why they cannot run here; empty where they can."""
    return why_not() or missing()


@contextmanager
def servers() -> Iterator[Servers]:
    """Start both; they and their data are gone afterwards."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="baqylau-drill-pg-") as rows,
        tempfile.TemporaryDirectory(prefix="baqylau-drill-es-", dir=memory) as documents,
    ):
        postgres, node = PostgresServer(Path(rows) / "data"), ElasticNode(Path(documents))
        try:
            yield Servers(postgres, node)
        finally:
            node.kill()
            postgres.stop("immediate")
