"""`baqylau model vocabulary` and `align`: longer pieces for a trained network, and their sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console

from core.errors import InvalidInput
from monitor.shell import require_new
from monitor.training import (
    ORDER,
    WEIGHTS,
    keep,
    learnt_of,
    lines_of,
    needs_torch,
    network_of,
    new_base,
    order_of,
    progress_on,
    telling,
)

# For a vocabulary a post counts as so many other texts: posts are what is read.
POSTS_COUNT = 3
ALIGNING = "aligning.pt"


def run_vocabulary(
    trained: Path, texts: Sequence[Path], pieces: int, to: Path, console: Console
) -> None:
    """Write a base with longer pieces, and beside it the trained weights, to go on from there.

    The pieces are learnt from the posts that the training learnt from, and from files of texts, one
    a line. Nothing stands before a text any more. `to` is made when all of it is there.
    """
    require_new(to)
    order = order_of(trained)
    needs_torch()
    import torch

    from nlp.training.extending import extended
    from nlp.training.reading import read_text

    others = [read_text(line).text for path in texts for line in lines_of("--text", path)]
    posts = [read_text(row.text).text for row in learnt_of(order)]
    network = network_of(order, trained / WEIGHTS)
    grown = replace(order, base=str(to), layers=[], begin="", teacher="", mean_of=[str(trained)],
                    pieces=pieces, text=[str(path) for path in texts])  # fmt: skip
    with new_base(to) as making:
        with console.status(f"{pieces} pieces of {len(posts)} posts and {len(others)} other texts"):
            learnt_from = [*posts * POSTS_COUNT, *others]
            count = extended(network, order.base, learnt_from, pieces, making)
        torch.save({"network": network.state_dict()}, making / WEIGHTS)
        keep(grown, making)
    console.print(
        f"{count} new pieces; next: baqylau model align {to} --to DIRECTORY", highlight=False
    )


def run_align(
    grown: Path, to: Path, console: Console, *, layers: int, seed: int, bits: int
) -> None:
    """Write weights whose new pieces stand for what the network made of the older ones.

    They are taught by the network that the vocabulary came from, with the posts that it learnt
    from, some in another spelling, and the texts of the vocabulary. Stopped, the same command goes
    on after the last tenth.
    """
    order = order_of(grown)
    if not order.pieces:
        raise InvalidInput(str(grown / ORDER), "what `baqylau model vocabulary` writes")
    needs_torch()
    from nlp.training.aligning import PARTS, Aligning, Reader, align
    from nlp.training.augment import changed
    from nlp.training.fit import save, tokenizer_of
    from nlp.training.reading import read_text

    before = Path(order.mean_of[0])
    earlier = order_of(before)
    pupil = Reader.of(network_of(order, grown / WEIGHTS), tokenizer_of(order.base), layers)
    teacher = Reader.of(network_of(earlier, before / WEIGHTS), tokenizer_of(earlier.base), layers)
    keep(replace(order, begin=str(grown), aligned=layers, seed=seed, bits=bits), to)
    if (to / WEIGHTS).exists():
        console.print(f"was aligned before: {to / WEIGHTS}", highlight=False)
        return
    chance = Random(seed)  # noqa: S311 (chance, not a secret)
    posts = [changed(row, chance).text for row in learnt_of(order)]
    others = [
        line for path in order.text for line in lines_of(f"{grown / ORDER}: text", Path(path))
    ]
    texts = [text for one in (*posts, *others) if (text := read_text(one).text.strip())]
    how = Aligning(bf16=bits == 16, seed=seed)
    with progress_on(console) as progress:
        align(pupil, teacher, texts, how, to / ALIGNING, told=telling(progress, 1))
    save(to / WEIGHTS, PARTS, pupil.network, [])
    (to / ALIGNING).unlink()
    console.print(
        f"aligned; next, with the same --data: baqylau model train --base {order.base} "
        f"--begin {to} --held-out {order.held_out} --words-rate 5e-4 --to DIRECTORY",
        highlight=False,
    )
