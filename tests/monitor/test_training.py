"""What a training tells while it runs."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from monitor.training import progress_on, telling


def test_a_training_whose_output_is_a_log_says_each_tenth_of_itself_once() -> None:
    log = Console(file=StringIO(), width=80)
    with progress_on(log) as progress:
        told = telling(progress, 2, "fold 1 of 3, ")
        for percent in (0, 9, 19, 20, 20, 100):
            told(0, percent, 0.5)
        told(1, 1, 0.25)
    assert isinstance(log.file, StringIO)
    lines = log.file.getvalue().splitlines()
    assert [line for line in lines if line.endswith(" %")] == [
        "fold 1 of 3, epoch 1, loss 0.500: 10 %",
        "fold 1 of 3, epoch 1, loss 0.500: 50 %",
    ]


def test_a_training_on_a_terminal_shows_its_bar_alone() -> None:
    terminal = Console(file=StringIO(), width=80, force_terminal=True)
    with progress_on(terminal) as progress:
        telling(progress, 1)(0, 50, 0.5)
    assert isinstance(terminal.file, StringIO)
    said = terminal.file.getvalue()
    assert "epoch 1, loss 0.500" in said
    assert "0.500: 50 %" not in said
