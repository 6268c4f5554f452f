"""Decides the kind of a text: campaigning, civic_info, news_report or other, or abstains.

Every hit of the lexicons is evidence in log-odds for a kind. Frames change what a hit is worth: a
call inside reported speech is news, a call beside "is forbidden" is information, a vote in a class
or a show is neither. The score is the softmax of the four sums, with the temperature below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.model import KINDS, Annotation
from core.ports import Document
from nlp.frames import MOVING, Frames, manner_of
from nlp.phrases import Hit, PhraseReader, Reading, spans_of

INFORMING = (
    "civic", "turnout", "order", "explain", "law", "debunk", "misinfo", "about_marking",
)  # fmt: skip
REPORTING = ("report", "news", "figures", "poll")
NEITHER = ("nonpublic", "homonym", "stay_away", "hearsay")

# Softmax over the sums divided by this. Measured on held-out posts (tests/nlp/data): of scores from
# 0.5 on 0.96 are right, from 0.8 on 0.99; of those below 0.5, where we abstain, about 0.67.
TEMPERATURE = 1.15
# Below it a person decides.
ABSTAIN_BELOW = 0.5
# With nothing found at all, a text is `other`.
NOTHING = 2.2
# An election being the matter takes this from `other`.
AN_ELECTION = 1.3
# A hit that moves voters, worth this much after its frames, takes sides.
TAKES_SIDES = 2.0


class KindDetector:
    """`kind` with the words that carried it; `data.abstained` where the lexicons cannot tell."""

    name = "kind.lexicon"

    def __init__(self, reader: PhraseReader) -> None:
        self._reader = reader
        self.version = f"1-{reader.version}"

    def detect(self, document: Document) -> Sequence[Annotation]:
        """Exactly one annotation, whatever the text."""
        reading = self._reader.read(document)
        sums, carriers = weigh(reading)
        scores = _softmax(sums)
        kind = max(KINDS, key=lambda name: scores[name])
        score = round(scores[kind], 4)
        spans = spans_of(document, reading, carriers[kind])
        wordless = not any(word.folded.isalnum() for word in reading.words)
        abstained = score < ABSTAIN_BELOW or wordless
        return [
            Annotation(
                self.name, self.version, "kind", kind, score, spans, {"abstained": abstained}
            )
        ]


def _softmax(sums: Mapping[str, float]) -> dict[str, float]:
    top = max(sums.values())
    powers = {kind: math.exp((value - top) / TEMPERATURE) for kind, value in sums.items()}
    total = sum(powers.values())
    return {kind: value / total for kind, value in powers.items()}


def weigh(reading: Reading) -> tuple[dict[str, float], dict[str, list[Hit]]]:
    """The evidence for each kind, and the hits it came from."""
    frames = Frames(reading)
    moving = [(hit, hit.weight * frames.moves(hit)) for hit in reading.of(*MOVING)]
    sides = any(value >= TAKES_SIDES for _, value in moving)
    informing = [(hit, hit.weight * frames.informs(hit, sides)) for hit in reading.of(*INFORMING)]
    reporting = [(hit, hit.weight * frames.reports(hit)) for hit in reading.of(*REPORTING)]
    neither = [(hit, hit.weight * frames.dismisses(hit)) for hit in reading.of(*NEITHER)]
    if not sides:
        neither += frames.bare_offers() + frames.bare_insults()
    manner = manner_of(reading, frames.election)
    sums = {
        "campaigning": _sum(moving) + frames.address_bonus(moving) + manner.partisan,
        "civic_info": _sum(informing) + manner.instructive,
        "news_report": _sum(reporting) + frames.quoted_bonus() + manner.detached,
        "other": NOTHING - AN_ELECTION * frames.public + _sum(neither),
    }
    carriers = {
        "campaigning": _strongest(moving),
        "civic_info": _strongest(informing),
        "news_report": _strongest(reporting),
        "other": _strongest(neither),
    }
    return sums, carriers


def _sum(weighed: Sequence[tuple[Hit, float]]) -> float:
    """The best hit of each group in full, further groups of one role at half, repeats at nothing.

    Words said twice are not twice the evidence; the whole is capped so that a long text does not
    become certain by its length alone.
    """
    best: dict[tuple[str, str], float] = {}
    for hit, value in weighed:
        key = (hit.role, hit.group)
        best[key] = max(best.get(key, 0.0), value)
    total, roles = 0.0, dict[str, int]()
    for (role, _), value in sorted(best.items(), key=lambda pair: -pair[1]):
        total += value * 0.5 ** roles.get(role, 0)
        roles[role] = roles.get(role, 0) + 1
    return min(total, 9.0)


def _strongest(weighed: Sequence[tuple[Hit, float]]) -> list[Hit]:
    """The hits worth showing: those of at least half the weight of the best."""
    top = max((value for _, value in weighed), default=0.0)
    return [hit for hit, value in weighed if value > 0 and value >= top / 2]
