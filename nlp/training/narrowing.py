"""Layers with fewer inner neurons, chosen so that what a layer says moves least.

Optimal Brain Surgeon (Hassibi & Stork, 1993) over whole neurons of the feed-forward parts, as in
ZipLM (arXiv 2302.04089): one after the other leaves whose loss the others can make good best, by
least squares over the tokens of some posts. With 1,024 of 1,536 neurons and nothing trained after
it, the kind of 1,000 posts fell from 0.925 to 0.919, with 768 to 0.910; with those of the largest
weights, and nothing made good, to 0.725 and 0.394.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from core.errors import InvalidInput
from nlp.training.network import Batch, Network

# Towards the weights as they are, as a share of the mean square of a neuron: what these posts do
# not show is left as it was.
RIDGE = 1e-3
Told = Callable[[int], None]


@torch.no_grad()  # type: ignore[untyped-decorator]
def narrow(network: Network, batches: Sequence[Batch], neurons: int, told: Told) -> None:
    """Leave `neurons` of each layer's inner ones, and tell after each layer how many are done.

    Layer after layer: each makes good what the narrower ones below it changed, too. Raises
    InvalidInput where a layer has no more than `neurons`.
    """
    config = network.encoder.config
    if neurons >= config.intermediate_size:
        raise InvalidInput("--neurons", f"fewer than the {config.intermediate_size} of a layer")
    network.eval()
    before = [network.encoder.embeddings(input_ids=one.ids) for one in batches]
    after = before
    for number, layer in enumerate(network.encoder.encoder.layer):
        # What enters the feed-forward part, in the whole network and in the one that is narrower,
        # and what leaves it there, before the norm.
        whole = [_attended(layer, x, one) for x, one in zip(before, batches, strict=True)]
        ours = [_attended(layer, x, one) for x, one in zip(after, batches, strict=True)]
        sums = [layer.output.dense(layer.intermediate(x)) + x for x in whole]
        _narrow(layer, ours, sums, batches, neurons)
        before = [layer.output.LayerNorm(one) for one in sums]
        after = [layer.output(layer.intermediate(x), x) for x in ours]
        told(number + 1)
    config.intermediate_size = neurons


def _attended(layer: nn.Module, x: Tensor, batch: Batch) -> Tensor:
    """What a layer's attention makes of x [B, T, H], with x added and normalised: [B, T, H]."""
    padding = (1 - batch.mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
    return layer.attention(x, padding)[0]


def _narrow(
    layer: nn.Module, entering: Sequence[Tensor], sums: Sequence[Tensor], batches: Sequence[Batch],
    neurons: int,
) -> None:  # fmt: skip
    """Narrow a layer so that what it adds to what enters comes near these sums [B, T, H]."""
    width = layer.output.dense.in_features
    # The last row and column are of the bias.
    squares = torch.zeros(width + 1, width + 1, dtype=torch.float64)
    products = torch.zeros(width + 1, layer.output.dense.out_features, dtype=torch.float64)
    for x, right_sum, batch in zip(entering, sums, batches, strict=True):
        read = batch.mask.bool()
        right = (right_sum - x)[read].double()
        inner = nn.functional.pad(layer.intermediate(x)[read], (0, 1), value=1.0).double()
        squares += inner.T @ inner
        products += inner.T @ right
    ridge = RIDGE * squares.diagonal()[:width].mean()
    squares.diagonal().add_(ridge)
    was = torch.cat([layer.output.dense.weight.T, layer.output.dense.bias[None]])
    products += ridge * was
    kept = _staying(squares, products, neurons)
    ends = torch.cat([kept, torch.tensor([width])])
    made = torch.linalg.solve(squares[ends][:, ends], products[ends]).to(was.dtype)
    layer.intermediate.dense = _linear(
        layer.intermediate.dense.weight[kept], layer.intermediate.dense.bias[kept]
    )
    layer.output.dense = _linear(made[:-1].T, made[-1])


def _staying(squares: Tensor, products: Tensor, neurons: int) -> Tensor:
    """Which neurons stay, in their order, [neurons], so that the squared error grows least.

    squares: inner.T @ inner [N + 1, N + 1], products: inner.T @ right [N + 1, H]; the last row is
    of the bias, which stays. Greedy: with neuron j goes w_j^2 / (inverse of squares)_jj.
    """
    inverse = torch.linalg.inv(squares)
    weight = inverse @ products
    width = len(squares) - 1
    gone = torch.zeros(width, dtype=torch.bool)
    for _ in range(width - neurons):
        cost = (weight[:width] ** 2).sum(1) / inverse.diagonal()[:width]
        cost[gone] = torch.inf
        least = int(cost.argmin())
        gone[least] = True
        column = inverse[:, least] / inverse[least, least]
        weight -= torch.outer(column, weight[least])
        inverse -= torch.outer(column, inverse[least].clone())
        # Rounding must not bring it back.
        weight[least], inverse[least, least] = 0, 1
    return torch.nonzero(~gone).flatten()


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight, made.bias = (nn.Parameter(one.contiguous()) for one in (weight, bias))
    return made
