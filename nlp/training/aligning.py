"""New pieces taught what the network made of the words before, when it read them in shorter ones.

After Token Distillation (arXiv 2505.20133): a word's state after the lowest layers, the mean over
its tokens, is to come out as it did. It needs no labels: any text teaches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedTokenizerFast

from core.errors import InvalidInput
from nlp.classifier.tokenizer import read_tokens
from nlp.training.fit import Told, resumed, save, scheduled, words_optimizer
from nlp.training.network import Network, padded
from nlp.training.reading import batches

PARTS = 10  # after each, what was learnt is kept
NO_WORD = -1


@dataclass(frozen=True, slots=True)
class Aligning:
    """How to teach: the layers at `rate`, the table of words at `words_rate`. `bf16`: products in
    16 bits.
    """

    rate: float = 1e-4
    words_rate: float = 2e-3
    warm_up: float = 0.03
    tokens: int = 3072
    bf16: bool = False
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Reader:
    """A network cut to its lowest layers, what cuts a text for it, and its `upper` layers."""

    network: Network
    tokenizer: PreTrainedTokenizerFast
    upper: nn.ModuleList

    @classmethod
    def of(cls, network: Network, tokenizer: PreTrainedTokenizerFast, layers: int) -> Reader:
        """Raises InvalidInput for more layers than the network has."""
        every = network.encoder.encoder.layer
        if layers > len(every):
            raise InvalidInput("--layers", f"at most {len(every)}, as the network has")
        network.encoder.set_attn_implementation("eager")
        network.encoder.encoder.layer = every[:layers]
        return cls(network, tokenizer, every[layers:])

    def states(self, texts: Sequence[tuple[list[int], list[int]]], width: int) -> Tensor:
        """The mean state of each word [B * width, H], zero where a text has no such word."""
        ids, numbers = [one for one, _ in texts], [torch.tensor(one) for _, one in texts]
        batch = padded(ids, [[] for _ in ids], int(self.tokenizer.pad_token_id))
        read = self.network.encoder(input_ids=batch.ids, attention_mask=batch.mask)
        word = pad_sequence(numbers, batch_first=True, padding_value=NO_WORD)
        there = word != NO_WORD
        places = (torch.arange(len(ids)).unsqueeze(1) * width + word)[there]
        hidden = read.last_hidden_state.float()[there]
        sums = torch.zeros(len(ids) * width, hidden.shape[-1]).index_add(0, places, hidden)
        counts = torch.bincount(places, minlength=len(sums)).clamp(min=1)
        return sums / counts.unsqueeze(1)


def align(pupil: Reader, teacher: Reader, texts: Sequence[str], how: Aligning, saved: Path, *,
          told: Told) -> None:  # fmt: skip
    """Teach the pupil's lowest layers and its table to read as the teacher does; it is whole again
    afterwards. What each tenth of the texts taught is kept in `saved`, and gone on from.
    """
    torch.manual_seed(how.seed)
    teacher.network.eval().requires_grad_(requires_grad=False)
    network = pupil.network.train()
    words = network.encoder.embeddings.word_embeddings.weight
    others = [one for one in network.encoder.parameters() if one is not words]
    optimizers = [torch.optim.AdamW(others, lr=how.rate, weight_decay=0.0),
                  *words_optimizer(network, how.words_rate)]  # fmt: skip
    order = list(texts)
    Random(how.seed).shuffle(order)  # noqa: S311 (chance, not a secret)
    for part in range(resumed(saved, network, optimizers), PARTS):
        some = [_read(text, pupil, teacher) for text in order[part::PARTS]]
        lengths = [len(old[0]) for _, old in some]
        losses: list[float] = []
        read = 0
        for chosen in batches(lengths, how.tokens, range(len(some))):
            share = (part + read / sum(lengths)) / PARTS
            scheduled(optimizers, (how.rate, how.words_rate), share, how.warm_up)
            loss = _apart(pupil, teacher, [some[index] for index in chosen], bf16=how.bf16)
            loss.backward()
            for one in optimizers:
                one.step()
                one.zero_grad()
            read += sum(lengths[index] for index in chosen)
            losses.append(loss.item())
            told(0, round(100 * (part + read / sum(lengths)) / PARTS), float(np.mean(losses)))
        save(saved, part + 1, network, optimizers)
    network.encoder.encoder.layer.extend(pupil.upper)


def words_of(text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """The word of each token: its number from 1; 0 is the token before all, and the last number
    that after all. What stands before the text is of no word.
    """
    starts = [found.start() for found in re.finditer(r"\S+", text)]
    ends = [end for _, end in offsets]
    numbers = [int(one) or NO_WORD for one in np.searchsorted(starts, ends)]
    return [0, *numbers[1:-1], len(starts) + 1]


def _read(text: str, *readers: Reader) -> tuple[tuple[list[int], list[int]], ...]:
    read = (read_tokens(one.tokenizer, text) for one in readers)
    return tuple((ids, words_of(text, offsets)) for ids, offsets in read)


def _apart(pupil: Reader, teacher: Reader, some: Sequence[tuple[tuple[list[int], list[int]], ...]],
           *, bf16: bool) -> Tensor:  # fmt: skip
    """How far the words' states are from the teacher's, as a share of these, squared."""
    width = max(numbers[-1] for read in some for _, numbers in read) + 1
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        said = pupil.states([new for new, _ in some], width)
        with torch.no_grad():
            right = teacher.states([old for _, old in some], width)
    size = (right**2).sum(-1)
    both = (size > 0) & (said.detach().abs().sum(-1) > 0)  # a long text may end earlier in one
    apart: Tensor = (((said - right) ** 2).sum(-1)[both] / size[both]).mean()
    return apart
