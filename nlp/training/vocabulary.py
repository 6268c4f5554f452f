"""The vocabulary of a trained network: pieces that nobody here writes go, longer ones come.

A piece that is in no best segmentation of the words given is never chosen for them, so texts of
those words are read as before. Two thirds of the base's pieces are Latin, of some eighty languages;
without them the tokenizer takes half the memory and the table of words half the file.

Longer pieces, learnt from texts such as are read, make a text shorter, and the time that a network
takes grows with its tokens. A new piece begins as the mean of the pieces that it was read as
before (arXiv 2402.09977), and is trained from there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from core.errors import InvalidInput

_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_SPECIAL = 4
# A new piece holds letters, and marks that stand at a word. With letters alone, our posts came to
# 0.87 of their tokens in place of 0.79 (30,000 and 40,000 pieces); with all that stands between
# blanks, pieces of addresses were learnt.
_BY_ITSELF = r"""[^\p{L}\p{M}▁,.!?:;»«"()-]"""


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


def grown(
    tokenizer: PreTrainedTokenizerFast, texts: Iterable[str], pieces: int
) -> tuple[dict[str, Any], list[list[int]]]:
    """A tokenizer.json with the pieces of a unigram model of the texts (arXiv 1804.10959) as well.

    `pieces` is the size of that model. A piece that the tokenizer has keeps its id, and gets the
    log-probability that it has in the texts where that is greater; new ones follow the others. Of
    each new piece come the ids that it was read as before.

    Raises InvalidInput for a tokenizer of another kind, and for fewer pieces than characters.
    """
    content: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    if content["model"]["type"] != "Unigram":
        raise InvalidInput("--base", f"a unigram tokenizer, not {content['model']['type']}")
    vocabulary = content["model"]["vocab"]
    if any(one["id"] >= len(vocabulary) for one in content["added_tokens"]):
        raise InvalidInput("--base", "a tokenizer with its special tokens in its vocabulary")
    scores = _scores(tokenizer, texts, pieces)
    here = {piece for piece, _ in vocabulary}
    new = [(piece, score) for piece, score in scores.items() if piece not in here]
    kept = [(piece, max(score, scores.get(piece, score))) for piece, score in vocabulary]
    model = {**content["model"], "vocab": [*kept, *new]}
    return {**content, "model": model}, [_read_as(tokenizer, piece) for piece, _ in new]


def _scores(
    tokenizer: PreTrainedTokenizerFast, texts: Iterable[str], pieces: int
) -> dict[str, float]:
    model = tokenizer.backend_tokenizer
    learner = Tokenizer(models.Unigram())
    learner.normalizer = model.normalizer
    apart = pre_tokenizers.Split(Regex(_BY_ITSELF), "isolated")
    learner.pre_tokenizer = pre_tokenizers.Sequence([model.pre_tokenizer, apart])
    special = tokenizer.all_special_tokens
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces, special_tokens=special, unk_token=tokenizer.unk_token,
        show_progress=False,
    )  # fmt: skip
    try:
        learner.train_from_iterator(texts, trainer)
    except Exception as error:  # the library has no narrower one
        raise InvalidInput(f"--pieces {pieces}", f"more, or other texts ({error})") from error
    learnt = json.loads(learner.to_str())["model"]["vocab"]
    return {piece: score for piece, score in learnt if piece not in special}


def _read_as(tokenizer: PreTrainedTokenizerFast, piece: str) -> list[int]:
    """The ids of a piece, be it the beginning of a word or not."""
    return [one.id for one in tokenizer.backend_tokenizer.model.tokenize(piece)]
