"""`python -m benchmarks [NAME ...]`: runs the benches named, or all, and writes README.md."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from benchmarks.report import HEAD, Figure, write_readme

BENCHES = ("names", "law", "crawl", "search", "sides", "feed", "many", "flat", "demo", "classify")


def main(names: list[str]) -> int:
    """Each bench module has `run() -> list[Figure]`; one that fails is named and fails the run."""
    console = Console()
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        console.print(f"unknown: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        return 2
    figures: list[Figure] = []
    for name in names or BENCHES:
        console.rule(name)
        figures += importlib.import_module(f"benchmarks.{name}").run()
    table = Table(*HEAD)
    for figure in figures:
        table.add_row(*figure.cells())
    console.print(table)
    write_readme(figures, datetime.now(UTC))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
