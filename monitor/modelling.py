"""`baqylau model evaluate` and `compare`: figures of checkpoints on labelled posts."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Grid

from core.errors import InvalidInput
from nlp.classifier.model import TextModel
from nlp.classifier.open import open_model
from nlp.training.asking import ask
from nlp.training.rows import Row, fold_of, read_rows, shipped_files
from nlp.training.scoring import Said, Table, parts, table

# A slice of fewer rows swings by chance; a fall of more than this is none.
ENOUGH, FALL = 20, 0.05
COLUMNS: tuple[tuple[str, Callable[[Table], float]], ...] = (
    ("kind F1", lambda one: one.kind_f1),
    ("campaigning", lambda one: one.kinds["campaigning"]),
    ("right", lambda one: one.accuracy),
    ("answered", lambda one: one.answered),
    ("right of these", lambda one: one.right_of_answered),
    ("signals F1", lambda one: one.signals_f1),
    ("stance", lambda one: one.stance),
    ("tone F1", lambda one: one.tone_f1),
    ("ECE", lambda one: one.error),
)


def rows_of(files: Sequence[Path]) -> list[Row]:
    """The rows of files, or of the repository. Raises InvalidRecord."""
    return read_rows(files or shipped_files())


def chosen(rows: Sequence[Row], held_out: str, *, held_out_ones: bool) -> list[Row]:
    """The rows of the fold that `held_out` names, or all the others. Raises InvalidInput.

    Rows without a kind are learnt from and never judged.
    """
    if held_out == "none":
        return list(rows)
    fold, slash, folds = held_out.partition("/")
    if not (slash and fold.isdigit() and folds.isdigit() and int(fold) < int(folds)):
        raise InvalidInput("--held-out", f"fold/folds such as 0/5, or none, got {held_out!r}")
    inside = [r.kind is not None and fold_of(r, int(folds)) == int(fold) for r in rows]
    return [row for row, is_in in zip(rows, inside, strict=True) if is_in == held_out_ones]


def setting_of(checkpoint: str) -> str:
    """A checkpoint as the setting names it, where the shipped one is the empty name."""
    return "" if checkpoint == "shipped" else checkpoint


def run_evaluate(
    checkpoint: str, files: Sequence[Path], held_out: str, *, as_json: bool, console: Console
) -> None:
    """Print the figures of a checkpoint."""
    rows = chosen(rows_of(files), held_out, held_out_ones=True)
    model = open_model(setting_of(checkpoint))
    if not as_json:
        print_tables(model, rows, console)
        return
    said = _asked(model, rows, console)
    figures = {name: asdict(table(*_some(rows, said, numbers))) for name, numbers in _parts(rows)}
    sys.stdout.write(json.dumps(_without_nan(figures), ensure_ascii=False) + "\n")


def run_compare(
    old: str, new: str, files: Sequence[Path], held_out: str, *, console: Console
) -> int:
    """Print both beside each other; 0 where the new one may replace the old one, else 1."""
    rows = chosen(rows_of(files), held_out, held_out_ones=True)
    models = [open_model(setting_of(name)) for name in (old, new)]
    before, after = (_asked(model, rows, console) for model in models)
    grid = Grid("", "n", "kind F1, old", "new", "right, old", "new", "signals F1, old", "new")
    worse: list[str] = []
    for name, numbers in _parts(rows):
        a, b = (table(*_some(rows, said, numbers)) for said in (before, after))
        pairs = ((a.kind_f1, b.kind_f1), (a.accuracy, b.accuracy), (a.signals_f1, b.signals_f1))
        grid.add_row(name, str(a.rows), *(_shown(value) for pair in pairs for value in pair))
        if a.rows >= ENOUGH and b.accuracy < a.accuracy - FALL:
            worse.append(name)
    Console().print(grid)
    a, b = table(rows, before), table(rows, after)
    worse += [
        f"{what} of all"
        for what, x, y in (
            ("kind F1", a.kind_f1, b.kind_f1),
            ("campaigning", a.kinds["campaigning"], b.kinds["campaigning"]),
            ("signals F1", a.signals_f1, b.signals_f1),
        )
        if not y >= x
    ]
    console.print(
        f"worse: {', '.join(worse)}" if worse else "nowhere worse: it may replace the old one"
    )
    return 1 if worse else 0


def print_tables(model: TextModel, rows: Sequence[Row], console: Console) -> list[Said]:
    """The figures by language and by slice, on standard output; what was said of each row."""
    if not rows:
        raise InvalidInput("--data", "at least one row that was held out")
    said = _asked(model, rows, console)
    print_figures(rows, said)
    return said


def print_figures(rows: Sequence[Row], said: Sequence[Said]) -> None:
    """The figures of what was said of rows, by language and by slice, on standard output."""
    grid = Grid("", "n", *(name for name, _ in COLUMNS))
    for name, numbers in _parts(rows):
        figures = table(*_some(rows, said, numbers))
        grid.add_row(name, str(figures.rows), *(_shown(read(figures)) for _, read in COLUMNS))
    Console(width=150).print(grid)


def _asked(model: TextModel, rows: Sequence[Row], console: Console) -> list[Said]:
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("posts", total=len(rows))
        return ask(model, rows, told=lambda: progress.advance(task))


def _parts(rows: Sequence[Row]) -> list[tuple[str, list[int]]]:
    languages = parts(rows, lambda row: row.lang).items()
    slices = parts(rows, lambda row: row.slice or "no slice").items()
    return [("all", list(range(len(rows)))), *languages, *slices]


def _some(
    rows: Sequence[Row], said: Sequence[Said], numbers: Sequence[int]
) -> tuple[list[Row], list[Said]]:
    return [rows[n] for n in numbers], [said[n] for n in numbers]


def _shown(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
