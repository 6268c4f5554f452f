"""`baqylau up`: api, crawl and work as three processes, watched together.

One that dies is started again, slower each time; a process that cannot start at all ends the whole
with its own words. On Ctrl-C or SIGTERM each gets the time to finish what it holds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console

GRACE_S = 20.0
# Whoever dies this soon after its start, this often, will not get better by trying.
HOPELESS_S, HOPELESS_TIMES = 5.0, 3


# What the C library is told where nobody told it otherwise: freed memory goes back to the machine.
# The demo's processes held 910 MB without, 834 with this; 807 with 64 KiB, and more page faults.
_LEAN = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}


@dataclass(slots=True)
class Child:
    """One supervised process: its command line and how its starts went."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs children until `stop` is set; `run` returns the exit status of the whole."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    console: Console
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> int:
        """Start all, keep them running, end them all. 0, or 1 where one could not be kept alive."""
        status = 0
        try:
            for child in self.children:
                self._start(child)
            while not self.stop.wait(0.2):
                for child in self.children:
                    if not self._keep(child):
                        status = 1
                        self.stop.set()
        except KeyboardInterrupt:
            pass
        finally:
            self._end()
        return status

    def _start(self, child: Child) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which ends them in order.
        child.process = subprocess.Popen(  # noqa: S603 (our own command line)
            [sys.executable, "-m", "monitor.cli", *child.arguments],
            env={**_LEAN, **os.environ, **self.environment},
            start_new_session=True,
        )
        child.started = time.monotonic()

    def _keep(self, child: Child) -> bool:
        """Start a dead child again when its time has come; False where that is hopeless."""
        if child.process is None:
            if time.monotonic() >= child.due:
                self._start(child)
            return True
        code = child.process.poll()
        if code is None:
            return True
        child.process = None
        quick = time.monotonic() - child.started < HOPELESS_S
        child.quick_deaths = child.quick_deaths + 1 if quick else 0
        self.console.print(f"[red]{child.name} ended with status {code}[/red]")
        if child.quick_deaths >= HOPELESS_TIMES:
            self.console.print(
                f"[red]{child.name} cannot be kept running; see its words above[/red]"
            )
            return False
        child.due = time.monotonic() + 2.0**child.quick_deaths
        return True

    def _end(self) -> None:
        # A second Ctrl-C must not cut the goodbye short: the processes end within GRACE_S anyway.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        running = [(child.name, child.process) for child in self.children if child.process]
        for _, process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE_S
        for name, process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.console.print(f"[red]{name} did not end in {GRACE_S:.0f} s; killed[/red]")
                process.kill()
                process.wait()
