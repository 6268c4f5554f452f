"""Weights back from a checkpoint's 8 bits, and layers with fewer neurons, on two small layers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from core.errors import InvalidCheckpoint, InvalidInput
from nlp.classifier.checkpoint import find_checkpoint
from nlp.training.rows import Row

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from nlp.training.network import Batch, Network

pytestmark = pytest.mark.torch

TEXTS = ("Дауысты Асанға беріңіз", "Голосуйте за Асана в воскресенье", "Погода хорошая",
         "Vote for Asan on Sunday", "Учаске жетіден ашық", "Комиссия сообщила итоги")  # fmt: skip
KINDS = ("campaigning", "campaigning", "other", "campaigning", "civic_info", "news_report")
ROWS = [Row(str(n), text, "kk", str(n), kind)
        for n, (text, kind) in enumerate(zip(TEXTS, KINDS, strict=True))]  # fmt: skip
QUIET = Console(quiet=True)


def read(base: Path) -> Batch:
    from nlp.training.fit import batch_of, tokenizer_of
    from nlp.training.reading import example_of

    tokenizer = tokenizer_of(base)
    return batch_of([example_of(row, tokenizer) for row in ROWS], tokenizer)


def states(network: Network, batch: Batch) -> Tensor:
    """What is made of the tokens that are there, [tokens, H]."""
    import torch

    with torch.no_grad():
        hidden: torch.Tensor = network.eval()(batch).hidden
    return hidden[batch.mask.bool()]


def apart(made: Tensor, right: Tensor) -> float:
    return float((made - right).norm() / right.norm())


def louder(network: Network) -> None:
    """Weights drawn for a start are so small that the inner neurons hardly count."""
    for layer in network.encoder.encoder.layer:
        for dense in (layer.intermediate.dense, layer.output.dense):
            dense.weight.data *= 20


def test_a_neuron_that_another_repeats_goes_first(base: Path) -> None:
    from nlp.training.narrowing import narrow
    from nlp.training.network import Network

    network, batch = Network(base), read(base)
    louder(network)
    for layer in network.encoder.encoder.layer:
        for part in (layer.intermediate.dense.weight, layer.intermediate.dense.bias):
            part.data[1::2] = part.data[0::2]
    before, done = states(network, batch), list[int]()
    narrow(network, [batch], 32, done.append)
    layers = network.encoder.encoder.layer
    assert [one.output.dense.weight.shape for one in layers] == [(32, 32)] * 2
    assert network.encoder.config.intermediate_size == 32
    assert apart(states(network, batch), before) < 0.02
    assert done == [1, 2]


def test_what_stays_makes_good_what_went(base: Path) -> None:
    from nlp.training.narrowing import narrow
    from nlp.training.network import Network

    def moved(neurons: int, *, made_good: bool) -> float:
        network, batch = Network(base), read(base)
        louder(network)
        before = states(network, batch)
        if made_good:
            narrow(network, [batch], neurons, lambda _: None)
        else:
            for layer in network.encoder.encoder.layer:
                size = layer.output.dense.weight.norm(dim=0) * layer.intermediate.dense.weight.norm(
                    dim=1
                )
                layer.output.dense.weight.data[:, size.argsort()[: 64 - neurons]] = 0
        return apart(states(network, batch), before)

    good, by_size = moved(32, made_good=True), moved(32, made_good=False)
    assert good < by_size / 2
    assert good < moved(8, made_good=True)


def test_more_neurons_than_a_layer_has_are_refused(base: Path) -> None:
    from nlp.training.narrowing import narrow
    from nlp.training.network import Network

    with pytest.raises(InvalidInput, match=r"--neurons: .*fewer than the 64"):
        narrow(Network(base), [], 64, lambda _: None)


def test_what_was_exported_is_narrowed_and_taught_on(base: Path, tmp_path: Path) -> None:
    import torch

    from monitor.reshaping import run_narrow, run_unpack
    from monitor.training import Order, order_of, run_train
    from nlp.training.export import export
    from nlp.training.fit import Recipe, fit

    data = tmp_path / "rows.jsonl"
    posts = [{"id": row.id, "text": row.text, "lang": "kk", "kind": row.kind} for row in ROWS]
    data.write_text("".join(json.dumps(one) + "\n" for one in posts))
    network = fit(base, ROWS, Recipe(frozen=0, epochs=1))
    out, unpacked, narrow, after = (tmp_path / one for one in ("out", "back", "narrow", "after"))
    export(network, base, ROWS, ROWS, to=out)
    run_unpack(str(out), [data], "0/3", unpacked, QUIET)
    kept = torch.load(unpacked / "network.pt", weights_only=True)["network"]
    for name, value in network.state_dict().items():
        if "position" not in name and "token_type" not in name:
            step = value.abs().max() / 127
            assert (kept[name] - value).abs().max() <= step / 2 + 1e-6, name
    run_narrow(unpacked, 16, 1, narrow, QUIET)
    assert not narrow.with_name("narrow.new").exists()
    order = order_of(narrow)
    assert order == replace(order_of(unpacked), base=str(narrow), seed=1, neurons=16,
                            mean_of=[str(unpacked)])  # fmt: skip
    taught = Order(str(narrow), [str(data)], "0/3", 2, 0, [], 1e-3, 1, str(narrow), str(unpacked),
                   teacher_alone=True)  # fmt: skip
    run_train(taught, after, QUIET)
    made = torch.load(after / "network.pt", weights_only=True)["network"]
    name = "encoder.encoder.layer.1.output.dense.weight"
    assert made[name].shape == (32, 16)
    start = torch.load(narrow / "network.pt", weights_only=True)["network"]
    assert not made[name].equal(start[name])
    with pytest.raises(InvalidInput, match=r"--begin .*base"):
        run_train(replace(taught, begin=str(unpacked)), tmp_path / "other", QUIET)


def test_what_was_smoothed_for_8_bits_comes_back(base: Path, tmp_path: Path) -> None:
    from nlp.training.dequantising import dequantised
    from nlp.training.export import export
    from nlp.training.network import Network

    network = Network(base)
    first = network.encoder.encoder.layer[0]
    first.intermediate.dense.bias.data[3] = 100  # a column that stands out
    weight = first.output.dense.weight.detach().clone()
    checkpoint = export(network, base, ROWS, ROWS, to=tmp_path)
    made: dict[str, Any] = dequantised(checkpoint)
    back = made["encoder.encoder.layer.0.output.dense.weight"]
    others = [column for column in range(64) if column != 3]
    assert back[:, 3].allclose(weight[:, 3], rtol=0.02, atol=1e-4)
    assert (back - weight)[:, others].abs().max() < weight.abs().max()


def test_a_graph_of_another_make_is_named(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    from nlp.training.dequantising import dequantised

    empty = onnx.helper.make_model(onnx.helper.make_graph([], "none", [], []))
    onnx.save_model(empty, str(tmp_path / "model.onnx"))
    checkpoint = replace(find_checkpoint(""), directory=tmp_path)
    with pytest.raises(InvalidCheckpoint, match=r"model\.onnx: .*baqylau model export"):
        dequantised(checkpoint)
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(InvalidCheckpoint, match=r"model\.onnx"):
        dequantised(checkpoint)
