"""`baqylau model`: the classifier trained, averaged, reshaped, judged, exported and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.errors import InvalidInput
from monitor.shell import Data, err, settings_for, stopping, telling_errors

app = typer.Typer(no_args_is_help=True, help="The classifier: train, evaluate, export, compare.")

Files = Annotated[
    list[Path] | None,
    typer.Option("--data", help="Labelled posts (JSON Lines); without, those of the repository."),
]
HeldOut = Annotated[
    str, typer.Option(help="The families held out, fold/folds such as 0/5; `none`: all rows.")
]
Base = Annotated[str, typer.Option(help="Encoder: a directory, or a name on a hub.")]
Frozen = Annotated[int, typer.Option(help="Lowest layers kept that stay as they are.")]
Rate = Annotated[float, typer.Option(help="Learning rate of the last layer.")]
Bits = Annotated[int, typer.Option(help="32, or 16: twice as fast where the processor has AMX.")]
Checkpoint = Annotated[str, typer.Argument(help="`shipped`, a directory, or a name on a hub.")]


@app.command()
@telling_errors
def train(  # noqa: PLR0917 (a command has the options that it has)
    base: Base,
    to: Annotated[Path, typer.Option(help="Directory of weights and recipe; gone on from.")],
    data: Files = None,
    held_out: HeldOut = "0/5",
    begin: Annotated[
        Path | None, typer.Option(help="An earlier --to, whose weights are begun with.")
    ] = None,
    epochs: int = 8,
    frozen: Frozen = 6,
    layers: Annotated[
        str,
        typer.Option(
            help="Layers of the base that are kept, such as 1,3,5, counted from 0; without, all."
        ),
    ] = "",
    teacher: Annotated[
        Path | None, typer.Option(help="An earlier --to, whose answers are learnt as well.")
    ] = None,
    rate: Rate = 2e-4,
    seed: int = 1,
    bits: Bits = 32,
    words_rate: Annotated[
        float, typer.Option(min=0, help="Learning rate of the vocabulary; 0: it stays as it is.")
    ] = 0.0,
    quantised: Annotated[
        bool, typer.Option("--quantised", help="The layers read in 8 bits, as when exported.")
    ] = False,
    teacher_alone: Annotated[
        bool, typer.Option("--teacher-alone", help="The teacher's answers are learnt, no labels.")
    ] = False,
) -> None:
    """Train on labelled posts. Stopped, the same command goes on after the last whole epoch."""
    from monitor.training import Order, run_train

    kept = _numbers(layers)
    if kept and frozen >= len(kept):
        raise InvalidInput("--frozen", f"fewer than the {len(kept)} layers kept, got {frozen}")
    if teacher_alone and teacher is None:
        raise InvalidInput("--teacher-alone", "a --teacher")
    _known_bits(bits)
    if Path(base).is_dir():
        base = str(Path(base))  # without a slash at its end, as in what it is compared with
    order = Order(
        base, [str(file) for file in data or []], held_out, epochs, frozen, kept, rate, seed,
        str(begin or ""), str(teacher or ""), bits, words_rate, quantised,
        teacher_alone=teacher_alone,
    )  # fmt: skip
    run_train(order, to, err)


@app.command("cross-validate")
@telling_errors
def cross_validate(  # noqa: PLR0917 (a command has the options that it has)
    base: Base,
    to: Annotated[Path, typer.Option(help="Directory of the folds; gone on from.")],
    data: Files = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts that the families fall into.")] = 5,
    epochs: int = 8,
    frozen: Frozen = 6,
    rate: Rate = 2e-4,
    seed: int = 1,
    bits: Bits = 32,
) -> None:
    """Every family asked of a network that learnt from none of it: all posts are counted."""
    from monitor.training import Order, run_cross_validate

    _known_bits(bits)
    files = [str(file) for file in data or []]
    order = Order(base, files, "", epochs, frozen, [], rate, seed, bits=bits)
    run_cross_validate(order, folds, to, err)


def _known_bits(bits: int) -> None:
    if bits not in {16, 32}:
        raise InvalidInput("--bits", f"16 or 32, got {bits}")


def _numbers(layers: str) -> list[int]:
    if layers and not all(number.isdecimal() for number in layers.split(",")):
        raise InvalidInput("--layers", f"numbers such as 1,3,5, got {layers!r}")
    return [int(number) for number in layers.split(",") if layers]


@app.command()
@telling_errors
def mean(
    trained: Annotated[list[Path], typer.Argument(help="What `model train` wrote, several times.")],
    to: Annotated[Path, typer.Option(help="Directory of the mean of their weights.")],
) -> None:
    """The mean of several trainings that began alike: better than each of them, as fast as one."""
    from monitor.training import run_mean

    run_mean(trained, to, err)


@app.command()
@telling_errors
def vocabulary(
    trained: Annotated[Path, typer.Argument(help="What `model train` or `mean` wrote.")],
    to: Annotated[Path, typer.Option(help="Directory of the new base and its weights.")],
    pieces: Annotated[int, typer.Option(min=1000, help="Pieces learnt from the texts.")] = 40_000,
    text: Annotated[
        list[Path] | None,
        typer.Option(
            help="Texts beside the posts learnt from, one a line; 6,000 characters of it."
        ),
    ] = None,
) -> None:
    """Longer pieces in the vocabulary: texts get shorter, the network faster.

    Go on from there with `model align`, for the new pieces have learnt nothing yet.
    """
    from monitor.extending import run_vocabulary

    run_vocabulary(trained, text or [], pieces, to, err)


@app.command()
@telling_errors
def align(
    grown: Annotated[Path, typer.Argument(help="What `model vocabulary` wrote.")],
    to: Annotated[Path, typer.Option(help="Directory of the weights; gone on from.")],
    layers: Annotated[
        int, typer.Option(min=1, help="Lowest layers, after which a word is to come out as before.")
    ] = 4,
    seed: int = 1,
    bits: Bits = 32,
) -> None:
    """New pieces learn what the network made of the shorter ones; no label is needed for it.

    Go on from there with `model train --begin`, for the upper layers have not seen them yet.
    """
    from monitor.extending import run_align

    _known_bits(bits)
    run_align(grown, to, err, layers=layers, seed=seed, bits=bits)


@app.command()
@telling_errors
def unpack(
    checkpoint: Checkpoint,
    to: Annotated[Path, typer.Option(help="Directory of the new base and its weights.")],
    data: Files = None,
    held_out: HeldOut = "0/5",
) -> None:
    """The weights of a checkpoint that `export` wrote, back from their 8 bits, to train further.

    Say which posts it was trained on and what was held out: its held-out posts stay held out.
    """
    from monitor.reshaping import run_unpack

    run_unpack(checkpoint, data or [], held_out, to, err)


@app.command()
@telling_errors
def narrow(
    trained: Annotated[Path, typer.Argument(help="What `train`, `mean` or `unpack` wrote.")],
    to: Annotated[Path, typer.Option(help="Directory of the new base and its weights.")],
    neurons: Annotated[int, typer.Option(min=1, help="Inner neurons of a layer that stay.")] = 1024,
    seed: int = 1,
) -> None:
    """Narrower layers: of the inner neurons those stay without which a layer says most else.

    Go on from there with `model train --teacher`, for narrower layers have lost something.
    """
    from monitor.reshaping import run_narrow

    run_narrow(trained, neurons, seed, to, err)


@app.command()
@telling_errors
def export(
    trained: Annotated[Path, typer.Argument(help="What `model train` or `mean` wrote.")],
    to: Annotated[Path, typer.Option(help="Directory of the checkpoint.")],
    words: Annotated[
        Path | None,
        typer.Option(help="Words whose Latin pieces stay in the vocabulary; without, all stay."),
    ] = None,
) -> None:
    """Write a checkpoint without torch, calibrated on the families that were held out."""
    from monitor.training import run_export

    run_export(trained, to, words, err)


@app.command()
@telling_errors
def evaluate(
    checkpoint: Checkpoint,
    data: Files = None,
    held_out: HeldOut = "none",
    as_json: Annotated[bool, typer.Option("--json", help="One object, for programs.")] = False,
) -> None:
    """The figures of a checkpoint, by language and by slice."""
    from monitor.modelling import run_evaluate

    run_evaluate(checkpoint, data or [], held_out, as_json=as_json, console=err)


@app.command()
@telling_errors
def compare(
    old: Checkpoint, new: Checkpoint, data: Files = None, held_out: HeldOut = "none"
) -> None:
    """Whether a new checkpoint may replace an old one, slice by slice; exit status 1: no."""
    from monitor.modelling import run_compare

    raise typer.Exit(run_compare(old, new, data or [], held_out, console=err))


@app.command("export-reviews")
@telling_errors
def export_reviews(
    to: Annotated[Path, typer.Option(help="File of rows to write; it must not be there yet.")],
    data: Data = None,
) -> None:
    """Reviewers' decisions as rows for training: what a person said of a flag's reading."""
    from monitor.reviews import run_export_reviews

    with stopping() as stop:
        raise typer.Exit(run_export_reviews(settings_for(data=data), to, stop, err))
