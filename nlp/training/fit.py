"""Training: rows and a base to weights. Everything drawn by chance comes from one seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedTokenizerFast

from core.errors import InvalidInput
from core.model import KINDS
from nlp.training.augment import changed, joined
from nlp.training.network import LAYER, Batch, Logits, Network, padded, thinned
from nlp.training.quantised import quantised
from nlp.training.reading import Example, batches, example_of
from nlp.training.rows import Row
from nlp.training.teaching import taught

CAMPAIGNING = KINDS.index("campaigning")
# A signal is in one text of fourteen: with a weight of 2, nothing was learnt in five epochs.
SIGNALS_WEIGH = 10.0
TONES_WEIGH = 1.0
Told = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. `layers` of the base are kept, empty for all; the first `frozen` of them stay
    as they are; `rate` is of the last one, `decay` what each layer below has of the one above.
    `bf16`: products in 16 bits, where the processor has instructions for them (AMX).
    `words_rate`: of the pieces of the vocabulary that a text has; 0 leaves them as they are.
    `quantised`: the layers read in 8 bits, as the exported graph does. `teacher_alone`: the labels
    are not learnt, and nothing is dropped by chance: what the teacher says is to come out the same.
    """

    layers: tuple[int, ...] = ()
    frozen: int = 6
    epochs: int = 8
    rate: float = 2e-4
    decay: float = 0.9
    head_rate: float = 3e-3
    tokens: int = 2048
    warm_up: float = 0.1
    smoothing: float = 0.05
    join: float = 0.15
    bf16: bool = False
    words_rate: float = 0.0
    quantised: bool = False
    teacher_alone: bool = False
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Predicted:
    """What the network says of rows, as logits: [N, 4], [N, 5], [N, 2], and tones a row [S, 3]."""

    kind: np.ndarray
    signals: np.ndarray
    stance: np.ndarray
    tone: list[np.ndarray]


def tokenizer_of(base: str | Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a checkpoint, local or of a hub."""
    return PreTrainedTokenizerFast.from_pretrained(base)  # type: ignore[no-any-return]


def fit(base: str | Path, rows: Sequence[Row], recipe: Recipe, saved: Path | None = None, *,
        begin: Path | None = None, teacher: Network | None = None,
        told: Told = lambda *_: None) -> Network:  # fmt: skip
    """A network trained on rows. With `saved`, each epoch is kept there and gone on from.

    `begin`: what an earlier `fit` saved, to begin with its weights, of all layers or of those kept.
    `teacher`: a larger network, whose answers are learnt beside the labels or in their place.
    """
    torch.manual_seed(recipe.seed)
    tokenizer = tokenizer_of(base)
    network = Network(base, list(recipe.layers) or None)
    # The backward pass of torch's fused attention takes half a step on a CPU (2.15).
    network.encoder.set_attn_implementation("eager")
    if begin is not None:
        state = torch.load(begin, weights_only=True)["network"]
        deeper = any(f"{LAYER}{len(recipe.layers)}." in name for name in state)
        network.load_state_dict(
            thinned(state, recipe.layers) if recipe.layers and deeper else state
        )
    for part in (network.encoder.embeddings, *network.encoder.encoder.layer[: recipe.frozen]):
        part.requires_grad_(False)
    optimizer = torch.optim.AdamW(_groups(network, recipe), weight_decay=0.01)
    optimizers = [optimizer, *words_optimizer(network, recipe.words_rate)]
    clipped = [one for group in optimizer.param_groups for one in group["params"]]
    rates = [group["lr"] for one in optimizers for group in one.param_groups]
    start = resumed(saved, network, optimizers)
    for epoch in range(start, recipe.epochs):
        chance = Random(f"{recipe.seed}-{epoch}")  # noqa: S311 (chance, not a secret)
        network.train()
        if recipe.teacher_alone:
            network.dropout.eval()
        examples = [example_of(row, tokenizer) for row in _written_anew(rows, recipe, chance)]
        size = sum(len(one.ids) for one in examples)
        read, sum_loss, steps = 0, 0.0, 0
        for chosen in _shuffled(examples, recipe, chance):
            share = (epoch + read / size) / recipe.epochs
            scheduled(optimizers, rates, share, recipe.warm_up)
            some = [examples[index] for index in chosen]
            batch = batch_of(some, tokenizer)
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bf16):
                with quantised(network, batch.mask) if recipe.quantised else nullcontext():
                    logits = network(batch)
                with torch.no_grad():
                    right = teacher(batch) if teacher is not None else None
            loss = torch.zeros(())
            if not recipe.teacher_alone:
                loss = loss_of(logits, some, recipe.smoothing)
            if right is not None:
                loss = loss + taught(logits, right, batch, SIGNALS_WEIGH)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(clipped, 1.0)
            for one in optimizers:
                one.step()
                one.zero_grad()
            read += sum(len(one.ids) for one in some)
            sum_loss, steps = sum_loss + loss.item(), steps + 1
            told(epoch, round(100 * read / size), sum_loss / steps)
        save(saved, epoch + 1, network, optimizers)
    return network


def predict(network: Network, tokenizer: PreTrainedTokenizerFast, rows: Sequence[Row]) -> Predicted:
    """Logits of rows, in their order."""
    network.eval()
    examples = [example_of(row, tokenizer) for row in rows]
    lengths = [len(one.ids) for one in examples]
    order = sorted(range(len(rows)), key=lambda index: lengths[index])
    kind = np.zeros((len(rows), 4), np.float32)
    signals = np.zeros((len(rows), 5), np.float32)
    stance = np.zeros((len(rows), 2), np.float32)
    tone: list[np.ndarray] = [np.zeros((0, 3), np.float32)] * len(rows)
    with torch.no_grad():
        for chosen in batches(lengths, 4096, order):
            some = [examples[index] for index in chosen]
            logits = network(batch_of(some, tokenizer))
            kind[chosen], signals[chosen] = logits.kind.numpy(), logits.signals.numpy()
            stance[chosen] = logits.stance.numpy()
            ends = np.cumsum([len(one.spans) for one in some])[:-1]
            for index, part in zip(chosen, np.split(logits.tone.numpy(), ends), strict=True):
                tone[index] = part
    return Predicted(kind, signals, stance, tone)


def batch_of(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> Batch:
    """Some examples as one batch."""
    spans = [[(first, last) for first, last, _ in one.spans] for one in examples]
    return padded([list(one.ids) for one in examples], spans, int(tokenizer.pad_token_id))


def loss_of(logits: Logits, examples: Sequence[Example], smoothing: float) -> Tensor:
    """The sum of the heads' losses; what was not labelled costs nothing."""
    kind = torch.tensor([one.kind for one in examples])
    loss = functional.cross_entropy(logits.kind, kind, label_smoothing=smoothing, reduction="sum")
    loss = loss / max(1, int((kind >= 0).sum()))
    for head, truth, weight in (
        (logits.signals, torch.tensor([list(one.signals) for one in examples]), SIGNALS_WEIGH),
        (logits.stance, torch.tensor([list(one.stance) for one in examples]), 0.5),
    ):
        known = truth >= 0
        if known.any():
            cost = functional.binary_cross_entropy_with_logits(head[known], truth[known])
            loss = loss + weight * cost
    tones = torch.tensor([tone for one in examples for _, _, tone in one.spans], dtype=torch.long)
    if len(tones):
        loss = loss + TONES_WEIGH * functional.cross_entropy(logits.tone, tones)
    quiet = torch.tensor([one.not_campaigning for one in examples])
    if quiet.any():
        said = logits.kind[quiet].softmax(-1)[:, CAMPAIGNING]
        loss = loss - 0.5 * torch.log1p(-said.clamp(max=0.999)).mean()
    return loss


def _written_anew(rows: Sequence[Row], recipe: Recipe, chance: Random) -> Iterator[Row]:
    others = [row for row in rows if row.kind == "other"]
    for row in rows:
        beside = chance.choice(others) if others and chance.random() < recipe.join else None
        both = joined(row, beside, chance) if beside is not None and beside != row else None
        yield changed(both or row, chance)


def _shuffled(examples: Sequence[Example], recipe: Recipe, chance: Random) -> Iterator[list[int]]:
    order = list(range(len(examples)))
    chance.shuffle(order)
    return batches([len(one.ids) for one in examples], recipe.tokens, order)


def scheduled(
    optimizers: Sequence[torch.optim.Optimizer],
    rates: Sequence[float],
    share: float,
    warm_up: float,
) -> None:
    """Set the rates of all groups: up in a straight line, then down by a cosine, over the tokens
    read, of which `share` are.
    """
    if share < warm_up:
        height = share / warm_up
    else:
        height = 0.5 * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up)))
    groups = [group for one in optimizers for group in one.param_groups]
    for group, rate in zip(groups, rates, strict=True):
        group["lr"] = rate * height


def _groups(network: Network, recipe: Recipe) -> list[dict[str, object]]:
    """Layers near the words move less than those near the heads (arXiv 1801.06146)."""
    layers = list(network.encoder.encoder.layer[recipe.frozen :])
    groups: list[dict[str, object]] = [
        {"params": list(layer.parameters()), "lr": recipe.rate * recipe.decay**depth}
        for depth, layer in enumerate(reversed(layers))
    ]
    inside = {id(parameter) for parameter in network.encoder.parameters()}
    heads = [one for one in network.parameters() if id(one) not in inside]
    return [*groups, {"params": heads, "lr": recipe.head_rate}]


def words_optimizer(network: Network, rate: float) -> list[torch.optim.Optimizer]:
    """What trains the table of words, if anything: of its rows those that a batch has."""
    if not rate:
        return []
    words = network.encoder.embeddings.word_embeddings
    words.sparse = True
    words.weight.requires_grad_(requires_grad=True)
    return [torch.optim.SparseAdam([words.weight], lr=rate)]


def resumed(
    saved: Path | None, network: Network, optimizers: Sequence[torch.optim.Optimizer]
) -> int:
    """How much was done before, epochs or parts, its weights and optimizers taken up; 0 if none."""
    if saved is None or not saved.exists():
        return 0
    state = torch.load(saved, weights_only=True)
    network.load_state_dict(state["network"])
    # Older trainings have one `optimizer`; what `mean` and `vocabulary` wrote has none.
    states = state["optimizers"] if "optimizers" in state else [state.get("optimizer")]
    if None in states or len(states) != len(optimizers):
        raise InvalidInput(str(saved), "what a training of the same order wrote, or another --to")
    for optimizer, kept in zip(optimizers, states, strict=True):
        optimizer.load_state_dict(kept)
    return int(state["epochs"])


def save(
    saved: Path | None, done: int, network: Network, optimizers: Sequence[torch.optim.Optimizer]
) -> None:
    """Keep what `resumed` takes up, whole or not at all."""
    if saved is None:
        return
    saved.parent.mkdir(parents=True, exist_ok=True)
    new = saved.with_suffix(".new")
    states = [one.state_dict() for one in optimizers]
    state = {"network": network.state_dict(), "optimizers": states, "epochs": done}
    torch.save(state, new)
    new.replace(saved)
