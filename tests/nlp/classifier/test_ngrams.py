"""N-grams beside the network: what is counted, and what a damaged table says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidCheckpoint
from nlp.classifier.ngrams import BITS, FILE, Ngrams, counted, read_ngrams, weighed, write_ngrams


def table(places: dict[int, list[float]]) -> Ngrams:
    weights = np.zeros((1 << BITS, 5), np.float16)
    for place, row in places.items():
        weights[place] = row
    return Ngrams(np.ones(1 << BITS, np.float16), weights, np.arange(5, dtype=np.float32))


def test_case_and_blanks_do_not_matter() -> None:
    once, again = counted("Дауыс  беріңіз"), counted(" дауыс\nБЕРІҢІЗ ")
    assert [list(part) for part in once] == [list(part) for part in again]


def test_each_ngram_of_two_to_five_letters_is_counted() -> None:
    _, counts = counted("абаб")  # " абаб " has 5 of two letters (аб twice), 4, 3 and 2
    assert counts.sum() == 5 + 4 + 3 + 2
    assert counts.max() == 2


@pytest.mark.parametrize("text", ["", " ", "\n\n", "ә", "👍"])
def test_a_text_of_next_to_nothing_gives_the_bias_and_what_it_has(text: str) -> None:
    assert list(table({}).logits(text)) == [0, 1, 2, 3, 4]


def test_values_have_the_length_of_one() -> None:
    _, values = weighed("қап ұн, екі литр май", np.ones(1 << BITS, np.float16))
    assert float(values @ values) == pytest.approx(1)


def test_an_ngram_counts_for_its_signal() -> None:
    places, values = weighed("ұн", np.ones(1 << BITS, np.float16))
    logits = table({int(places[0]): [0, 0, 8, 0, 0]}).logits("ұн")
    assert list(logits) == pytest.approx([0, 1, 2 + 8 * values[0], 3, 4])


def test_written_and_read(tmp_path: Path) -> None:
    assert read_ngrams(tmp_path) is None
    write_ngrams(table({7: [1, 2, 3, 4, 5]}), tmp_path)
    found = read_ngrams(tmp_path)
    assert found is not None
    assert list(found.weights[7]) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged"])
def test_a_damaged_table_names_its_file_and_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(InvalidCheckpoint, match=r"ngrams\.npz.*reinstall"):
        read_ngrams(tmp_path)


def test_a_table_of_other_sizes_is_no_table(tmp_path: Path) -> None:
    np.savez(tmp_path / FILE, idf=np.ones(4), weights=np.ones((4, 5)), bias=np.ones(5))
    with pytest.raises(InvalidCheckpoint, match=r"65536 x 5"):
        read_ngrams(tmp_path)
