"""The network in torch: one encoder, and heads for kind, signals, stance and tone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from core.errors import InvalidInput
from core.model import KINDS, SIGNALS, TONES, WITH_STANCE

LAYER = "encoder.encoder.layer."


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts padded to one length. `places[s, t]` sums to one over the tokens of span s, flat."""

    ids: Tensor
    mask: Tensor
    places: Tensor
    owners: Tensor


@dataclass(frozen=True, slots=True)
class Logits:
    """Of B texts and S spans: kind [B, 4], signals [B, 5], stance [B, 2], tone [S, 3].

    `hidden` [B, T, H]: what the encoder made of each token. All in 32 bits, also where the
    products before were in 16.
    """

    kind: Tensor
    signals: Tensor
    stance: Tensor
    tone: Tensor
    hidden: Tensor


class Network(nn.Module):  # type: ignore[misc]
    """`layers` names the layers of the base that are kept, in their order."""

    def __init__(self, base: str | Path, layers: list[int] | None = None) -> None:
        super().__init__()
        # Dropout inside the encoder takes 43 % of a step's processor time and gave nothing.
        self.encoder = AutoModel.from_pretrained(
            base, add_pooling_layer=False, dtype=torch.float32,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        if layers is not None:
            if max(layers) >= (count := len(self.encoder.encoder.layer)):
                raise InvalidInput("layers", f"numbers under {count}, those of {base}")
            kept = [self.encoder.encoder.layer[number] for number in layers]
            self.encoder.encoder.layer = nn.ModuleList(kept)
            self.encoder.config.num_hidden_layers = len(layers)
        width = self.encoder.config.hidden_size
        self.attend = nn.Linear(width, 1)
        self.kind = nn.Linear(2 * width, len(KINDS))
        self.signals = nn.Linear(2 * width, len(SIGNALS))
        self.stance = nn.Linear(2 * width, len(WITH_STANCE))
        self.tone_hidden = nn.Linear(3 * width, 128)
        self.tone = nn.Linear(128, len(TONES))
        self.dropout = nn.Dropout(0.2)

    def forward(self, batch: Batch) -> Logits:
        hidden = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        mask = batch.mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        weights = self.attend(hidden) + (mask - 1) * 1e4
        attended = (hidden * weights.softmax(1)).sum(1)
        pooled = self.dropout(torch.cat([mean, attended], -1))
        spans = batch.places @ hidden.reshape(-1, hidden.shape[-1])
        beside = torch.cat([spans, pooled[batch.owners]], -1)
        tone = self.tone(nn.functional.gelu(self.tone_hidden(beside)))
        made = self.kind(pooled), self.signals(pooled), self.stance(pooled), tone, hidden
        return Logits(*(one.float() for one in made))


def padded(ids: list[list[int]], spans: list[list[tuple[int, int]]], pad: int) -> Batch:
    """Token ids and spans of some texts as one batch."""
    longest = max(map(len, ids))
    tokens = torch.full((len(ids), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(ids), longest), dtype=torch.long)
    count = sum(map(len, spans))
    places = torch.zeros((count, len(ids) * longest))
    owners = torch.zeros(count, dtype=torch.long)
    number = 0
    for row, (one, targets) in enumerate(zip(ids, spans, strict=True)):
        tokens[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
        for first, last in targets:
            places[number, row * longest + first : row * longest + last] = 1 / (last - first)
            owners[number] = row
            number += 1
    return Batch(tokens, mask, places, owners)


def thinned(state: dict[str, Tensor], layers: Sequence[int]) -> dict[str, Tensor]:
    """Weights of a network with only these of its layers, numbered anew in the order given."""
    places = {number: place for place, number in enumerate(layers)}
    kept: dict[str, Tensor] = {}
    for name, value in state.items():
        before, layer, after = name.partition(LAYER)
        if not layer:
            kept[name] = value
            continue
        number, _, rest = after.partition(".")
        if int(number) in places:
            kept[f"{before}{layer}{places[int(number)]}.{rest}"] = value
    return kept


def mean(states: Iterable[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of the weights of networks of one shape, one of them in memory at a time."""
    total: dict[str, Tensor] = {}
    count = 0
    for state in states:
        count += 1
        for name, value in state.items():
            total[name] = total[name] + value if name in total else value.clone()
    return {
        name: value / count if value.is_floating_point() else value // count
        for name, value in total.items()
    }
