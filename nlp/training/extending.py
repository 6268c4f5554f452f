"""A trained network with a larger vocabulary, as a base that training goes on from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from nlp.classifier.tokenizer import PREFIX_KEY
from nlp.training.fit import tokenizer_of
from nlp.training.network import Network
from nlp.training.vocabulary import grown


def extended(
    network: Network, base: str | Path, texts: Sequence[str], pieces: int, to: Path
) -> int:
    """Give the network the longer pieces of these texts, and write its base to `to`.

    A new piece's row is the mean of the rows of the pieces that it was read as before. Returned is
    how many are new. Nothing is to stand before a text that is read with the new tokenizer.
    """
    tokenizer = tokenizer_of(base)
    content, earlier_ids = grown(tokenizer, texts, pieces)
    words = network.encoder.embeddings.word_embeddings
    # Some tables are longer than their vocabulary: rows that stand for nothing.
    old = words.weight.detach()[: len(content["model"]["vocab"]) - len(earlier_ids)]
    table = torch.cat([old, *(old[ids].mean(0, keepdim=True) for ids in earlier_ids)])
    network.encoder.embeddings.word_embeddings = nn.Embedding.from_pretrained(
        table, padding_idx=words.padding_idx
    )
    network.encoder.config.vocab_size = len(table)
    to.mkdir(parents=True, exist_ok=True)
    network.encoder.save_pretrained(to)
    tokenizer.init_kwargs[PREFIX_KEY] = ""
    tokenizer.save_pretrained(to)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (to / "tokenizer.json").write_text(text, encoding="utf-8")
    return len(earlier_ids)
