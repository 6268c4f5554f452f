"""Decides the kind of a text: campaigning, civic_info, news_report or other, or abstains.

Every hit of the lexicons is evidence in log-odds for a kind. Frames change what a hit is worth: a
call inside reported speech is news, a call beside "is forbidden" is information, a vote in a class
or a show is neither. The score is the softmax of the four sums, with the temperature below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.model import KINDS, Annotation
from core.ports import Document
from nlp.phrases import Hit, PhraseReader, Reading, spans_of

MOVING = (
    "call", "call_against", "endorsement", "promise", "pledge", "standing", "slogan", "motto",
    "invitation", "thanks", "attack", "insinuation",
)  # fmt: skip
INFORMING = (
    "civic", "turnout", "order", "explain", "law", "debunk", "misinfo", "about_marking",
)  # fmt: skip
REPORTING = ("report", "news", "figures", "poll")
NEITHER = ("nonpublic", "homonym", "stay_away", "hearsay")

# Softmax over the sums divided by this: measured on the development set (tests/nlp/data), scores
# of 0.9 and more are right about as often as they say.
TEMPERATURE = 1.15
NEGATIONS = frozenset({"не", "нот"})
# Below it a person decides.
ABSTAIN_BELOW = 0.5
# With nothing found at all, a text is `other`.
NOTHING = 2.2
# An election being the matter takes this from `other`.
AN_ELECTION = 1.3
# A hit that moves voters, worth this much after its frames, takes sides.
TAKES_SIDES = 2.0
# From here on, the manner of writing says something of itself: who is addressed about somebody who
# stands, told what others did, or instructed.
SURE_ELECTION = 0.6
ADDRESSED, TOLD, INSTRUCTED = 1.3, 1.4, 1.2
# What a hit keeps inside reported speech, beside a prohibition, in a vote that is not public, in
# another country.
IN_REPORT, BESIDE_LAW, NOT_PUBLIC, ELSEWHERE = 0.2, 0.25, 0.15, 0.3
# Roles that say little unless a name, a party or an election is near.
WEAK = frozenset({"pledge", "insinuation", "thanks", "attack", "motto"})
# Their words may look like a source ("lied", "said a lie"): what they cover is no report.
DISCREDITING = frozenset({"attack", "insinuation", "call_against"})


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
    frames = _Frames(reading)
    moving = [(hit, hit.weight * frames.moves(hit)) for hit in reading.of(*MOVING)]
    sides = any(value >= TAKES_SIDES for _, value in moving)
    informing = [(hit, hit.weight * frames.informs(hit, sides)) for hit in reading.of(*INFORMING)]
    reporting = [(hit, hit.weight * frames.reports(hit)) for hit in reading.of(*REPORTING)]
    neither = [(hit, hit.weight * frames.dismisses(hit)) for hit in reading.of(*NEITHER)]
    if not sides:
        neither += frames.bare_offers() + frames.bare_insults()
    manner = _manner(reading, frames.election)
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


def _is_public(reading: Reading) -> float:
    """How sure it is that a public election is the matter: 0, or from 0.5 up to 1."""
    if reading.of("legislating") and not reading.of("election_word", "call", "standing"):
        return 0.3
    if reading.named:
        return 1.0
    strength = sum({(hit.group, hit.start): hit.weight for hit in reading.of("topic")}.values())
    if reading.of("misinfo", "pressure", "crime", "buying"):
        strength += 1.0
    return min(0.4 + 0.2 * strength, 1.0) if strength else 0.0


def questions(reading: Reading) -> set[int]:
    """Sentences that end in a question mark: asking is not stating."""
    return {
        number
        for word, number in zip(reading.words, reading.sentence_of, strict=True)
        if word.folded == "?"
    }


def _sources(reading: Reading) -> list[Hit]:
    """The reports that are not part of something said against somebody."""
    against = reading.of(*DISCREDITING)
    return [
        hit
        for hit in reading.of("report")
        if not any(other.start <= hit.start <= other.end for other in against)
    ]


@dataclass(frozen=True, slots=True)
class _Manner:
    """What the way of writing says where an election is the matter."""

    partisan: float = 0.0
    instructive: float = 0.0
    detached: float = 0.0


def _manner(reading: Reading, election: float) -> _Manner:
    """Speaking to the reader of somebody who stands, of how to vote, or of what others did."""
    if election < SURE_ELECTION or reading.of("hearsay"):
        return _Manner()
    spoken = not reading.of("report", "foreign") and (
        any(hit.start not in reading.quoted for hit in reading.of("second", "first"))
        or any(word.folded in {"!", "?"} for word in reading.words)
    )
    runs = reading.named or any(hit.group == "stander" for hit in reading.of("topic"))
    procedure = bool(reading.of("procedure"))
    if not spoken:
        informs = procedure and bool(reading.of("modal", "law"))
        return _Manner(
            detached=election * (TOLD if reading.of("third") else TOLD / 2),
            instructive=election * INSTRUCTED * informs,
        )
    return _Manner(
        partisan=election * (ADDRESSED if runs and not procedure else ADDRESSED / 2) * runs,
        instructive=election * INSTRUCTED * (procedure and not reading.named),
    )


class _Frames:
    """What surrounds a hit, sentence by sentence."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.public = _is_public(reading)
        self._reported = {hit.sentence for hit in _sources(reading)}
        self._law = reading.sentences("law")
        self._debunked = reading.sentences("debunk")
        self._events = reading.sentences("news", "figures")
        self._neutral = bool(reading.of("neutral"))
        self._spoken = bool(reading.of("second")) and not self._reported
        self._elsewhere = bool(reading.of("foreign")) and not reading.named
        self._asked = questions(reading)
        self._insults = reading.sentences("abuse")
        self._hearsay = bool(reading.of("hearsay"))
        strong = any(hit.weight > 1.0 for hit in reading.of("topic"))
        aside = reading.of("nonpublic", "homonym")
        sure = any(hit.group == "surely_nonpublic" for hit in aside)
        self._private = bool(aside) and not reading.named and (sure or not strong)
        self._flash = any(hit.group == "news_flash" for hit in reading.of("news"))
        self.election = 0.0 if self._private else self.public
        self._own_choice = bool(reading.of("standing")) or any(
            hit.group == "my_vote" for hit in reading.of("endorsement")
        )

    def _is_reported(self, hit: Hit) -> bool:
        if hit.role in {"endorsement", "standing"} and self._own_choice:
            return False
        beside = {hit.sentence - 1, hit.sentence + 1} & self._reported
        return hit.sentence in self._reported or (
            hit.start in self._reading.quoted and bool(beside)
        )

    def moves(self, hit: Hit) -> float:
        """What a hit that moves voters is still worth here."""
        value = IN_REPORT if self._is_reported(hit) else 1.0
        if hit.sentence in self._law:
            value *= BESIDE_LAW
        if hit.sentence in self._debunked:
            value *= 0.5
        if self._private:
            value *= NOT_PUBLIC
        if self._elsewhere:
            value *= ELSEWHERE
        if self._neutral and hit.role == "call":
            value *= 0.3
        if hit.sentence in self._asked and hit.role not in {"insinuation", "attack"}:
            value *= 0.5
        if hit.role == "attack" and (hit.sentence in self._insults or hit.sentence in self._events):
            value *= 0.5
        if hit.role in WEAK:
            value *= max(self.public, 0.3)
        return value

    def informs(self, hit: Hit, sides: bool) -> float:
        """What a hit that informs is worth: less without an election, or beside a call."""
        if self._private:
            return 0.2 * self.public
        if hit.role in {"debunk", "explain", "law", "about_marking"} and self.public < 0.5:
            return 0.0
        value = 1.0
        if hit.role == "turnout" and (sides or self._reading.of("share")):
            value = 0.4
        if hit.role == "misinfo":
            value = 0.3 if self._hearsay else 0.6 if self._flash else 1.0
        elif hit.role not in {"turnout", "order", "debunk"} and hit.sentence in self._events:
            value *= 0.5
        return value if self.public or hit.role == "turnout" else 0.5 * value

    def reports(self, hit: Hit) -> float:
        """What a hit that reports is worth: a source alone, without an election, is nothing."""
        value = max(self.public, 0.75) if self.public else 0.0
        value *= 0.3 if self._private else 1.0
        if hit.role == "poll":
            return value if self._reading.of("share") and not self._hearsay else 0.0
        if hit.role == "news" and self._spoken:
            value *= 0.7
        return value * (0.5 if self._hearsay and hit.role in {"report", "news"} else 1.0)

    def quoted_bonus(self) -> float:
        """A call that somebody else is said to have made is something that happened."""
        quoted = [hit for hit in self._reading.of(*MOVING) if self._is_reported(hit)]
        told = self._reading.of("buying", "pressure", "crime") and self._reported
        return self.public * (1.2 * bool(quoted) + 1.2 * bool(told and not self._hearsay))

    def dismisses(self, hit: Hit) -> float:
        """What a sign of something else is worth."""
        if hit.role == "hearsay":
            return 0.4 if self._events else 1.0
        if hit.role in {"nonpublic", "homonym"}:
            return 1.0 if self._private else 0.3
        before = self._reading.words[hit.start - 1].folded if hit.start else ""
        return 0.0 if before in NEGATIONS else 1.0

    def bare_offers(self) -> list[tuple[Hit, float]]:
        """An offer or a threat over a vote that takes no side is neither campaigning nor news."""
        if self._reading.of("order"):
            return []
        committed = self._reading.sentences("committing", "hearsay") - self._events
        found = self._reading.of("buying") + (
            self._reading.of("threat") if self._reading.of("unless") else []
        )
        return [(hit, 2.0) for hit in found if hit.sentence in committed]

    def bare_insults(self) -> list[tuple[Hit, float]]:
        """An insult without a call, by the writer's own hand."""
        told = self._reported | self._events
        return [(hit, 1.5) for hit in self._reading.of("abuse") if hit.sentence not in told]

    def address_bonus(self, moving: Sequence[tuple[Hit, float]]) -> float:
        """The public is addressed, and something moves it."""
        moved = any(value >= 1.0 for _, value in moving)
        return 0.6 if moved and self._reading.of("address") else 0.0
