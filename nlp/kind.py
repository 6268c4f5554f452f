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
from nlp.phrases import Hit, PhraseReader, Reading, spans_of

MOVING = (
    "call", "call_against", "endorsement", "promise", "standing", "slogan", "invitation",
    "thanks", "attack", "insinuation",
)  # fmt: skip
INFORMING = ("civic", "turnout", "explain", "law", "debunk", "misinfo")
REPORTING = ("report", "news", "figures")
NEITHER = ("nonpublic", "homonym", "stay_away", "hearsay")

# Softmax over the sums divided by this: measured on the development set (tests/nlp/data), scores
# of 0.9 and more are right about as often as they say.
TEMPERATURE = 1.15
# Below it a person decides.
ABSTAIN_BELOW = 0.5
# With nothing found at all, a text is `other`.
NOTHING = 2.2
# What a hit keeps inside reported speech, beside a prohibition, in a vote that is not public.
IN_REPORT, BESIDE_LAW, NOT_PUBLIC = 0.2, 0.25, 0.15
# Roles that say little unless a name, a party or an election is near.
WEAK = frozenset({"promise", "insinuation", "thanks", "attack", "slogan"})


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
        abstained = score < ABSTAIN_BELOW or not reading.words
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
    public = _is_public(reading)
    frames = _Frames(reading, public)
    moving = [(hit, hit.weight * frames.keeps(hit)) for hit in reading.of(*MOVING)]
    moving = [(hit, value) for hit, value in moving if value > 0]
    informing = [(hit, hit.weight * frames.informs(hit)) for hit in reading.of(*INFORMING)]
    reporting = [(hit, hit.weight * frames.reports(hit)) for hit in reading.of(*REPORTING)]
    neither = [(hit, hit.weight * frames.dismisses(hit)) for hit in reading.of(*NEITHER)]
    sums = {
        "campaigning": _sum(moving) + frames.address_bonus(moving),
        "civic_info": _sum(informing),
        "news_report": _sum(reporting),
        "other": NOTHING - 0.7 * public + _sum(neither),
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


def _is_public(reading: Reading) -> float:
    """How sure it is that a public election is the matter: 0, or from 0.5 up to 1."""
    topics = reading.of("topic")
    if reading.named:
        return 1.0
    if not topics:
        return 0.0
    strength = sum({(hit.group, hit.start): hit.weight for hit in topics}.values())
    return min(0.4 + 0.2 * strength, 1.0)


class _Frames:
    """What surrounds a hit, sentence by sentence."""

    def __init__(self, reading: Reading, public: float) -> None:
        self._reading = reading
        self._public = public
        self._reported = reading.sentences("report")
        self._law = reading.sentences("law")
        self._debunked = reading.sentences("debunk")
        self._events = reading.sentences("news", "figures")
        self._strong = reading.sentences("call", "call_against")
        self._nonpublic = bool(reading.of("nonpublic", "homonym")) and not reading.named
        self._first_person = bool(reading.of("standing")) or any(
            hit.group == "my_vote" for hit in reading.of("endorsement")
        )

    def keeps(self, hit: Hit) -> float:
        """What a hit that moves voters is still worth here."""
        value = 1.0
        in_quotes = hit.start in self._reading.quoted
        reported = hit.sentence in self._reported or (
            in_quotes and bool({hit.sentence - 1, hit.sentence + 1} & self._reported)
        )
        if reported and not (self._first_person and hit.role in {"endorsement", "standing"}):
            value *= IN_REPORT
        if hit.sentence in self._law:
            value *= BESIDE_LAW
        if hit.sentence in self._debunked:
            value *= 0.5
        if self._nonpublic:
            value *= NOT_PUBLIC if self._public < 1.0 else 0.5
        if hit.role in WEAK:
            value *= max(self._public, 0.3)
        return value

    def informs(self, hit: Hit) -> float:
        """What a hit that informs is worth: nothing without an election."""
        if self._nonpublic:
            return 0.2 * self._public
        if hit.role in {"debunk", "explain", "law"}:
            return self._public if self._public >= 0.5 else 0.0
        return 1.0 if self._public or hit.role == "turnout" else 0.5

    def reports(self, hit: Hit) -> float:
        """What a hit that reports is worth: a source alone, without an election, is nothing."""
        if not self._public:
            return 0.0
        value = self._public * (0.3 if self._nonpublic else 1.0)
        if hit.sentence in self._strong and hit.role == "news":
            value *= 0.6
        return value

    def dismisses(self, hit: Hit) -> float:
        """What a sign of something else is worth."""
        if hit.role == "hearsay":
            return 1.0 if not self._events else 0.4
        if hit.role in {"nonpublic", "homonym"}:
            return 0.5 if self._reading.named else 1.0
        return 1.0

    def address_bonus(self, moving: Sequence[tuple[Hit, float]]) -> float:
        """The public is addressed, and something moves it."""
        if not any(value >= 1.0 for _, value in moving):
            return 0.0
        return 0.6 if self._reading.of("address") else 0.0
