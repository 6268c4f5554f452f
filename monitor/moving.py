"""`baqylau move`: every row into another database, and the proof that all of it arrived."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from config.settings import Settings
from core.errors import InvalidInput
from core.store import moving, places
from core.store.dialect import make_engine, place
from core.store.migrate import HEAD
from core.store.moving import Proof, Step
from core.store.places import Claim
from core.store.sql_archive import SETTING, naming

TO = "--to"
STOPPED = 130


def run_move(settings: Settings, to: str, stop: threading.Event, console: Console) -> int:
    """Carry the archive of the settings to the URL `to`.

    0 where both hold the same; 1 where a table does not, which is named; 130 where it was stopped,
    and the same call goes on from there.
    """
    with naming(SETTING):
        here = moving.existing(settings.archive_url)
    with naming(TO):
        there = make_engine(to)
        if same_place(settings.archive_url, to):
            raise InvalidInput(place(there), f"another place than that of {SETTING}")
    proofs: list[Proof] = []
    try:
        with ExitStack() as stack:
            with naming(SETTING):
                origin = stack.enter_context(moving.standing_still(here))
            for worker in moving.holders(origin):
                console.print(
                    f"[yellow]warning:[/yellow] {worker} works on the archive or was killed at "
                    "that; what it writes after the move stays where it is",
                    highlight=False, soft_wrap=True,
                )  # fmt: skip
            with naming(TO):
                steps = moving.carry(origin, there, proofs, claim(there, console))
                with closing(steps):
                    if not show(steps, stop, console):
                        console.print("stopped: the same command goes on from here")
                        return STOPPED
    finally:
        here.dispose()
        there.dispose()
    return tell(proofs, console, done=f"Set {SETTING} to that place from now on: {place(there)}")


def claim(target: Engine, console: Console) -> Claim:
    """Claim the place; a line where what an older program left in it had to go."""
    claimed = places.claim(target)
    if claimed == "emptied":
        console.print(
            f"{place(target)}: half filled by an older program: emptied, brought up to schema "
            f"{HEAD!r}, and filled anew",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    return claimed


def same_place(one: str, other: str) -> bool:
    """True for two URLs of one database; files by where they really are."""
    urls = [make_engine(url).url for url in (one, other)]
    if all(url.get_backend_name() == "sqlite" for url in urls):
        first, second = (Path(str(url.database)).resolve() for url in urls)
        return first == second
    places = [(url.host, url.port or 5432, url.database, dict(url.query)) for url in urls]
    return places[0] == places[1]


def show(steps: Iterable[Step], stop: threading.Event, console: Console) -> bool:
    """Run the steps with a bar; False where they were stopped."""
    with bar(console) as report:
        for step in steps:
            report(step)
            if stop.is_set():
                return False
    return True


@contextmanager
def bar(console: Console) -> Iterator[Callable[[Step], None]]:
    """What shows each step that it is told."""
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                  TimeRemainingColumn(), console=console) as progress:  # fmt: skip
        task = progress.add_task("", visible=False)

        def report(step: Step) -> None:
            text = f"{step.stage} {step.table}"
            progress.update(
                task, description=text, completed=step.done, total=step.total, visible=True
            )

        yield report


def tell(proofs: Iterable[Proof], console: Console, *, done: str) -> int:
    """A line for each table, then what to do next. 0, or 1 where a table does not agree."""
    status = 0
    for one in proofs:
        if one.agrees:
            console.print(f"{one.table}: {one.here.rows} rows, SHA-256 {one.here.sha256}",
                          highlight=False, soft_wrap=True)  # fmt: skip
            continue
        status = 1
        console.print(
            f"[red]{one.table} does not agree:[/red] {one.here.rows} rows, SHA-256 "
            f"{one.here.sha256} here; {one.there.rows} rows, SHA-256 {one.there.sha256} there",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    console.print("[red]not finished:[/red] what was carried stays marked; the same command begins "
                  "anew" if status else done, highlight=False, soft_wrap=True)  # fmt: skip
    return status
