"""What a benchmark says: figures beside their baseline, as a table and as Markdown."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

README = Path(__file__).parent / "README.md"
# What benches leave behind: big, not committed, and used again.
OUT = Path(__file__).parent / "out"
MARK = "<!-- figures: written by `make bench`, below this line -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `ratio` is value to baseline; `target` is what it was asked to be."""

    bench: str
    what: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    target: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over baseline, where there is one."""
        return self.value / self.baseline_value if self.baseline_value else None

    def cells(self) -> tuple[str, ...]:
        """The figure as the cells of a table row."""
        return (
            self.bench,
            self.what,
            f"{self.value:,.4g} {self.unit}",
            f"{self.baseline} {self.baseline_value:,.4g} {self.unit}"
            if self.baseline_value
            else "",
            f"{self.ratio:.3g}x" if self.ratio is not None else "",
            self.target,
        )


HEAD = ("bench", "what", "measured", "baseline in the same run", "ratio", "asked for")


def machine() -> str:
    """What it was measured on, in a line."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def load() -> str:
    """The load average of the last minute: what else the machine did."""
    return f"{os.getloadavg()[0]:.1f}"


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_readme(figures: Sequence[Figure], at: datetime) -> None:
    """Put the figures under the mark; those of benches that did not run stay as they were."""
    text = README.read_text(encoding="utf-8")
    head, _, below = text.partition(MARK)
    ran = {figure.bench for figure in figures}
    kept = [
        line
        for line in below.splitlines()
        if line.startswith("| ") and line.split("|")[1].strip() not in {*ran, HEAD[0]}
    ]
    fresh = ["| " + " | ".join(figure.cells()) + f" | {at:%Y-%m-%d} |" for figure in figures]
    table = ["| " + " | ".join(HEAD) + " | on |", "|" + "---|" * (len(HEAD) + 1)]
    body = "\n".join([*table, *sorted([*kept, *fresh])])
    README.write_text(f"{head}{MARK}\n\nMeasured on {machine()}.\n\n{body}\n", encoding="utf-8")
