"""`baqylau model train`, `cross-validate`, `mean` and `export`: what needs torch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from core.errors import InvalidInput
from monitor.modelling import chosen, print_figures, print_tables, rows_of

if TYPE_CHECKING:
    from nlp.training.fit import Recipe, Told
    from nlp.training.network import Network
    from nlp.training.rows import Row

WEIGHTS, ORDER, SAID = "network.pt", "order.json", "said.npz"


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for; lies beside the weights, so that export knows what was held out.

    `pieces` and `text` are of a vocabulary, `neurons` of a base with narrower layers, and the
    weights beside them come from `mean_of`; `aligned` is how many layers the pieces were taught
    with.
    """

    base: str
    data: list[str]
    held_out: str
    epochs: int
    frozen: int
    layers: list[int]
    rate: float
    seed: int
    begin: str = ""
    teacher: str = ""
    bits: int = 32
    words_rate: float = 0.0
    quantised: bool = False
    mean_of: list[str] = field(default_factory=list)
    pieces: int = 0
    text: list[str] = field(default_factory=list)
    aligned: int = 0
    neurons: int = 0
    teacher_alone: bool = False


def run_train(order: Order, to: Path, console: Console) -> None:
    """Train, keep every epoch, and go on where an earlier run of the same order was stopped."""
    _agrees(order)
    needs_torch()
    from nlp.training.fit import fit

    teacher = _teacher(order)
    keep(order, to)
    rows = rows_of([Path(file) for file in order.data])
    learnt = chosen(rows, order.held_out, held_out_ones=False)
    console.print(f"{len(learnt)} of {len(rows)} rows are learnt", highlight=False)
    with progress_on(console) as progress:
        told = telling(progress, order.epochs)
        fit(order.base, learnt, _recipe(order), to / WEIGHTS,
            begin=Path(order.begin) / WEIGHTS if order.begin else None, teacher=teacher,
            told=told)  # fmt: skip
    console.print(f"trained; next: baqylau model export {to} --to DIRECTORY", highlight=False)


def run_cross_validate(order: Order, folds: int, to: Path, console: Console) -> None:
    """Train once for each fold, without it, and print the figures of all families together.

    What a fold's network said is kept: stopped, the same command goes on after the last epoch.
    """
    if _has_learnt(order.base):
        raise InvalidInput(f"--base {order.base}", "a base that has not learnt from posts")
    needs_torch()
    from nlp.training.validating import decided, predicted, read_predicted, write_predicted

    rows = rows_of([Path(file) for file in order.data])
    names = [f"{number}/{folds}" for number in range(folds)]
    parts = [chosen(rows, name, held_out_ones=True) for name in names]
    if not all(parts):
        raise InvalidInput("--folds", f"fewer than {folds}, or more rows: one has no family")
    asked = []
    with progress_on(console) as progress:
        for number, held_out in enumerate(parts):
            fold, place = replace(order, held_out=names[number]), to / str(number)
            keep(fold, place)
            about = f"fold {number + 1} of {folds}"
            if (place / SAID).exists():
                console.print(f"{about} was asked before: {place / SAID}", highlight=False)
            else:
                learnt = chosen(rows, fold.held_out, held_out_ones=False)
                told = telling(progress, order.epochs, f"{about}, ")
                found = predicted(order.base, learnt, held_out, _recipe(order),
                                  saved=place / WEIGHTS, told=told)  # fmt: skip
                write_predicted(held_out, found, place / SAID)
            (place / WEIGHTS).unlink(missing_ok=True)
            asked.append((held_out, read_predicted(held_out, place / SAID)))
    print_figures([row for held_out, _ in asked for row in held_out], decided(asked))


def progress_on(console: Console) -> Progress:
    """Bars on the console, with the share done and the time left."""
    return Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
                    TimeRemainingColumn(), console=console)  # fmt: skip


def telling(progress: Progress, epochs: int, where: str = "") -> Told:
    """A bar that shows what a training tells; in a log, a line at each tenth of it."""
    task = progress.add_task(f"{where}epoch 1", total=100 * epochs)
    logged = 0

    def told(epoch: int, percent: int, loss: float) -> None:
        nonlocal logged
        about = f"{where}epoch {epoch + 1}, loss {loss:.3f}"
        progress.update(task, description=about, completed=100 * epoch + percent)
        tenth = 10 * (100 * epoch + percent) // (100 * epochs)
        if tenth > logged and not progress.console.is_terminal:
            logged = tenth
            progress.console.print(f"{about}: {10 * tenth} %", highlight=False)

    return told


def _agrees(order: Order) -> None:
    """Raises InvalidInput for a beginning or a teacher that reads other tokens (of another base),
    and for these or a base that have learnt from what this training holds out.
    """
    for option, earlier, bases in (
        ("--base", order.base if _has_learnt(order.base) else "", None),
        ("--begin", order.begin, [order.base]),
        ("--teacher", order.teacher, _reading_alike(order.base)),
    ):
        if not earlier:
            continue
        other = order_of(Path(earlier))
        for name, right in (("base", bases), ("held_out", [order.held_out])):
            if right is not None and (found := getattr(other, name)) not in right:
                place = f"{option} {Path(earlier) / ORDER}: {name} {found!r}"
                raise InvalidInput(place, f"{right[0]!r}, as of this training")


def _reading_alike(base: str) -> list[str]:
    """A base, and the one that it was made narrower from, which reads the same tokens."""
    if not _has_learnt(base) or not (order := order_of(Path(base))).neurons:
        return [base]
    return [base, order_of(Path(order.mean_of[0])).base]


def _has_learnt(base: str) -> bool:
    """Whether it was made from a trained network: it holds what was learnt from posts."""
    return (Path(base) / ORDER).exists()


def run_mean(trained: Sequence[Path], to: Path, console: Console) -> None:
    """Write the mean of the weights of several trainings (arXiv 2203.05482)."""
    order = _common(trained)
    needs_torch()
    import torch

    from nlp.training.network import mean

    keep(order, to)
    states = (torch.load(one / WEIGHTS, weights_only=True)["network"] for one in trained)
    torch.save({"network": mean(states)}, to / WEIGHTS)
    console.print(
        f"mean of {len(trained)}; next: baqylau model export {to} --to DIRECTORY", highlight=False
    )


def _common(trained: Sequence[Path]) -> Order:
    """What the mean of some trainings came from. Raises InvalidInput where they have none."""
    if len(trained) < 2:
        raise InvalidInput("baqylau model mean", "two or more that `baqylau model train` wrote")
    orders = [order_of(one) for one in trained]
    for one, order in zip(trained, orders, strict=True):
        for name in ("base", "layers", "held_out"):
            if (found := getattr(order, name)) != (right := getattr(orders[0], name)):
                raise InvalidInput(f"{one / ORDER}: {name} {found!r}", f"{right!r}, as the first")
    data = dict.fromkeys(file for order in orders for file in order.data)
    return replace(orders[0], data=list(data), mean_of=[str(one) for one in trained])


def run_export(trained: Path, to: Path, words: Path | None, console: Console) -> None:
    """Write the checkpoint and print its figures on what was held out."""
    needs_torch()
    from nlp.classifier.model import OnnxModel
    from nlp.training.export import export
    from nlp.training.plot import plot_calibration

    order = order_of(trained)
    rows = rows_of([Path(file) for file in order.data])
    learnt = chosen(rows, order.held_out, held_out_ones=False)
    held_out = chosen(rows, order.held_out, held_out_ones=True)
    spelt = [word for line in lines_of("--words", words) for word in line.split()] if words else []
    needed = [*spelt, *(row.text for row in rows)] if words else []
    network = network_of(order, trained / WEIGHTS)
    checkpoint = export(network, order.base, learnt, held_out, to=to, words=needed)
    size = sum(file.stat().st_size for file in to.iterdir() if file.is_file())
    console.print(f"{to}: {size / 1e6:.1f} MB, version {checkpoint.version}", highlight=False)
    said = print_tables(OnnxModel(checkpoint), held_out, console)
    plot_calibration(held_out, said, to / "calibration.png")


def lines_of(option: str, path: Path) -> list[str]:
    """The lines of a file that are not blank. Raises InvalidInput, naming the option, for none."""
    try:
        lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{option} {path}", f"a readable file of text ({error})") from error
    if not lines:
        raise InvalidInput(f"{option} {path}", "a file with a line of text at least")
    return lines


def needs_torch() -> None:
    """Raises InvalidInput that says what to install."""
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise InvalidInput("baqylau model", "torch: make install-train") from error


def _recipe(order: Order) -> Recipe:
    from nlp.training.fit import Recipe

    return Recipe(
        layers=tuple(order.layers), frozen=order.frozen, epochs=order.epochs,
        rate=order.rate, seed=order.seed, bf16=order.bits == 16, words_rate=order.words_rate,
        quantised=order.quantised, teacher_alone=order.teacher_alone,
    )  # fmt: skip


def _teacher(order: Order) -> Network | None:
    if not order.teacher:
        return None
    path = Path(order.teacher)
    network = network_of(order_of(path), path / WEIGHTS)
    network.eval()
    network.requires_grad_(requires_grad=False)
    return network


def network_of(order: Order, weights: Path) -> Network:
    """The trained network."""
    import torch

    from nlp.training.network import Network

    if not weights.is_file():
        raise InvalidInput(str(weights), "the weights of a training of one epoch at least")
    network = Network(order.base, order.layers or None)
    network.load_state_dict(torch.load(weights, weights_only=True)["network"])
    return network


def learnt_of(order: Order) -> list[Row]:
    """The rows that a training of this order learns from."""
    rows = rows_of([Path(file) for file in order.data])
    return chosen(rows, order.held_out, held_out_ones=False)


@contextmanager
def new_base(to: Path) -> Iterator[Path]:
    """A directory to make a base in, which becomes `to` when all of it is there."""
    making = to.with_name(f"{to.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    yield making
    making.replace(to)  # in place of an empty directory, too


def keep(order: Order, to: Path) -> None:
    """Make `to` with its order. Raises InvalidInput where another order is there."""
    path = to / ORDER
    if path.exists():
        if order_of(to) != order:
            raise InvalidInput(str(path), "the same order as before, or another --to")
        return
    to.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(asdict(order), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def order_of(trained: Path) -> Order:
    """What was asked for. Raises InvalidInput where nothing was trained there."""
    path = trained / ORDER
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(record["layers"], int):  # as it was written before layers could be chosen
            record["layers"] = list(range(record["layers"]))
        return Order(**record)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidInput(str(path), f"what `baqylau model train` writes ({error})") from error
