"""`baqylau up --demo`: seconds to the first flag, memory of all processes, seconds to the end.

Memory is what /proc says of every process of it: RSS counts pages that processes share once in
each, PSS divides them between the processes, which is what the machine has to give. The demo is
watched until every source was visited and everything judged, then a little longer.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from rich.console import Console

from benchmarks.report import Figure, free_port, load

SETTLED_S, LIMIT_S, END_S = 10.0, 180.0, 20.0
PROC, PENDING = Path("/proc"), "baqylau_pending "


@dataclass(slots=True)
class Memory:
    """The largest sums seen, in MB."""

    rss: float = 0.0
    pss: float = 0.0
    processes: int = 0

    def look(self, root: psutil.Process) -> None:
        """Sum up the process and all that came of it."""
        family = [root, *root.children(recursive=True)]
        self.rss = max(self.rss, sum(map(_rss, family)) / 1e6)
        self.pss = max(self.pss, sum(map(_pss, family)) / 1e6)
        self.processes = max(self.processes, len(family))


def run(settled_s: float = SETTLED_S) -> list[Figure]:
    """Start it, watch it, end it. Raises RuntimeError where it does not do what it should."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as (process, port, started):
        base, memory = f"http://127.0.0.1:{port}", Memory()
        first_flag = _wait(process, memory, lambda: _total(base) > 0) - started
        used = _cpu_s(psutil.Process(process.pid))
        visited = _wait(process, memory, lambda: _is_settled(base)) - started
        until = time.monotonic() + settled_s
        while time.monotonic() < until:
            memory.look(psutil.Process(process.pid))
            time.sleep(0.25)
        flags = _total(base)
        ended = _end(process)
    Console().print(
        f"first flag after {first_flag:.1f} s ({used:.1f} s of processor time), "
        f"all visited and judged after {visited:.1f} s "
        f"({flags} flags), {memory.processes} processes, load {load()}"
    )
    return [
        Figure("demo", "from the command to the first flag", first_flag, "s", target="<= 20 s"),
        Figure("demo", "largest PSS of all processes", memory.pss, "MB", target="< 900 MB"),
        Figure("demo", "largest RSS of all processes, shared pages counted in each", memory.rss,
               "MB", target="< 900 MB"),
        Figure("demo", "from Ctrl-C to the end, status 0", ended, "s", target="<= 20 s"),
    ]  # fmt: skip


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """The demo on a free port; its process, the port, when it was started."""
    port, started = free_port(), time.monotonic()
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", "up", "--demo", "--port", str(port),
             "--data", str(folder / "data")],
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            yield process, port, started
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text(errors='replace')[-3000:]}") from error
        finally:
            _kill(process)


def _wait(process: subprocess.Popen[bytes], memory: Memory, done: Callable[[], bool]) -> float:
    """When `done` became true, the memory looked at meanwhile."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the demo ended by itself with status {process.returncode}")
        if done():
            return time.monotonic()
        memory.look(psutil.Process(process.pid))
        time.sleep(0.1)
    raise RuntimeError(f"the demo did not get that far in {LIMIT_S:.0f} s")


def _get(url: str) -> Any:
    """JSON, or None while nobody answers."""
    try:
        with urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except (URLError, ConnectionError, TimeoutError):
        return None


def _total(base: str) -> int:
    found = _get(f"{base}/api/flags?limit=1")
    return int(found["total"]) if found else 0


def _is_settled(base: str) -> bool:
    """True once every source was tried and nothing waits to be judged."""
    sources = _get(f"{base}/api/sources")
    if not sources or any(one["last_attempt"] is None for one in sources["items"]):
        return False
    return _pending(base) == 0


def _pending(base: str) -> float:
    with urlopen(f"{base}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(PENDING))


def _end(process: subprocess.Popen[bytes]) -> float:
    """Seconds from Ctrl-C to the end."""
    family = psutil.Process(process.pid).children(recursive=True)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        status = process.wait(END_S * 2)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"the demo goes on {END_S * 2:.0f} s after Ctrl-C") from error
    seconds = time.monotonic() - started
    if status != 0:
        raise RuntimeError(f"after Ctrl-C the demo ended with status {status}")
    if left := [one.pid for one in family if one.is_running()]:
        raise RuntimeError(f"processes left behind: {left}")
    return seconds


def _kill(process: subprocess.Popen[bytes]) -> None:
    """What is still there after a failure; its children are in sessions of their own."""
    if process.poll() is None:
        for one in psutil.Process(process.pid).children(recursive=True):
            one.kill()
        process.kill()
        process.wait()


def _cpu_s(root: psutil.Process) -> float:
    """Processor time of all processes so far: the same however busy the machine is."""
    times = [one.cpu_times() for one in (root, *root.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _pss(process: psutil.Process) -> int:
    """Proportional set size in bytes; RSS where the system does not tell (macOS)."""
    try:
        text = (PROC / str(process.pid) / "smaps_rollup").read_text()
    except OSError:
        return _rss(process)
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024
