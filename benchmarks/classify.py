"""How many posts a second `classify` reads on the cores that there are, and at what cost.

Every detector of the command is asked, as the command asks it, 64 lines together, about posts that
were not learnt from and that all differ. The baseline is the `transformers` text-classification
pipeline over the same trained weights in 32 bits on torch, one text a step on all cores, in a
process of its own, by the interpreter that BENCH_TORCH_PYTHON names or by this one where that has
torch: `transformers` imports torch wherever it finds it, which would put 400 MB on our memory.
BENCH_CHECKPOINT is the directory that `baqylau model train` wrote. Where it was made smaller since
it was trained (longer pieces, narrower layers), a second baseline is the network before that,
BENCH_BEFORE: the first is as small as ours. All are warmed with posts that were learnt from, and
then take turns, each turn with other posts.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

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
# The first text that needs a library loads it: loading is not what is measured here.
WARM_UP = 300
ROOT = Path(__file__).parent.parent
Timed: TypeAlias = Callable[[Sequence[str]], tuple[float, Sequence[str]]]
OURS, ALONE = "every detector", "the model alone"
PIPELINE, BEFORE = "transformers pipeline, torch in 32 bits", "the same before it was made smaller"
# Where the weights of a baseline are, and what its figures are called beside ours.
BASELINES = {PIPELINE: ("BENCH_CHECKPOINT", ""), BEFORE: ("BENCH_BEFORE", ", made smaller")}


def run(most: int = 800, turns: int = 4) -> list[Figure]:
    """Posts a second, F1 of the kinds, and memory."""
    console = Console()
    every = read_rows(shipped_files())
    rows = _different(chosen(every, HELD_OUT, held_out_ones=True))[:most]
    warm = [row.text for row in chosen(every, HELD_OUT, held_out_ones=False)[:WARM_UP]]
    console.print(f"load {load()}, {len(rows)} posts that were not learnt from, {turns} turns")
    sides = {OURS: _timed_by(_ours()), ALONE: _timed_by(_model_alone())}
    with ExitStack() as stack:
        for name, (variable, _) in BASELINES.items():
            answer = stack.enter_context(_torch(os.environ.get(variable)))
            if answer is not None:
                sides[name] = answer
        if len(sides) == 2:
            console.print("no baseline: it needs BENCH_TORCH_PYTHON or torch, and BENCH_CHECKPOINT")
        speeds, kinds = _turns(sides, warm, [row.text for row in rows], turns)
    console.print(f"load {load()} in the end")
    memory = "resident memory of `baqylau classify`"
    found = [Figure("classify", memory, _memory(rows), "MB", target="< 700 MB")]
    our_f1 = _f1(rows, kinds[OURS])
    for name in [name for name in sides if name in BASELINES] or [""]:
        _, which = BASELINES.get(name, ("", ""))
        for side, what, target in (
            (OURS, f"classify, {len(rows)} posts, every detector", ">= 5x"),
            (ALONE, "the model alone, the same posts", ""),
        ):
            found.append(Figure("classify", what + which, speeds[side], "posts/s", name,
                                speeds.get(name), target))  # fmt: skip
        f1 = f"macro-F1 of the kinds on these posts{which}"
        their_f1 = _f1(rows, kinds[name]) if name else None
        found.append(Figure("classify", f1, our_f1, "", name, their_f1, "<= 1 point lost"))
    return found


def _timed_by(answer: Answer) -> Timed:
    """Somebody who answers, with a clock."""
    return lambda texts: timed(answer, texts)


def _turns(
    sides: Mapping[str, Timed], warm: Sequence[str], texts: Sequence[str], turns: int
) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Posts a second of each side, and its kinds of all texts."""
    for side in sides.values():
        side(warm)
    taken = dict.fromkeys(sides, 0.0)
    kinds: dict[str, list[str]] = {name: [] for name in sides}
    share = -(-len(texts) // turns)
    for at in range(0, len(texts), share):
        for name, side in sides.items():
            seconds, found = side(texts[at : at + share])
            taken[name] += seconds
            kinds[name] += found
    return {name: len(texts) / seconds for name, seconds in taken.items()}, kinds


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


@contextmanager
def _torch(trained: str | None) -> Iterator[Timed | None]:
    """The pipeline over trained weights in its own process; None where it cannot run."""
    python = os.environ.get("BENCH_TORCH_PYTHON")
    if python is None and importlib.util.find_spec("torch") is not None:
        python = sys.executable
    if not trained or not python:
        yield None
        return
    command = [python, "-m", "benchmarks.classify_torch", trained]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout

        def answer(texts: Sequence[str]) -> tuple[float, Sequence[str]]:
            to.write(json.dumps(list(texts)) + "\n")
            to.flush()
            line = back.readline()
            if not line:
                raise RuntimeError(f"{' '.join(command)} ended; what it said stands above")
            seconds, kinds = json.loads(line)
            return seconds, kinds

        yield answer
        to.close()


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
