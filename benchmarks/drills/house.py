"""Our processes over one database and one index, as an operator runs them."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.drills.asking import Answer, Asker
from benchmarks.drills.feed import Feed
from benchmarks.drills.servers import Servers
from config.settings import Settings, read_settings
from core.errors import StoreUnavailable
from core.store.sql_archive import SqlArchive, open_archive
from monitor.up import environment_of
from tests.services.containers import ROOT

PATIENCE_S = 300.0
FIRST_POSTS = 200


class House:
    """`serve` and some `work`, with posts coming in and people asking. Use it in a `with`."""

    def __init__(
        self, servers: Servers, folder: Path, *, workers: int = 2, a_second: float = 20.0,
        rng: random.Random,
    ) -> None:  # fmt: skip
        self.servers = servers
        self.folder = folder
        self.rng = rng
        self.port = free_port()
        self.database = servers.postgres.create()
        self.settings = read_settings(
            data=folder / "data", archive=servers.postgres.url(self.database),
            index=f"{servers.node.url}/{self.database}", port=self.port, candidates="none",
            work_lease_s=5.0, work_batch=16, log="json",
        )  # fmt: skip
        self.archive: SqlArchive = open_archive(self.settings.archive_url)
        self.feed = Feed(self.archive, a_second=a_second, wanted=self._wants)
        self.asker: Asker | None = None
        self.workers: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._workers = workers
        self._most_waiting = 0 if a_second else 300

    def _wants(self) -> bool:
        """Without a rate: more where too little waits."""
        if not self._most_waiting:
            return True
        try:
            return self.archive.counts().pending < self._most_waiting
        except StoreUnavailable:
            return False

    def __enter__(self) -> House:
        try:
            self._furnish()
        except BaseException:
            self._leave()
            raise
        return self

    def _furnish(self) -> None:
        self.feed.save(FIRST_POSTS)
        for number in range(self._workers):
            self.start_worker(f"work-{number}")
        self.wait("the first posts judged and found", self.is_settled)
        self.start("serve", ["serve"], {})
        self.wait("the page ready", self.is_ready)
        self.asker = Asker(f"http://127.0.0.1:{self.port}", tuple(self.feed.saved), self.rng)
        self.feed.start()
        self.asker.start()

    def __exit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        try:
            self.feed.end()
            if self.asker is not None:
                self.asker.end()
        finally:
            for process in self.processes.values():
                process.send_signal(signal.SIGTERM)
            for process in self.processes.values():
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            self.archive.close()
            self.servers.postgres.drop(self.database)

    def answers(self) -> list[Answer]:
        """What became of all requests; no more of them are made."""
        assert self.asker is not None
        self.asker.end()
        return self.asker.answers

    # processes

    def start_worker(self, name: str) -> None:
        """A `work` of that name, whose figures can be read."""
        self.workers[name] = free_port()
        where = {"BAQYLAU_WORK_METRICS": f"127.0.0.1:{self.workers[name]}"}
        self.start(name, ["work"], where)

    def start(self, name: str, words: list[str], more: Mapping[str, str]) -> None:
        """A process of ours; what it says goes into a file of that name."""
        command = [sys.executable, "-m", "monitor.cli", *words]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env={**environment(self.settings), **more},
                stdout=log, stderr=log, cwd=ROOT,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """As when the machine takes it away."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def figure(self, name: str, figure: str) -> float:
        """A figure of a worker; 0 while it does not answer."""
        try:
            url = f"http://127.0.0.1:{self.workers[name]}/metrics"
            with urllib.request.urlopen(url, timeout=10) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0.0
        return sum(float(one.split()[-1]) for one in lines if one.startswith(f"{figure} "))

    def is_ready(self) -> bool:
        """What /readyz of the page says."""
        try:
            url = f"http://127.0.0.1:{self.port}/readyz"
            with urllib.request.urlopen(url, timeout=30) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # waiting

    def wait(self, for_what: str, until: Callable[[], bool], every: float = 0.1) -> float:
        """Seconds until it was so. Raises TimeoutError, and AssertionError for a dead process."""
        began = time.monotonic()
        while not until():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise AssertionError(f"{name} ended by itself\n{self.said(name)}")
            if time.monotonic() - began > PATIENCE_S:
                raise TimeoutError(f"{for_what}: not within {PATIENCE_S:.0f} s")
            time.sleep(every)
        return time.monotonic() - began

    def said(self, name: str) -> str:
        """The end of what a process said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2_000:]

    def is_settled(self) -> bool:
        """Nothing is owed."""
        try:
            counts = self.archive.counts()
        except StoreUnavailable:
            return False
        return counts.pending == counts.index_pending == 0

    def recovery(self) -> float:
        """From now until all that waits now is judged and found, whatever comes meanwhile."""
        began, now = time.monotonic(), self.archive.counts().at

        def done() -> bool:
            try:
                counts = self.archive.counts()
            except StoreUnavailable:
                return False
            waits = (counts.oldest_pending, counts.oldest_index_pending)
            return now is not None and all(one is None or one > now for one in waits)

        self.wait("what waited when it was mended", done)
        return time.monotonic() - began


def environment(settings: Settings) -> dict[str, str]:
    """These settings and none of the machine's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BAQYLAU_")}
    return kept | environment_of(settings)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found
