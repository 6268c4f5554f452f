"""What stands around a hit, and what the hit is worth there.

A call inside reported speech is news, beside "is forbidden" information, in a vote of a class or a
show nothing. Each method answers with a factor for the weight of a hit of its sort.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.phrases import Hit, Reading

MOVING = (
    "call", "call_against", "endorsement", "promise", "pledge", "standing", "slogan", "motto",
    "invitation", "thanks", "attack", "insinuation",
)  # fmt: skip
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
NEGATIONS = frozenset({"не", "нот"})


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
class Manner:
    """What the way of writing says where an election is the matter."""

    partisan: float = 0.0
    instructive: float = 0.0
    detached: float = 0.0


def manner_of(reading: Reading, election: float) -> Manner:
    """Speaking to the reader of somebody who stands, of how to vote, or of what others did."""
    if election < SURE_ELECTION or reading.of("hearsay"):
        return Manner()
    spoken = not reading.of("report", "foreign") and (
        any(hit.start not in reading.quoted for hit in reading.of("second", "first"))
        or any(word.folded in {"!", "?"} for word in reading.words)
    )
    runs = reading.named or any(hit.group == "stander" for hit in reading.of("topic"))
    procedure = bool(reading.of("procedure"))
    if not spoken:
        informs = procedure and bool(reading.of("modal", "law"))
        return Manner(
            detached=election * (TOLD if reading.of("third") else TOLD / 2),
            instructive=election * INSTRUCTED * informs,
        )
    return Manner(
        partisan=election * (ADDRESSED if runs and not procedure else ADDRESSED / 2) * runs,
        instructive=election * INSTRUCTED * (procedure and not reading.named),
    )


class Frames:
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
        asked = bool(reading.of("call", "call_against", "promise", "standing"))
        aside = [
            hit
            for hit in reading.of("nonpublic", "homonym")
            if not (asked and hit.group == "sports")
        ]
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
