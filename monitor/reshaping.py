"""`baqylau model unpack` and `narrow`: a checkpoint's weights back, and narrower layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console

from monitor.modelling import setting_of
from monitor.shell import require_new
from monitor.training import (
    WEIGHTS,
    Order,
    keep,
    learnt_of,
    needs_torch,
    network_of,
    new_base,
    order_of,
    progress_on,
)
from nlp.classifier.checkpoint import find_checkpoint

# Posts that show what an inner neuron is worth, and how many tokens of them are read at once.
POSTS = 1200
TOKENS = 4096


def run_unpack(name: str, files: Sequence[Path], held_out: str, to: Path, console: Console) -> None:
    """Write what training goes on from: a base, and the checkpoint's weights beside it."""
    require_new(to)
    needs_torch()
    import torch

    from nlp.training.dequantising import unpacked

    checkpoint = find_checkpoint(setting_of(name))
    order = Order(str(to), [str(file) for file in files], held_out, 0, 0, [], 0.0, 0,
                  mean_of=[name])  # fmt: skip
    with new_base(to) as making:
        torch.save({"network": unpacked(checkpoint, making)}, making / WEIGHTS)
        keep(order, making)
    console.print(
        f"unpacked; next: baqylau model train --base {to} --begin {to} --held-out {held_out} "
        "--to DIRECTORY",
        highlight=False,
    )


def run_narrow(trained: Path, neurons: int, seed: int, to: Path, console: Console) -> None:
    """Write a base with narrower layers, and beside it its weights, to go on from there.

    Which neurons stay is asked of some of the posts that the training learnt from.
    """
    require_new(to)
    order = order_of(trained)
    needs_torch()
    import torch

    from nlp.training.fit import batch_of, tokenizer_of
    from nlp.training.narrowing import narrow
    from nlp.training.reading import batches, example_of

    network, tokenizer = network_of(order, trained / WEIGHTS), tokenizer_of(order.base)
    rows = learnt_of(order)
    Random(seed).shuffle(rows)  # noqa: S311 (chance, not a secret)
    examples = [example_of(row, tokenizer) for row in rows[:POSTS]]
    lengths = [len(one.ids) for one in examples]
    posts = [
        batch_of([examples[index] for index in some], tokenizer)
        for some in batches(lengths, TOKENS, range(len(examples)))
    ]
    narrower = replace(order, base=str(to), layers=[], begin="", teacher="", seed=seed,
                       mean_of=[str(trained)], neurons=neurons)  # fmt: skip
    with progress_on(console) as progress, new_base(to) as making:
        task = progress.add_task("layers", total=len(network.encoder.encoder.layer))
        narrow(network, posts, neurons, told=lambda done: progress.update(task, completed=done))
        network.encoder.save_pretrained(making)
        tokenizer.save_pretrained(making)
        torch.save({"network": network.state_dict()}, making / WEIGHTS)
        keep(narrower, making)
    console.print(
        f"narrower; next: baqylau model train --base {to} --begin {to} --teacher {trained} "
        f"--teacher-alone --held-out {order.held_out} --frozen 0 --quantised --to DIRECTORY",
        highlight=False,
    )
