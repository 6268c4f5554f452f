"""Which sentences carried a decision: each is left out once, and the decision asked again.

Gradient-free occlusion (arXiv 1311.2901) over sentences. What a decision loses without a sentence
is that sentence's part in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from nlp.classifier.text import Reading

# A sentence carries a decision where it takes this share of the greatest loss, or more.
SHARE = 0.5
# Texts of more sentences are looked at in as many stretches of neighbouring ones.
MOST_PARTS = 12
_END = re.compile(r"(?<=[.!?…])\s+|\n+")

Stretch = tuple[int, int]


def sentences_of(text: str) -> list[Stretch]:
    """Sentences of a text as stretches [start, end); blank ones are none."""
    found: list[Stretch] = []
    start = 0
    for end, following in [*(match.span() for match in _END.finditer(text)), (len(text),) * 2]:
        if text[start:end].strip():
            found.append((start, end))
        start = following
    return found


def parts_of(text: str) -> list[Stretch]:
    """Its sentences, or as many stretches of neighbouring ones, at most MOST_PARTS."""
    found = sentences_of(text)
    size = -(-len(found) // MOST_PARTS)
    return [
        (found[at][0], found[min(at + size, len(found)) - 1][1])
        for at in range(0, len(found), size or 1)
    ]


def carriers(
    reading: Reading, wholes: Sequence[float], ask: Callable[[Reading], Sequence[float]]
) -> list[list[Stretch]]:
    """For each decision, with its score of the whole text, the stretches of `reading.text` that
    carried it, in order; `ask` gives the same decisions' scores of another reading.
    """
    parts = parts_of(reading.text)
    if len(parts) < 2:
        return [parts for _ in wholes]
    lost = [ask(_without(reading, part)) for part in parts]
    return [_greatest(parts, [whole - one[n] for one in lost]) for n, whole in enumerate(wholes)]


def _greatest(parts: Sequence[Stretch], losses: Sequence[float]) -> list[Stretch]:
    """Where several sentences say the same, none is missed alone: then the whole text carried."""
    most = max(losses)
    if most <= 0.01:
        return [(parts[0][0], parts[-1][1])]
    return [part for part, loss in zip(parts, losses, strict=True) if loss >= SHARE * most]


def _without(reading: Reading, part: Stretch) -> Reading:
    start, end = part
    text = reading.text[:start] + reading.text[end:]
    return Reading(text, [*reading.origin[:start], *reading.origin[end:]])
