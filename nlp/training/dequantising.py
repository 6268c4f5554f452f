"""An exported checkpoint back to a base and weights that training goes on from.

The graph that `nlp.training.graph` wrote is read node by node: int8 times its scale, and what was
taken out of an activation (SmoothQuant) is put back. What rounding to 8 bits took stays gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor
from transformers import BertConfig, BertModel

from core.errors import InvalidCheckpoint
from nlp.classifier.checkpoint import Checkpoint
from nlp.training.fit import tokenizer_of
from nlp.training.network import LAYER

Named = Iterator[tuple[str, NDArray[np.float32]]]
ENCODER, WORDS = "encoder.", "encoder.embeddings."
HEADS = ("attend", "tone_hidden", "tone", "kind", "signals", "stance")
PRODUCTS = 4  # of a layer: query, key and value together, attention, and the feed-forward two
# What export adds to the configuration of the encoder.
OURS = ("architectures", "id2label", "label2id", "signals", "stance", "tones", "baqylau")


def unpacked(checkpoint: Checkpoint, to: Path) -> dict[str, Tensor]:
    """Write the base (encoder, configuration, tokenizer) to `to`; the network's weights come back.

    Raises InvalidCheckpoint for what `baqylau model export` did not write.
    """
    weights = dequantised(checkpoint)
    plain = {name: one for name, one in checkpoint.config.items() if name not in OURS}
    encoder = BertModel(BertConfig(**plain), add_pooling_layer=False)
    encoder.load_state_dict({
        name.removeprefix(ENCODER): one for name, one in weights.items() if name.startswith(ENCODER)
    })  # fmt: skip
    to.mkdir(parents=True, exist_ok=True)
    encoder.save_pretrained(to)
    tokenizer_of(checkpoint.directory).save_pretrained(to)
    return weights


def dequantised(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The weights under their names in `nlp.training.network.Network`.

    Raises InvalidCheckpoint where there is no graph, or one of another make.
    """
    path = checkpoint.directory / "model.onnx"
    try:
        graph = _Read(onnx.load(str(path)).graph)
        return {name: torch.from_numpy(np.array(one, np.float32)) for name, one in graph.weights()}
    except (KeyError, IndexError, ValueError, OSError) as error:
        right = f"a graph as this version of `baqylau model export` writes it ({error!r})"
        raise InvalidCheckpoint(str(path), right) from error


class _Read:
    """A graph's nodes by what they do and by what they make."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self.makers = {name: node for node in graph.node for name in node.output}
        self.nodes = list(graph.node)

    def weights(self) -> Named:
        yield from self._embeddings()
        products, norms = self._of("DynamicQuantizeMatMul"), self._of("LayerNormalization")
        yield from self._norm(f"{WORDS}LayerNorm", norms[0])
        if len(products) % PRODUCTS or len(norms) != 1 + len(products) // 2:
            raise ValueError(f"{len(products)} products and {len(norms)} norms")
        for number in range(len(products) // PRODUCTS):
            at = f"{LAYER}{number}."
            first, seen, wide, narrow = products[PRODUCTS * number :][:PRODUCTS]
            weight, bias = self._product(first)
            names = [f"{at}attention.self.{name}" for name in ("query", "key", "value")]
            for name, one, add in zip(
                names, np.split(weight, 3, axis=1), np.split(bias, 3), strict=True
            ):
                yield from _linear(name, one, add)
            yield from _linear(f"{at}attention.output.dense", *self._product(seen))
            yield from _linear(f"{at}intermediate.dense", *self._product(wide))
            yield from _linear(f"{at}output.dense", *self._product(narrow))
            yield from self._norm(f"{at}attention.output.LayerNorm", norms[1 + 2 * number])
            yield from self._norm(f"{at}output.LayerNorm", norms[2 + 2 * number])
        heads = [node for node in self._of("Add") if node.input[1] in self.constants]
        for name, node in zip(HEADS, heads, strict=True):
            weight = self.constants[self.makers[node.input[0]].input[1]]
            yield from _linear(name, weight, self.constants[node.input[1]])

    def _of(self, op: str) -> list[onnx.NodeProto]:
        return [node for node in self.nodes if node.op_type == op]

    def _embeddings(self) -> Named:
        table, scale = (self.constants[node.input[0]] for node in self._of("Gather")[:2])
        yield f"{WORDS}word_embeddings.weight", table * scale
        places = self.constants[self._of("Slice")[0].input[0]]
        yield f"{WORDS}position_embeddings.weight", places
        # Every text is of type 0, whose vector went into the places.
        yield f"{WORDS}token_type_embeddings.weight", np.zeros((2, places.shape[1]), np.float32)

    def _product(self, node: onnx.NodeProto) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        quantised, scale, _, bias = (self.constants[name] for name in node.input[1:])
        weight = quantised * scale
        before = self.makers[node.input[0]]
        if before.op_type == "Mul":
            weight = weight * self.constants[before.input[1]][:, None]
        return weight, bias

    def _norm(self, name: str, node: onnx.NodeProto) -> Named:
        for part, one in zip(("weight", "bias"), node.input[1:], strict=True):
            yield f"{name}.{part}", self.constants[one]


def _linear(name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Named:
    """weight [in, out], as a graph has it; torch has it the other way round."""
    yield f"{name}.weight", weight.T
    yield f"{name}.bias", bias
