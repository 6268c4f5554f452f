"""Layers that see in training what they see once exported: the inputs of their products in 8 bits.

Quantisation-aware training (arXiv 1712.05877) of the activations alone: rounding the weights as
well moved the answers no further.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from nlp.training.network import Network

STEPS = 255


class _Rounded(torch.autograd.Function):  # type: ignore[misc]
    """x [B, T, H] to 256 values over the range of each text, zero among them; its gradient is that
    of x. `padding` [B, T, 1] is True behind a text.
    """

    @staticmethod
    def forward(_: Any, x: Tensor, padding: Tensor) -> Tensor:
        lowest, highest = x.masked_fill(padding, 0).flatten(1).aminmax(dim=1)
        step = (highest.clamp(min=0) - lowest.clamp(max=0)).clamp(min=1e-8) / STEPS
        step = step.view(-1, 1, 1)
        return (x / step).round_().mul_(step)

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


@contextmanager
def quantised(network: Network, mask: Tensor) -> Iterator[None]:
    """Inside, the network's layers round what enters their products, as the exported graph does,
    for one batch with this mask [B, T].
    """
    padding = (mask == 0).unsqueeze(-1)

    def rounded(_: object, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (_Rounded.apply(inputs[0], padding), *inputs[1:])

    hooks = [
        part.register_forward_pre_hook(rounded)
        for layer in network.encoder.encoder.layer
        for part in (layer.attention.self, layer.attention.output.dense,
                     layer.intermediate.dense, layer.output.dense)
    ]  # fmt: skip
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
