"""How many posts a second `classify` reads on the cores that there are, and at what cost.

Every detector of the command is asked, as the command asks it, 64 lines together. The baseline is
the `transformers` text-classification pipeline over the same trained weights in 32 bits on torch,
the same posts in the same run; it needs torch, and BENCH_CHECKPOINT, the directory that
`baqylau model train` wrote. Both are asked about posts that were not learnt from.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks.report import Figure, load
from config.settings import read_settings
from core.model import KINDS
from monitor import wiring
from monitor.classifying import Classifier
from monitor.lines import TOGETHER
from monitor.modelling import chosen
from nlp.training.rows import Row, read_rows, shipped_files
from nlp.training.scoring import Said, table

HELD_OUT = "0/5"
WARM_UP = 32
Answer = Callable[[Sequence[str]], Sequence[str]]


def run(most: int = 600) -> list[Figure]:
    """Posts a second, F1 of the kinds, and memory."""
    console = Console()
    rows = chosen(read_rows(shipped_files()), HELD_OUT, held_out_ones=True)[:most]
    console.print(f"load {load()}, {len(rows)} posts that were not learnt from")
    speed, kinds = _timed(_ours(), rows)
    baseline = _baseline()
    name, theirs, their_kinds = "", None, None
    if baseline is None:
        console.print("no baseline: it needs torch, and BENCH_CHECKPOINT")
    else:
        name = "transformers pipeline, torch in 32 bits"
        theirs, their_kinds = _timed(baseline, rows)
    every = f"classify, {len(rows)} posts, every detector"
    f1, memory = "macro-F1 of the kinds on these posts", "resident memory of `baqylau classify`"
    their_f1 = None if their_kinds is None else _f1(rows, their_kinds)
    return [
        Figure("classify", every, speed, "posts/s", name, theirs, ">= 5x"),
        Figure("classify", f1, _f1(rows, kinds), "", name, their_f1, "<= 1 point lost"),
        Figure("classify", memory, _memory(rows), "MB", target="< 700 MB"),
    ]


def _ours() -> Answer:
    settings = read_settings()
    election = wiring.election_of(settings)
    annotator = wiring.annotator(settings, election, wiring.analyzer(), explain=False)
    classifier = Classifier(annotator)

    def answer(texts: Sequence[str]) -> list[str]:
        found: list[str] = []
        for at in range(0, len(texts), TOGETHER):
            lines = list(enumerate({"text": text} for text in texts[at : at + TOGETHER]))
            found += [str(one["kind"]) for one in classifier.answers(lines)]  # type: ignore[index]
        return found

    return answer


def _baseline() -> Answer | None:
    trained = os.environ.get("BENCH_CHECKPOINT")
    try:
        from benchmarks.classify_torch import pipeline_of
    except ImportError:
        return None
    return pipeline_of(Path(trained)) if trained else None


def _timed(answer: Answer, rows: Sequence[Row]) -> tuple[float, Sequence[str]]:
    texts = [row.text for row in rows]
    answer([f"{text} " for text in texts[:WARM_UP]])
    started = time.perf_counter()
    kinds = answer(texts)
    return len(texts) / (time.perf_counter() - started), kinds


def _f1(rows: Sequence[Row], kinds: Sequence[str]) -> float:
    shares = [[float(kind == name) for name in KINDS] for kind in kinds]
    said = [
        Said(one, False, frozenset(), {}, (None,) * len(row.targets))
        for row, one in zip(rows, shares, strict=True)
    ]
    return table(rows, said).kind_f1


def _memory(rows: Sequence[Row]) -> float:
    """The largest resident set of the command, looked at after every line."""
    import json

    command = [sys.executable, "-m", "monitor.cli", "classify"]
    largest = 0
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        for row in rows[:200]:
            run.stdin.write(json.dumps({"text": row.text}) + "\n")
            run.stdin.flush()
            run.stdout.readline()
            largest = max(largest, psutil.Process(run.pid).memory_info().rss)
        run.stdin.close()
    return largest / 1e6
