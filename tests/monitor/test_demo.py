"""`up --demo` as a newcomer starts it: flags on the page, then Ctrl-C, and nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.store.sql_archive import open_archive

PATIENCE_S = 120


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Demo:
    """A running demo, asked over HTTP."""

    def __init__(self, folder: Path) -> None:
        self.port, self.data = free_port(), folder / "demo"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BAQYLAU_")}
        self.log = folder / "log"
        # Ctrl-C ignored from birth, as a script starts what it puts in the background with "&".
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", "up", "--demo", "--data", str(folder),
             "--port", str(self.port)],
            env=environment, stderr=self.log.open("wb"),
        )  # fmt: skip
        signal.signal(signal.SIGINT, before)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def wait_for(self, path: str, wanted: int) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                found = self.get(path)
            except OSError:
                found = {"total": 0}
            if found["total"] >= wanted:
                return found
            time.sleep(0.5)
        raise AssertionError(f"{path}: fewer than {wanted} within {PATIENCE_S} s")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("up"))
    yield running
    if running.process.poll() is None:
        running.process.kill()


def test_flags_of_the_silence_day_appear(demo: Demo) -> None:
    demo.wait_for("/api/posts", 300)
    found = demo.wait_for("/api/flags?rule=silence_violation&verdict=violation", 5)
    for flag in found["items"]:
        assert flag["law"]["article"]
        assert flag["reason"]["kk"] and flag["reason"]["ru"] and flag["reason"]["en"]
        assert flag["clock"]["windows"]


def test_the_sources_with_faults_are_alarms_and_the_others_go_on(demo: Demo) -> None:
    sources = {one["id"]: one for one in demo.get("/api/sources")["items"]}
    assert len(sources) >= 10
    assert sources["demo-silent"]["alarm"]
    assert "HTML" in json.dumps(sources["demo-maintenance"], ensure_ascii=False)
    assert not sources["demo-party"]["alarm"]


def test_an_edit_and_a_deletion_are_seen(demo: Demo) -> None:
    demo.wait_for("/api/posts?gone=yes", 1)
    edited = demo.wait_for("/api/flags?act=edit", 1)
    assert edited["items"][0]["rule"]


def test_ctrl_c_ends_it_with_nothing_half_written(demo: Demo) -> None:
    assert demo.stop() == 0, demo.log.read_text()
    assert "Traceback" not in demo.log.read_text()
    archive = open_archive(f"sqlite:///{demo.data / 'archive.sqlite3'}")
    try:
        assert archive.verify_audit() is None
        assert archive.counts().posts >= 300
    finally:
        archive.close()
