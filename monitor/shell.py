"""What every command shares: its options, its errors in one line, its settings, its end."""

from __future__ import annotations

import functools
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from config.settings import Settings, read_settings, unknown_variables
from core.errors import BaqylauError, InvalidInput

err = Console(stderr=True)
log = logging.getLogger(__name__)

Election = Annotated[
    str | None, typer.Option("--election", help="Profile id, or path to its .yml.")
]
Data = Annotated[Path | None, typer.Option("--data", help="Directory of everything collected.")]
Command = TypeVar("Command", bound=Callable[..., Any])


def telling_errors(command: Command) -> Command:
    """Errors of ours become one line that says what would be right, not a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except BaqylauError as error:
            err.print(f"[red]error:[/red] {error}", highlight=False, markup=True, soft_wrap=True)
            raise typer.Exit(2) from error
        except BrokenPipeError:
            # Whoever read our lines has enough; Python would complain once more at its exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None

    return run  # type: ignore[return-value]


def settings_for(election: str | None = None, data: Path | None = None, **given: Any) -> Settings:
    """The settings of the environment with the options of the command over them."""
    for name, hint in unknown_variables().items():
        err.print(f"[yellow]warning:[/yellow] {name} is no setting; {hint}", highlight=False)
    if election is not None:
        given["election"] = election
    if data is not None:
        given["data"] = data
    return read_settings(**given)


def require_new(to: Path) -> None:
    """Raises InvalidInput where a command is to write a directory and something is there."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise InvalidInput(f"--to: {to}", "a directory that is empty or not there yet")


def watching(election: str | None = None, data: Path | None = None, **given: Any) -> Settings:
    """The settings of a long runner: without a register of its own it watches for nobody by name.

    The profile's register may be an example of invented people, and their names real people's.
    """
    from monitor import wiring

    settings = settings_for(election, data, **given)
    wiring.set_up_logging(settings)
    if settings.candidates or settings.demo:
        return settings
    log.warning("no register: parties are recognised, candidates are not; set BAQYLAU_CANDIDATES")
    return settings.model_copy(update={"candidates": "none"})


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
