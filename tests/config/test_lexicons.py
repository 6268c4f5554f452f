"""The loader of lexicons: what is shipped loads, and each mistake is named with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.lexicons import load_lexicon, load_lexicons
from core.errors import InvalidProfile

GOOD = """
language: ru
words:
  v: голосуй голосуем
groups:
  g: {role: call, weight: 2, patterns: ["<v> за"], examples: ["Голосуй за"]}
"""

MISTAKES = [
    ("[1, 2]", "a mapping"),
    ("language: ru\nwrods: {}", "wrods"),
    ("words: {}", "language"),
    (GOOD.replace("role: call", "role: cal"), r"groups\.g\.role"),
    (GOOD.replace("role: call, ", ""), r"groups\.g\.role"),
    (GOOD.replace("weight: 2", "weight: heavy"), r"groups\.g\.weight"),
    (GOOD.replace("weight: 2", "weight: true"), r"groups\.g\.weight"),
    (GOOD.replace("weight: 2", "weight: -1"), r"groups\.g\.weight"),
    (GOOD.replace("weight: 2", "weight: 99"), r"groups\.g\.weight"),
    (GOOD.replace('patterns: ["<v> за"]', "patterns: []"), r"groups\.g\.patterns"),
    (GOOD.replace('patterns: ["<v> за"]', "patterns: за"), r"groups\.g\.patterns"),
    (GOOD.replace('patterns: ["<v> за"], ', ""), r"groups\.g\.patterns"),
    (GOOD.replace('"<v> за"', "5"), r"groups\.g\.patterns\[0\]"),
    (GOOD.replace("examples:", "exampels:"), "exampels"),
    (GOOD.replace("  v: голосуй голосуем", "  v: {a: b}"), r"words\.v"),
    (GOOD.replace("  v: голосуй", "  no: голосуй"), "keys are words"),
    ("language: [ru", "YAML"),
]


@pytest.mark.parametrize(("text", "named"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_named_with_its_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "ru.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidProfile, match=named) as caught:
        load_lexicon(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ru.yml"
    path.write_bytes("language: русский".encode("cp1251"))
    with pytest.raises(InvalidProfile, match="UTF-8"):
        load_lexicon(path)


def test_a_directory_without_lexicons_is_an_error_and_not_an_empty_lexicon(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match="at least one lexicon"):
        load_lexicons(tmp_path)


def test_a_good_file_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "ru.yml"
    path.write_text(GOOD, encoding="utf-8")
    lexicon = load_lexicon(path)
    (group,) = lexicon.groups
    assert lexicon.words == {"v": ("голосуй", "голосуем")}
    assert (group.name, group.role, group.weight) == ("g", "call", 2.0)
    assert (group.patterns, group.examples) == (("<v> за",), ("Голосуй за",))


def test_the_digest_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ru.yml"
    path.write_text(GOOD, encoding="utf-8")
    before = load_lexicon(path).digest
    path.write_text(GOOD.replace("weight: 2", "weight: 3"), encoding="utf-8")
    assert load_lexicon(path).digest != before


def test_kazakh_russian_and_english_are_shipped() -> None:
    assert [lexicon.language for lexicon in load_lexicons()] == ["en", "kk", "ru"]
