"""A smaller vocabulary for a trained network: Latin pieces of languages that nobody here writes go.

A piece that is in no best segmentation of the words given is never chosen for them, so texts of
those words are read as before. Two thirds of the base's pieces are Latin, of some eighty languages;
without them the tokenizer takes half the memory and the table of words half the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from transformers import PreTrainedTokenizerFast

_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_SPECIAL = 4


def kept_pieces(
    tokenizer: PreTrainedTokenizerFast, vocabulary: list[Any], words: Iterable[str]
) -> list[int]:
    """Ids to keep, in order: all that are not Latin, single letters, and what the words need."""
    plain = list(words)
    needed: set[int] = set()
    for spelt in (str, str.capitalize, str.upper):  # a text may be in capitals
        for ids in tokenizer([spelt(word) for word in plain], add_special_tokens=False)[
            "input_ids"
        ]:
            needed.update(ids)
    return [
        number
        for number, (piece, _) in enumerate(vocabulary)
        if number < _SPECIAL or number in needed or len(piece.strip("▁")) <= 1
        or not _LATIN.search(piece) or piece == "<mask>"
    ]  # fmt: skip


def smaller(content: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """A tokenizer.json with the kept pieces alone, their ids counted anew."""
    model = content["model"]
    new = {old: number for number, old in enumerate(kept)}
    added = [{**one, "id": new[one["id"]]} for one in content["added_tokens"]]
    return {
        **content,
        "added_tokens": added,
        "model": {
            **model,
            "unk_id": new[model["unk_id"]],
            "vocab": [model["vocab"][old] for old in kept],
        },
    }
