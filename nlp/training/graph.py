"""The network's weights as an ONNX graph of 8-bit products, for one text a run.

Weights: symmetric int8, a scale a column (the table of words: a row). Activations: uint8, one
range a tensor, found while running (DynamicQuantizeMatMul). A range over several texts would make
a text's answer hang on those beside it, so the graph reads one text. Before the second product of
a feed-forward layer that has outliers, each column is divided by a factor that moves them into the
weights (SmoothQuant, arXiv 2211.10438).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]
ORT = "com.microsoft"
EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of an encoder of BERT's kind (arXiv 1810.04805)."""

    layers: int
    heads: int
    tones: int


@dataclass(slots=True)
class Graph:
    """Nodes and constants as they are added; names are given in order."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, value: np.ndarray) -> str:
        """The name under which a value can be an input."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, op: str, inputs: Sequence[str], domain: str = "", **attributes: object) -> str:
        """One node with one output, whose name comes back."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], domain=domain, **attributes))
        return name

    def product(self, x: str, weight: Array, bias: Array) -> str:
        """x @ weight + bias in 8 bits; weight [in, out]."""
        scale = (np.maximum(np.abs(weight).max(0), 1e-8) / 127).astype(np.float32)
        quantised = np.rint(weight / scale).astype(np.int8)
        zeros = np.zeros(weight.shape[1], np.int8)
        parts = [self.constant(one) for one in (quantised, scale, zeros, bias)]
        return self.add("DynamicQuantizeMatMul", [x, *parts], ORT)

    def exact(self, x: str, weight: Array, bias: Array) -> str:
        """x @ weight + bias in 32 bits: the heads are small and decide."""
        return self.add(
            "Add", [self.add("MatMul", [x, self.constant(weight)]), self.constant(bias)]
        )

    def rows(self, table: Array, index: str) -> str:
        """table[index], the table kept in 8 bits with a scale a row."""
        scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
        quantised = self.constant(np.rint(table / scale).astype(np.int8))
        found = self.add("Gather", [quantised, index])
        found = self.add("Cast", [found], to=TensorProto.FLOAT)
        return self.add(
            "Mul", [found, self.add("Gather", [self.constant(scale.astype(np.float32)), index])]
        )


def build(
    weights: Mapping[str, Array], shape: Shape, smooth: Sequence[Array | None]
) -> onnx.ModelProto:
    """The model: input_ids [1, T], places [S, T] -> kind [1, 4], signals [1, 5], stance [1, 2],
    tone [S, 3]. `smooth[l]`: the divisors of layer l's hidden columns, [4 * width], if any.
    """
    graph = Graph()
    hidden = _embedded(graph, weights)
    for number in range(shape.layers):
        part = {
            key.removeprefix(f"encoder.encoder.layer.{number}."): value
            for key, value in weights.items()
            if key.startswith(f"encoder.encoder.layer.{number}.")
        }
        hidden = _layer(graph, hidden, part, shape.heads, smooth[number])
    outputs = _heads(graph, hidden, weights)
    for name, made in outputs.items():
        graph.nodes.append(helper.make_node("Identity", [made], [name]))
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"]),
        helper.make_tensor_value_info("places", TensorProto.FLOAT, ["spans", "tokens"]),
    ]
    sizes: dict[str, list[object]] = {
        "kind": [1, 4], "signals": [1, 5], "stance": [1, 2], "tone": ["spans", shape.tones],
    }  # fmt: skip
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in sizes.items()]
    made = helper.make_graph(graph.nodes, "baqylau-classifier", inputs, infos, graph.constants)
    opsets = [helper.make_opsetid("", 23), helper.make_opsetid(ORT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=11)


def _embedded(graph: Graph, weights: Mapping[str, Array]) -> str:
    at = "encoder.embeddings."
    words = graph.rows(weights[at + "word_embeddings.weight"], "input_ids")
    # Every text is of type 0: its vector goes into the places.
    places = (
        weights[at + "position_embeddings.weight"] + weights[at + "token_type_embeddings.weight"][0]
    )
    count = graph.add("Shape", ["input_ids"], start=1)
    zero = graph.constant(np.zeros(1, np.int64))
    here = graph.add("Slice", [graph.constant(places.astype(np.float32)), zero, count, zero])
    norm = weights[at + "LayerNorm.weight"], weights[at + "LayerNorm.bias"]
    return _normed(graph, words, here, norm)


def _normed(graph: Graph, x: str, beside: str, norm: tuple[Array, Array]) -> str:
    scale, bias = (graph.constant(one) for one in norm)
    both = graph.add("Add", [x, beside])
    return graph.add("LayerNormalization", [both, scale, bias], axis=-1, epsilon=EPSILON)


def _layer(
    graph: Graph, x: str, part: Mapping[str, Array], heads: int, smooth: Array | None
) -> str:
    own = [part[f"attention.self.{name}.weight"] for name in ("query", "key", "value")]
    biases = [part[f"attention.self.{name}.bias"] for name in ("query", "key", "value")]
    together = graph.product(x, np.concatenate(own).T, np.concatenate(biases))
    names = [f"{together}_{letter}" for letter in "qkv"]
    graph.nodes.append(helper.make_node("Split", [together], names, axis=-1, num_outputs=3))
    seen = graph.add("Attention", names, q_num_heads=heads, kv_num_heads=heads)
    seen = graph.product(
        seen, part["attention.output.dense.weight"].T, part["attention.output.dense.bias"]
    )
    norm = part["attention.output.LayerNorm.weight"], part["attention.output.LayerNorm.bias"]
    x = _normed(graph, seen, x, norm)
    wide = graph.product(x, part["intermediate.dense.weight"].T, part["intermediate.dense.bias"])
    wide = graph.add("Gelu", [wide], ORT)
    narrow = part["output.dense.weight"]
    if smooth is not None:
        wide = graph.add("Mul", [wide, graph.constant((1 / smooth).astype(np.float32))])
        narrow = narrow * smooth
    wide = graph.product(wide, narrow.T, part["output.dense.bias"])
    return _normed(graph, wide, x, (part["output.LayerNorm.weight"], part["output.LayerNorm.bias"]))


def _heads(graph: Graph, hidden: str, weights: Mapping[str, Array]) -> dict[str, str]:
    mean = graph.add("ReduceMean", [hidden, graph.constant(np.array([1], np.int64))], keepdims=0)
    weight = graph.exact(hidden, weights["attend.weight"].T, weights["attend.bias"])
    weight = graph.add("Transpose", [graph.add("Softmax", [weight], axis=1)], perm=[0, 2, 1])
    first, second = (graph.constant(np.array([axis], np.int64)) for axis in (0, 1))
    attended = graph.add("Squeeze", [graph.add("MatMul", [weight, hidden]), second])
    pooled = graph.add("Concat", [mean, attended], axis=-1)
    spans = graph.add("MatMul", ["places", graph.add("Squeeze", [hidden, first])])
    # Weights of a place sum to one: their sum repeats the text's vector beside each span.
    ones = graph.add("ReduceSum", ["places", second], keepdims=1)
    beside = graph.add("Concat", [spans, graph.add("MatMul", [ones, pooled])], axis=-1)
    tone = graph.exact(beside, weights["tone_hidden.weight"].T, weights["tone_hidden.bias"])
    tone = graph.exact(
        graph.add("Gelu", [tone], ORT), weights["tone.weight"].T, weights["tone.bias"]
    )
    heads = {
        name: graph.exact(pooled, weights[f"{name}.weight"].T, weights[f"{name}.bias"])
        for name in ("kind", "signals", "stance")
    }
    return {**heads, "tone": tone}
