"""python -m benchmarks.drills [--seed N] [NAME ...]; status 1 where a promise did not hold.

DRILL_MINUTES (10): how long Elasticsearch stays away. DRILL_KILLS (100): how many workers die.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys

from benchmarks.drills.faults import DRILLS, Size
from benchmarks.drills.report import run
from benchmarks.drills.servers import lacking, servers


def main(words: list[str]) -> int:
    """Run the drills that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drills", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DRILLS))
    parser.add_argument("--seed", type=int, default=2023, help="of what happens by chance")
    given = parser.parse_args(words)
    if unknown := set(given.names) - set(DRILLS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(DRILLS)}")
    if reason := lacking():
        parser.error(reason)
    size = Size(minutes=float(os.environ.get("DRILL_MINUTES", "10")),
                kills=int(os.environ.get("DRILL_KILLS", "100")))  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started ends with us
    held = True
    with servers() as both:
        for name in given.names or DRILLS:
            result = run(name, DRILLS[name], both, size, given.seed)
            print("\n".join(result.lines()), flush=True)
            held = held and not result.broken
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
