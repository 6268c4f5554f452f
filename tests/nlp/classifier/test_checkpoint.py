"""A checkpoint that is missing or damaged says which file, and what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from core.errors import InvalidCheckpoint
from nlp.classifier.checkpoint import SHIPPED, find_checkpoint
from nlp.classifier.open import open_model
from nlp.classifier.tokenizer import MOST_TOKENS, PREFIX_KEY, prefix_of
from nlp.training.reading import read_text


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The shipped checkpoint in a directory of its own."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "model"))


def change(copied: Path, **keys: object) -> None:
    config = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    (copied / "config.json").write_text(json.dumps({**config, **keys}), encoding="utf-8")


def test_a_directory_is_taken_as_it_is(copied: Path) -> None:
    assert find_checkpoint(str(copied)).version == find_checkpoint().version


def test_the_version_changes_with_a_threshold(copied: Path) -> None:
    before = find_checkpoint(str(copied)).version
    change(copied, baqylau={})
    assert find_checkpoint(str(copied)).version != before


@pytest.mark.parametrize("prefix", ["", "query: ", "a passage about elections: "])
def test_what_stands_before_a_text_moves_no_place(copied: Path, prefix: str) -> None:
    path = copied / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**config, PREFIX_KEY: prefix}), encoding="utf-8")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(copied)
    text = "Голосуйте за Омарова! " * 200
    scores = open_model(str(copied)).scores(read_text(text), [(13, 20)])
    ids = tokenizer(prefix + text, truncation=True, max_length=MOST_TOKENS)
    read = tokenizer.decode(ids["input_ids"], skip_special_tokens=True)
    assert abs(scores.read_to - (len(read) - len(prefix))) <= 1
    assert scores.tones[0] is not None


def test_a_prefix_that_is_no_text_is_named(copied: Path) -> None:
    path = copied / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**config, PREFIX_KEY: None}), encoding="utf-8")
    with pytest.raises(InvalidCheckpoint, match=rf"tokenizer_config\.json: {PREFIX_KEY}"):
        open_model(str(copied))


def test_without_a_word_on_it_the_prefix_is_that_of_the_base(copied: Path) -> None:
    path = copied / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config.pop(PREFIX_KEY, None)
    path.write_text(json.dumps(config), encoding="utf-8")
    assert prefix_of(PreTrainedTokenizerFast.from_pretrained(copied)) == "query: "


@pytest.mark.parametrize(
    "file",
    ["config.json", "tokenizer.json", "tokenizer_config.json", "model.onnx", "model.onnx.data"],
)
def test_a_missing_file_is_named_with_what_to_do(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(InvalidCheckpoint, match=r"BAQYLAU_CLASSIFIER") as caught:
        open_model(str(copied))
    assert file in str(caught.value)


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data"])
def test_a_damaged_model_is_named(copied: Path, name: str) -> None:
    with (copied / name).open("r+b") as file:
        file.truncate(10_000)
    with pytest.raises(InvalidCheckpoint, match=r"model\.onnx: a model that ONNX Runtime can read"):
        open_model(str(copied))


def test_a_damaged_tokenizer_is_named(copied: Path) -> None:
    (copied / "tokenizer.json").write_text("", encoding="utf-8")
    with pytest.raises(InvalidCheckpoint, match=r"tokenizer\.json: a tokenizer that"):
        open_model(str(copied))


def test_a_config_that_is_no_json_is_named(copied: Path) -> None:
    (copied / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidCheckpoint, match=r"config\.json"):
        open_model(str(copied))


def test_labels_of_another_task_are_refused(copied: Path) -> None:
    change(copied, id2label={"0": "positive", "1": "negative"})
    with pytest.raises(InvalidCheckpoint, match="id2label: the kinds campaigning"):
        open_model(str(copied))


def test_a_config_without_calibration_is_refused(copied: Path) -> None:
    change(copied, baqylau={"kind_temperature": 1.0})
    with pytest.raises(InvalidCheckpoint, match="calibration with all its keys"):
        open_model(str(copied))


def test_a_name_that_is_no_directory_and_on_no_hub_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InvalidCheckpoint, match="BAQYLAU_CLASSIFIER=nobody/nothing"):
        open_model("nobody/nothing")
