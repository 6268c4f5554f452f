"""How many posts a second `classify` reads on the cores that there are, and at what cost.

Every detector of the command is asked, as the command asks it, 64 lines together, about posts that
were not learnt from and that all differ. The baseline is the `transformers` text-classification
pipeline over the same trained weights in 32 bits on torch, one text a step on all cores. It runs
after ours, in a process of its own, by the interpreter that BENCH_TORCH_PYTHON names or by this one
where that has torch: `transformers` imports torch wherever it finds it, which would put 400 MB on
our memory. BENCH_CHECKPOINT is the directory that `baqylau model train` wrote.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks.report import Figure, load
from benchmarks.timing import Answer, timed
from config.settings import read_settings
from core.model import KINDS
from monitor import wiring
from monitor.classifying import Classifier
from monitor.lines import TOGETHER
from monitor.modelling import chosen
from nlp.annotate import make_document
from nlp.classifier.open import open_model
from nlp.classifier.text import reading_of
from nlp.training.rows import Row, read_rows, shipped_files
from nlp.training.scoring import Said, table

HELD_OUT = "0/5"
ROOT = Path(__file__).parent.parent


def run(most: int = 600) -> list[Figure]:
    """Posts a second, F1 of the kinds, and memory."""
    console = Console()
    rows = _different(chosen(read_rows(shipped_files()), HELD_OUT, held_out_ones=True))[:most]
    texts = [row.text for row in rows]
    console.print(f"load {load()}, {len(rows)} posts that were not learnt from")
    speed, kinds = timed(_ours(), texts)
    alone, _ = timed(_model_alone(), texts)
    name, theirs, their_f1 = "", None, None
    baseline = _baseline(texts)
    if baseline is None:
        console.print("no baseline: it needs BENCH_TORCH_PYTHON or torch, and BENCH_CHECKPOINT")
    else:
        name = "transformers pipeline, torch in 32 bits"
        theirs, their_f1 = baseline[0], _f1(rows, baseline[1])
    console.print(f"load {load()} in the end")
    every = f"classify, {len(rows)} posts, every detector"
    f1, memory = "macro-F1 of the kinds on these posts", "resident memory of `baqylau classify`"
    return [
        Figure("classify", every, speed, "posts/s", name, theirs, ">= 5x"),
        Figure("classify", "the model alone, the same posts", alone, "posts/s", name, theirs),
        Figure("classify", f1, _f1(rows, kinds), "", name, their_f1, "<= 1 point lost"),
        Figure("classify", memory, _memory(rows), "MB", target="< 700 MB"),
    ]


def _different(rows: Sequence[Row]) -> list[Row]:
    """One row a text: equal texts are read once, which would flatter us."""
    return list({row.text: row for row in rows}.values())


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


def _model_alone() -> Answer:
    """The network without the other detectors, on as many threads as the command has."""
    settings = read_settings()
    model, words = open_model(settings.classifier), wiring.analyzer()

    def kind_of(text: str) -> str:
        return KINDS[model.scores(reading_of(make_document(text, words))).best]

    def answer(texts: Sequence[str]) -> list[str]:
        with ThreadPoolExecutor(settings.classifier_threads) as pool:
            return list(pool.map(kind_of, texts))

    return answer


def _baseline(texts: Sequence[str]) -> tuple[float, Sequence[str]] | None:
    """Posts a second and kinds of the pipeline; None where it cannot run."""
    trained = os.environ.get("BENCH_CHECKPOINT")
    python = os.environ.get("BENCH_TORCH_PYTHON")
    if python is None and importlib.util.find_spec("torch") is not None:
        python = sys.executable
    if not trained or not python:
        return None
    done = subprocess.run(
        [python, "-m", "benchmarks.classify_torch", trained],
        input=json.dumps(list(texts)), stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    said = json.loads(done.stdout)
    return said["posts_per_s"], said["kinds"]


def _f1(rows: Sequence[Row], kinds: Sequence[str]) -> float:
    shares = [[float(kind == name) for name in KINDS] for kind in kinds]
    said = [
        Said(one, False, frozenset(), {}, (None,) * len(row.targets))
        for row, one in zip(rows, shares, strict=True)
    ]
    return table(rows, said).kind_f1


def _memory(rows: Sequence[Row]) -> float:
    """The largest resident set of the command, looked at after every line."""
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
