"""A real Elasticsearch node without a container: built once by Maven, started once for a session.

It has the server and its HTTP transport only: no `GET /`, no security, no scripts, and of the
analyzers the five that are built in. What works on it works on a full Elasticsearch.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
_PROGRAMS = {"java": "Java 17 or newer", "javac": "a JDK, version 17 or newer", "mvn": "Maven"}
_PLUGIN = """\
description=Netty 4 HTTP and transport
name=transport-netty4
version={version}
elasticsearch.version={version}
java.version=17
classname=org.elasticsearch.transport.netty4.Netty4Plugin
"""
_READY_WITHIN_S = 90.0
_ROOM_BYTES = 2 << 30


class CannotRun(Exception):
    """Why there can be no node here: a program that is missing, or what Maven said."""


class ElasticNode:
    """A node with its data in `folder`, on a port of its own that it keeps over restarts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self._built = build()
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers: about six seconds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "node.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                ["java", "-Xms384m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 "-cp", f"{self._built}/server/*:{self._built}", "Node",
                 str(self._built / "home"), str(self.folder / "data"), str(self.port)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        deadline = time.monotonic() + _READY_WITHIN_S
        for line in self._process.stdout:
            if line.strip() == "ready":
                return
            if time.monotonic() > deadline:
                break
        self.kill()
        raise CannotRun(f"the node did not start; see {self.folder / 'node.log'}")

    @property
    def pid(self) -> int:
        """The process of the server, which runs."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End it in good order. May be called again."""
        if self._process is not None:
            self._process.communicate()  # closes its standard input, which ends it
            self._process = None

    def kill(self) -> None:
        """As when the machine takes it away."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def missing() -> str:
    """The first program that is needed and not here; empty where none is missing."""
    return next((what for name, what in _PROGRAMS.items() if shutil.which(name) is None), "")


def build() -> Path:
    """The folder with everything to run, made where it is not there yet: about twelve seconds.

    Named after its sources, so that another version of them is built anew. Raises CannotRun.
    """
    if lacking := missing():
        raise CannotRun(f"needs {lacking}")
    sources = (HERE / "pom.xml").read_bytes() + (HERE / "Node.java").read_bytes()
    place = ROOT / "var" / "services" / f"elastic-{hashlib.sha256(sources).hexdigest()[:12]}"
    with _alone(place.with_suffix(".lock")):
        if not (place / "built").exists():
            shutil.rmtree(place, ignore_errors=True)
            _fill(place)
            (place / "built").touch()
    return place


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fill(place: Path) -> None:
    server, home = place / "server", place / "home"
    module = home / "modules" / "transport-netty4"
    for folder in (server, module, home / "config", home / "plugins"):
        folder.mkdir(parents=True)
    _run("mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
         f"-DoutputDirectory={server}")  # fmt: skip
    version = next(server.glob("elasticsearch-core-*.jar")).stem.removeprefix("elasticsearch-core-")
    for jar in (*server.glob("netty-*.jar"), *server.glob("transport-netty4-*.jar")):
        jar.rename(module / jar.name)
    (module / "plugin-descriptor.properties").write_text(_PLUGIN.format(version=version))
    _run("javac", "-cp", f"{server}/*", "-d", str(place), str(HERE / "Node.java"))


def _run(*command: str) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip() or "nothing"
        raise CannotRun(f"{command[0]} could not build the node: {said[-400:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _memory() -> str | None:
    """Where files are in memory, if anywhere: making an index is six times as fast as on a disk."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM_BYTES:
        return str(memory)
    return None


@cache
def shared_node() -> ElasticNode:
    """The node of this session: started when first asked for, gone with the process."""
    folder = Path(tempfile.mkdtemp(prefix="baqylau-elastic-", dir=_memory()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    node = ElasticNode(folder)
    atexit.register(node.stop)  # runs before the folder goes
    return node
