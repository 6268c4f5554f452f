"""Training at work on a network of two small layers: resumed, thinned, taught, exported."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rich.console import Console

from core.errors import InvalidInput
from nlp.classifier.model import OnnxModel, Scores
from nlp.classifier.text import Reading
from nlp.classifier.tokenizer import prefix_of
from nlp.training.rows import Row, Target

if TYPE_CHECKING:
    import torch

    from nlp.training.reading import Example

pytestmark = pytest.mark.torch

TEXTS = {
    "campaigning": ("Дауысты Асанға беріңіз", "Голосуйте за Асана", "Vote for Asan on Sunday"),
    "civic_info": ("Учаске жетіден ашық", "Участки открыты с семи", "Stations open at seven"),
    "news_report": ("Комиссия тіркеді", "Комиссия сообщила", "The commission reported"),
    "other": ("Ауа райы жақсы", "Погода хорошая", "The weather is fine"),
}
ROWS = [
    Row(f"{kind}{n}", text, "kk", f"{kind}{n}", kind,
        frozenset({"vote_buying"}) if n == 0 else frozenset(),
        targets=(Target(0, 5, "+"),))
    for kind, texts in TEXTS.items() for n, text in enumerate(texts)
]  # fmt: skip


def weights_in(trained: Path) -> dict[str, Any]:
    import torch

    state: dict[str, Any] = torch.load(trained / "network.pt", weights_only=True)["network"]
    return state


@pytest.mark.parametrize("words_rate", [0.0, 1e-3])
def test_a_stopped_training_goes_on_to_the_same_weights(
    base: Path, tmp_path: Path, words_rate: float
) -> None:
    from nlp.training.fit import Recipe, fit

    recipe = Recipe(frozen=0, epochs=2, tokens=64, words_rate=words_rate)
    whole = fit(base, ROWS, recipe, tmp_path / "whole.pt").state_dict()

    class Stopped(Exception):
        pass

    def stop(epoch: int, *_: object) -> None:
        if epoch == 1:
            raise Stopped

    with pytest.raises(Stopped):
        fit(base, ROWS, recipe, tmp_path / "stopped.pt", told=stop)
    resumed = fit(base, ROWS, recipe, tmp_path / "stopped.pt").state_dict()
    # Dropout draws anew after a stop, so the weights are near and not equal.
    apart = max(float((whole[name] - resumed[name]).abs().max()) for name in whole)
    assert apart < 0.05


def test_a_training_of_before_words_could_be_trained_goes_on(base: Path, tmp_path: Path) -> None:
    import torch

    from nlp.training.fit import Recipe, fit

    saved = tmp_path / "old.pt"
    fit(base, ROWS, Recipe(epochs=1), saved)
    state = torch.load(saved, weights_only=True)
    (state["optimizer"],) = state.pop("optimizers")
    torch.save(state, saved)
    fit(base, ROWS, Recipe(epochs=2), saved)
    assert torch.load(saved, weights_only=True)["epochs"] == 2
    torch.save({"network": state["network"]}, saved)
    with pytest.raises(InvalidInput, match=r"old\.pt: .*a training of the same order"):
        fit(base, ROWS, Recipe(epochs=2), saved)


def test_products_in_16_bits_lead_where_those_in_32_lead(base: Path) -> None:
    from nlp.training.fit import Recipe, fit

    def weights(epochs: int, *, bf16: bool) -> np.ndarray:
        recipe = Recipe(frozen=0, epochs=epochs, head_rate=1e-2, bf16=bf16)
        return np.array(fit(base, ROWS, recipe).state_dict()["kind.weight"])

    start = weights(0, bf16=False)
    full, half = (weights(4, bf16=bf16) - start for bf16 in (False, True))
    assert half.dtype == np.float32
    assert not np.array_equal(half, full)
    assert np.corrcoef(half.ravel(), full.ravel())[0, 1] > 0.99


def test_a_quantised_layer_reads_256_values_of_each_text(base: Path) -> None:
    from nlp.training.fit import Recipe, batch_of, fit, tokenizer_of
    from nlp.training.network import Network
    from nlp.training.quantised import quantised
    from nlp.training.reading import example_of

    tokenizer, network = tokenizer_of(base), Network(base).eval()
    examples = [example_of(row, tokenizer) for row in ROWS]
    dense = network.encoder.encoder.layer[0].output.dense
    read: list[torch.Tensor] = []
    keep = dense.register_forward_hook(lambda _, inputs, __: read.append(inputs[0].detach()))

    def kinds(some: Sequence[Example]) -> torch.Tensor:
        return network(batch_of(some, tokenizer)).kind

    def rounded_kinds(some: Sequence[Example]) -> torch.Tensor:
        with quantised(network, batch_of(some, tokenizer).mask):
            return kinds(some)

    plain = kinds(examples)
    rounded = rounded_kinds(examples)
    rounded.sum().backward()
    # The range is a text's own, whatever stands beside it and behind it.
    assert len({len(one.ids) for one in examples}) > 1
    alone = [rounded_kinds([one])[0] for one in examples]
    assert kinds(examples).equal(plain)
    assert all(one.allclose(two, atol=1e-5) for one, two in zip(alone, rounded, strict=True))
    assert 0 < float((plain - rounded).detach().abs().max()) < 0.1
    assert max(len(one.unique()) for one in read[1]) <= 256 < len(read[0].unique())
    keep.remove()
    assert all(one.grad is not None and one.grad.any() for one in dense.parameters())
    recipe = Recipe(epochs=4, frozen=0)
    recipes = recipe, replace(recipe, quantised=True)
    full, less = (fit(base, ROWS, one).state_dict()["kind.weight"] for one in recipes)
    assert not full.equal(less)
    assert full.allclose(less, atol=1e-3)


def test_the_mean_of_two_trainings_lies_between_them(base: Path, tmp_path: Path) -> None:
    from monitor.training import Order, order_of, run_mean, run_train

    data = tmp_path / "rows.jsonl"
    posts = [{"id": row.id, "text": row.text, "lang": "kk", "kind": row.kind} for row in ROWS]
    data.write_text("".join(json.dumps(one) + "\n" for one in posts))
    trained = [tmp_path / "one", tmp_path / "two"]
    for seed, to in enumerate(trained):
        order = Order(str(base), [str(data)], "0/2", 1, 0, [], 2e-4, seed)
        run_train(order, to, Console(quiet=True))
    run_mean(trained, tmp_path / "mean", Console(quiet=True))
    one, two, both = map(weights_in, (*trained, tmp_path / "mean"))
    assert not one["kind.weight"].equal(two["kind.weight"])
    assert both["kind.weight"].allclose((one["kind.weight"] + two["kind.weight"]) / 2)
    assert order_of(tmp_path / "mean").mean_of == [str(folder) for folder in trained]


def test_each_family_is_asked_of_a_network_that_has_not_learnt_it(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.training import Order, run_cross_validate
    from nlp.training import validating

    data = tmp_path / "rows.jsonl"
    posts = [
        {"id": row.id, "text": row.text, "lang": "kk", "kind": row.kind,
         "signals": sorted(row.signals),
         "targets": [{"name": row.text[:5], "start": 0, "end": 5, "tone": "+", "party": "amanat"}]}
        for row in ROWS
    ]  # fmt: skip
    data.write_text("".join(json.dumps(one) + "\n" for one in posts))
    learnt = []
    whole = validating.fit

    def fit(base: Path, rows: list[Row], *others: object, **named: object) -> object:
        learnt.append({row.family for row in rows})
        return whole(base, rows, *others, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(validating, "fit", fit)
    order = Order(str(base), [str(data)], "", 1, 0, [], 2e-4, 1)
    run_cross_validate(order, 2, tmp_path / "folds", Console(quiet=True))
    first = capsys.readouterr().out
    assert first.split("all", 1)[1].split("│")[1].strip() == str(len(ROWS))
    assert len(learnt) == 2
    assert not learnt[0] & learnt[1]
    assert learnt[0] | learnt[1] == {row.id for row in ROWS}
    run_cross_validate(order, 2, tmp_path / "folds", Console(quiet=True))
    assert capsys.readouterr().out == first
    assert len(learnt) == 2  # what was said is kept, so nothing is trained again
    data.write_text("".join(json.dumps(one | {"id": f"new {one['id']}"}) + "\n" for one in posts))
    with pytest.raises(InvalidInput, match="rows that were asked about"):
        run_cross_validate(order, 2, tmp_path / "folds", Console(quiet=True))


def test_a_thinner_network_begins_with_the_layers_asked_for(base: Path, tmp_path: Path) -> None:
    from nlp.training.fit import Recipe, fit

    large = fit(base, ROWS, Recipe(frozen=0, epochs=1), tmp_path / "large.pt").state_dict()
    still = Recipe(layers=(1,), frozen=1, epochs=1, rate=0.0, head_rate=0.0)
    small = fit(base, ROWS, still, begin=tmp_path / "large.pt").state_dict()
    name = "encoder.encoder.layer.{}.output.dense.weight"
    assert small[name.format(0)].equal(large[name.format(1)])
    assert name.format(1) not in small


def test_a_layer_that_the_base_has_not_is_named(base: Path) -> None:
    from nlp.training.network import Network

    with pytest.raises(InvalidInput, match="numbers under 2"):
        Network(base, [1, 2])


def test_longer_pieces_begin_as_the_mean_of_those_they_were_read_as(
    base: Path, tmp_path: Path
) -> None:
    import torch

    from nlp.training.extending import extended
    from nlp.training.fit import tokenizer_of
    from nlp.training.network import Network

    network, word = Network(base), "электрокоптер"
    words, old = network.encoder.embeddings.word_embeddings, tokenizer_of(base)
    before = words.weight.detach().clone()
    words.weight = torch.nn.Parameter(torch.cat([before, before[:3]]))  # rows of no piece
    count = extended(network, base, [f"Новый {word}, старый {word}!"] * 50, 60, tmp_path)
    new = tokenizer_of(tmp_path)
    (piece,) = new.tokenize(word)
    table = Network(tmp_path).encoder.embeddings.word_embeddings.weight
    assert len(table) == len(before) + count == len(new)
    assert table[new.convert_tokens_to_ids(piece)].allclose(
        before[old.encode(word, add_special_tokens=False)].mean(0)
    )
    assert table[: len(before)].equal(before)
    assert prefix_of(new) == ""
    assert new.encode("Комиссия тіркеді") == old.encode("Комиссия тіркеді")


def test_training_goes_on_with_longer_pieces(base: Path, tmp_path: Path) -> None:
    from monitor.extending import run_align, run_vocabulary
    from monitor.training import Order, order_of, run_train

    data = tmp_path / "rows.jsonl"
    posts = [{"id": row.id, "text": f"{row.text}, электрокоптер", "lang": "kk", "kind": row.kind}
             for row in ROWS]  # fmt: skip
    data.write_text("".join(json.dumps(one) + "\n" for one in posts))
    order = Order(str(base), [str(data)], "0/2", 1, 0, [1], 2e-4, 1)
    text = tmp_path / "texts.txt"
    text.write_text("Новый электрокоптер, старый электрокоптер\n" * 50)
    before, grown, after = (tmp_path / name for name in ("before", "grown", "after"))
    run_train(order, before, Console(quiet=True))
    run_vocabulary(before, [text], 100, grown, Console(quiet=True))
    assert not grown.with_name("grown.new").exists()
    assert order_of(grown) == replace(
        order, base=str(grown), layers=[], mean_of=[str(before)], pieces=100, text=[str(text)]
    )
    with pytest.raises(InvalidInput, match="a directory that is empty"):
        run_vocabulary(before, [text], 100, grown, Console(quiet=True))
    aligned = tmp_path / "aligned"
    with pytest.raises(InvalidInput, match=r"--layers: .*at most 1"):
        run_align(grown, aligned, Console(quiet=True), layers=3, seed=1, bits=32)
    assert not aligned.exists()
    run_align(grown, aligned, Console(quiet=True), layers=1, seed=1, bits=32)
    assert [file.name for file in sorted(aligned.iterdir())] == ["network.pt", "order.json"]
    further = replace(
        order, base=str(grown), layers=[], begin=str(aligned), epochs=3, words_rate=1e-3
    )
    run_train(further, after, Console(quiet=True))
    name = "encoder.embeddings.word_embeddings.weight"
    count = len(weights_in(before)[name])
    made = [weights_in(place)[name][count:] for place in (grown, aligned, after)]
    assert len(made[0]) > 0
    assert not any(old.equal(new) for old, new in itertools.pairwise(made))


def test_new_pieces_learn_what_the_words_were_before(base: Path, tmp_path: Path) -> None:
    import torch

    from nlp.training.aligning import Aligning, Reader, align
    from nlp.training.extending import extended
    from nlp.training.fit import tokenizer_of
    from nlp.training.network import Network

    texts = ["Новый электрокоптер", "Старый электрокоптер!", "электрокоптер упал"] * 20
    new = Network(base)
    extended(new, base, texts, 60, tmp_path / "grown")
    start = {name: value.clone() for name, value in new.state_dict().items()}

    def taught(network: Network, saved: Path, *, stop_at: int | None = None) -> list[float]:
        losses: list[float] = []

        def told(_: int, percent: int, loss: float) -> None:
            losses.append(loss)
            if stop_at is not None and percent > stop_at:
                raise KeyboardInterrupt

        pupil = Reader.of(network, tokenizer_of(tmp_path / "grown"), 1)
        teacher = Reader.of(Network(base), tokenizer_of(base), 1)
        align(pupil, teacher, texts, Aligning(words_rate=1e-2), saved, told=told)
        assert network.state_dict().keys() == start.keys()
        return losses

    losses = taught(new, tmp_path / "whole.pt")
    assert losses[-1] < losses[0] / 2
    end = new.state_dict()
    upper = [name for name in start if "layer.1." in name or not name.startswith("encoder.")]
    assert all(end[name].equal(start[name]) for name in upper)
    again = Network(tmp_path / "grown")
    again.load_state_dict(start)
    with pytest.raises(KeyboardInterrupt):
        taught(again, tmp_path / "stopped.pt", stop_at=50)
    resumed = Network(tmp_path / "grown")
    resumed.load_state_dict(start)
    taught(resumed, tmp_path / "stopped.pt")
    assert all(torch.allclose(value, end[name]) for name, value in resumed.state_dict().items())


def test_a_token_is_of_the_word_that_it_ends_in() -> None:
    pytest.importorskip("torch")
    from nlp.training.aligning import NO_WORD, words_of

    offsets = [(-7, -7), (-7, 0), (0, 2), (2, 4), (4, 7), (7, 7)]
    assert words_of("каб ура", offsets) == [0, NO_WORD, 1, 1, 2, 3]
    assert words_of("", [(0, 0), (0, 0)]) == [0, 1]


def test_what_has_learnt_from_the_posts_asked_about_is_no_base(base: Path, tmp_path: Path) -> None:
    from monitor.training import Order, run_cross_validate, run_train

    learnt = tmp_path / "grown"
    order = Order(str(learnt), [], "0/2", 1, 0, [], 2e-4, 1)
    shutil.copytree(base, learnt)
    (learnt / "order.json").write_text(json.dumps(asdict(order)), encoding="utf-8")
    with pytest.raises(InvalidInput, match="a base that has not learnt"):
        run_cross_validate(order, 2, tmp_path / "folds", Console(quiet=True))
    with pytest.raises(InvalidInput, match=r"--base .*held_out '0/2'"):
        run_train(replace(order, held_out="1/2"), tmp_path / "after", Console(quiet=True))
    assert not (tmp_path / "after").exists()


def test_of_the_vocabulary_those_rows_are_trained_that_the_texts_have(
    base: Path, tmp_path: Path
) -> None:
    from nlp.training.fit import Recipe, fit, tokenizer_of
    from nlp.training.reading import example_of

    def table(recipe: Recipe, saved: Path | None = None) -> np.ndarray:
        name = "encoder.embeddings.word_embeddings.weight"
        return np.array(fit(base, ROWS, recipe, saved).state_dict()[name])

    recipe = Recipe(frozen=0, epochs=2, join=0.0, words_rate=1e-3)
    start, trained = table(Recipe(epochs=0)), table(recipe, tmp_path / "words.pt")
    assert np.array_equal(table(Recipe(frozen=0, epochs=1)), start)
    moved = set(np.flatnonzero((start != trained).any(1)))
    tokenizer = tokenizer_of(base)
    written = {one for row in ROWS for one in example_of(row, tokenizer).ids}
    assert len(moved & written) > len(written) / 2
    assert len(moved) < len(start) / 100
    assert np.array_equal(table(recipe, tmp_path / "words.pt"), trained)  # nothing is left to do


def test_who_says_the_same_as_the_teacher_has_nothing_to_learn(base: Path) -> None:
    from nlp.training.fit import SIGNALS_WEIGH, batch_of, tokenizer_of
    from nlp.training.network import Network
    from nlp.training.reading import example_of
    from nlp.training.teaching import taught

    tokenizer = tokenizer_of(base)
    batch = batch_of([example_of(row, tokenizer) for row in ROWS], tokenizer)
    said = Network(base).eval().requires_grad_(False)(batch)
    nothing = taught(said, said, batch, 0.0)
    other = replace(said, kind=said.kind.flip(-1), hidden=said.hidden + 1)
    assert float(nothing) < 1e-3 + 0.5 * np.log(2) * 2  # the entropy of the stances stays
    assert float(taught(other, said, batch, SIGNALS_WEIGH)) > float(nothing) + 1


def test_of_a_teacher_alone_no_label_is_learnt(base: Path) -> None:
    from nlp.training.fit import Recipe, fit
    from nlp.training.network import Network

    teacher = Network(base).eval().requires_grad_(False)
    recipe = Recipe(frozen=0, epochs=2, join=0.0)

    def learnt(rows: Sequence[Row], *, alone: bool) -> torch.Tensor:
        network = fit(base, rows, replace(recipe, teacher_alone=alone), teacher=teacher)
        weight: torch.Tensor = network.kind.weight
        return weight

    others = [replace(row, kind="other") for row in ROWS]
    assert learnt(ROWS, alone=True).equal(learnt(others, alone=True))
    assert not learnt(ROWS, alone=False).equal(learnt(others, alone=False))


def test_the_exported_checkpoint_says_what_the_network_says(base: Path, tmp_path: Path) -> None:
    from nlp.training.export import export
    from nlp.training.fit import Recipe, fit, predict, tokenizer_of
    from nlp.training.reading import read_text

    network = fit(base, ROWS, Recipe(frozen=0, epochs=3, head_rate=1e-2))
    checkpoint = export(network, base, ROWS, ROWS, to=tmp_path / "out")
    model = OnnxModel(checkpoint)
    said = predict(network, tokenizer_of(base), ROWS)
    for row, logits in zip(ROWS, said.kind, strict=True):
        shares = np.exp(logits / model.calibration.kind_temperature)
        scores = model.scores(read_text(row.text), [(0, 5)])
        assert scores.kind == pytest.approx(list(shares / shares.sum()), abs=0.05)
        assert scores.tones[0] is not None


def test_a_layer_is_smoothed_where_a_column_stands_out(base: Path, tmp_path: Path) -> None:
    import torch

    from nlp.training.export import export, smoothing
    from nlp.training.fit import predict, tokenizer_of
    from nlp.training.network import Network
    from nlp.training.reading import example_of, read_text

    network, tokenizer = Network(base), tokenizer_of(base)
    with torch.no_grad():
        network.encoder.encoder.layer[1].intermediate.dense.weight[5] *= 500
    first, second = smoothing(network, [example_of(row, tokenizer).ids for row in ROWS])
    assert first is None
    assert second is not None
    assert second.argmax() == 5
    model = OnnxModel(export(network, base, ROWS, ROWS, to=tmp_path / "out"))
    for row, logits in zip(ROWS, predict(network, tokenizer, ROWS).kind, strict=True):
        shares = np.exp(logits / model.calibration.kind_temperature)
        scores = model.scores(read_text(row.text))
        assert scores.kind == pytest.approx(list(shares / shares.sum()), abs=0.05)


def test_what_was_not_labelled_calibrates_nothing() -> None:
    pytest.importorskip("torch")
    from nlp.training.export import calibrated

    class Model:
        """Surer of campaigning and of polls the longer the text."""

        def scores(self, reading: Reading) -> Scores:
            share = min(0.9, 0.3 + len(reading.text) / 40)
            shares = [share, *(3 * [(1 - share) / 3])]
            return Scores(shares, [share] * 5, None, (), len(reading.text))

    rows = [
        replace(row, signals=frozenset({"poll"} if n % 3 else ())) for n, row in enumerate(ROWS)
    ]
    unknown = [
        replace(row, id=f"u{n}", kind=None, known=frozenset({"abuse"}), signals=frozenset())
        for n, row in enumerate(ROWS)
    ]
    alone = calibrated(Model(), rows)  # type: ignore[arg-type]
    beside = calibrated(Model(), [*rows, *unknown])  # type: ignore[arg-type]
    assert beside == alone
