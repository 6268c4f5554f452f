"""Finds the signals of a text: poll, voting_misinfo, vote_buying, intimidation, abuse.

Each is evidence in log-odds from the hits of the lexicons, and frames that take it away: a debunk,
a prohibition, a vote that is not public, another country. The score is logistic in the evidence:
at THRESHOLD it is 0.6, below it the signal is not there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.lexicon import VotingFacts
from core.model import Annotation, Signal, Stance
from core.ports import Document
from nlp.frames import questions
from nlp.notices import wrong_notices
from nlp.phrases import Hit, PhraseReader, Reading, spans_of

THRESHOLD = 2.4
_HALF = 2.0


@dataclass(frozen=True, slots=True)
class _Finding:
    signal: Signal
    evidence: float
    hits: Sequence[Hit]
    stance: Stance | None = None


class SignalDetector:
    """One `signal` annotation for each signal that is there, with its spans.

    `data.stance` says, for vote_buying and intimidation, whether the writer commits it or reports
    it; it is absent where that is unclear. With `voting`, notices of another day or other hours
    are misinformation.
    """

    name = "signals.lexicon"

    def __init__(self, reader: PhraseReader, voting: VotingFacts | None = None) -> None:
        self._reader = reader
        self._voting = voting
        told = "" if voting is None else f"-{voting.day}-{voting.opens:%H%M}-{voting.closes:%H%M}"
        self.version = f"1-{reader.version}{told}"

    def detect(self, document: Document) -> Sequence[Annotation]:
        """The signals found; none is an empty list."""
        reading = self._reader.read(document)
        found = [
            _poll(reading),
            _misinfo(reading, self._voting),
            _buying(reading),
            _intimidation(reading),
            _abuse(reading),
        ]
        return [
            Annotation(
                self.name,
                self.version,
                "signal",
                finding.signal,
                round(1 / (1 + math.exp(_HALF - finding.evidence)), 4),
                spans_of(document, reading, finding.hits),
                {"stance": finding.stance} if finding.stance else {},
            )
            for finding in found
            if finding is not None and finding.evidence >= THRESHOLD
        ]


def _near(sentences: Iterable[int], reach: int = 1) -> set[int]:
    return {s + step for s in sentences for step in range(-reach, reach + 1)}


def _in(hits: Iterable[Hit], sentences: set[int]) -> list[Hit]:
    return [hit for hit in hits if hit.sentence in sentences]


def _sum(hits: Sequence[Hit]) -> float:
    """Each group once: the best hit in full, further groups at half."""
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.group] = max(best.get(hit.group, 0.0), hit.weight)
    ordered = sorted(best.values(), reverse=True)
    return ordered[0] + sum(ordered[1:]) / 2 if ordered else 0.0


def _is_private_vote(reading: Reading) -> bool:
    return bool(reading.of("nonpublic")) and not reading.named


# --- poll ----------------------------------------------------------------------------------------


def _poll(reading: Reading) -> _Finding | None:
    """Figures, and that they are intentions or a forecast, near each other."""
    if reading.of("foreign") or _is_private_vote(reading):
        return None
    asked, intended = reading.of("poll"), reading.of("intention")
    shares = reading.of("share")
    if not shares and not (asked and intended and _counts(reading) >= 2):
        return None
    sides = len({hit.start for hit in intended})
    political = reading.named or reading.of("topic") or (asked and sides >= 2)
    near = _near({hit.sentence for hit in shares}) if shares else _near(reading.sentences("poll"))
    asked, intended = _in(asked, near), _in(intended, near)
    if not political or not (asked or intended):
        return None
    if reading.sentences("law") & {hit.sentence for hit in asked}:
        return None
    evidence = 1.2 * bool(shares) + 1.4 * bool(asked) + 1.0 * bool(intended)
    evidence += 0.4 * bool(reading.named)
    if not asked and reading.of("figures"):
        evidence -= 2.0
    return _Finding("poll", evidence, [*shares, *asked, *intended])


def _counts(reading: Reading) -> int:
    return sum(word.folded.isdecimal() for word in reading.words)


# --- voting_misinfo ------------------------------------------------------------------------------

# These say themselves that something is forbidden: a prohibition beside them takes nothing away.
_ABOUT_RIGHTS = frozenset({"who_may", "how"})


def _misinfo(reading: Reading, voting: VotingFacts | None) -> _Finding | None:
    if reading.of("debunk") or reading.of("foreign") or _is_private_vote(reading):
        return None
    barred = reading.sentences("law")
    asked = questions(reading)
    kept = [
        hit for hit in reading.of("misinfo")
        if (hit.sentence not in barred or hit.group in _ABOUT_RIGHTS) and hit.sentence not in asked
    ]  # fmt: skip
    kept += wrong_notices(reading, voting) if voting is not None else []
    return _Finding("voting_misinfo", _sum(kept), kept) if kept else None


# --- vote_buying, intimidation -------------------------------------------------------------------


def _buying(reading: Reading) -> _Finding | None:
    if _is_private_vote(reading) or not (reading.of("vote_word", "topic") or reading.named):
        return None
    phrases = _outside_law(reading, reading.of("buying"))
    goods = reading.of("goods")
    near = _near(hit.sentence for hit in goods)
    given = _in(reading.of("giving", "committing"), near)
    votes = _in(reading.of("vote_word"), near)
    crimes = _outside_law(reading, reading.of("crime"))
    evidence = _sum(phrases)
    hits = list(phrases)
    if goods and given and votes and not reading.of("law"):
        evidence += 1.5 + 0.6 * bool(reading.of("call"))
        hits += [*goods, *given]
    concrete = bool(reading.sentences("reporting") & {hit.sentence for hit in crimes})
    if crimes and concrete:
        evidence += 2.4
        hits += crimes
    if reading.of("debunk"):
        evidence -= 2.0
    return _Finding("vote_buying", evidence, hits, _stance(reading, hits)) if hits else None


def _intimidation(reading: Reading) -> _Finding | None:
    if _is_private_vote(reading):
        return None
    phrases = _outside_law(reading, reading.of("pressure"))
    near = _near(reading.sentences("unless"))
    threats = _outside_law(reading, _in(reading.of("threat"), near))
    about_vote = reading.of("vote_word", "topic")
    evidence, hits = _sum(phrases), list(phrases)
    if threats and about_vote:
        conditions = _in(reading.of("unless"), _near(hit.sentence for hit in threats))
        evidence += 1.4 * bool(threats) + 1.4 * bool(conditions)
        hits += [*threats, *conditions]
    if reading.of("debunk"):
        evidence -= 2.0
    return _Finding("intimidation", evidence, hits, _stance(reading, hits)) if hits else None


def _outside_law(reading: Reading, hits: Sequence[Hit]) -> list[Hit]:
    """Without what stands beside "is forbidden", unless somebody was seen doing it.

    "They want to buy your vote? Tell the police" is advice as well.
    """
    done = reading.sentences("news", "reporting") - reading.sentences("condition")
    barred = reading.sentences("law") - done
    if reading.of("law"):
        barred |= questions(reading)
    return [hit for hit in hits if hit.sentence not in barred]


def _stance(reading: Reading, hits: Sequence[Hit]) -> Stance | None:
    """Who does it: the writer, or somebody the writer tells about; None where both or neither."""
    near = _near(hit.sentence for hit in hits)
    reported = _in(reading.of("reporting", "report", "hearsay"), near)
    committed = _in(reading.of("committing"), near)
    told = _in(reading.of("report", "hearsay"), near)
    if reported and (told or not committed):
        return "reports"
    spoken = committed or reading.of("call") or _in(reading.of("second"), near)
    return "commits" if spoken else None


# --- abuse ---------------------------------------------------------------------------------------


def _abuse(reading: Reading) -> _Finding | None:
    hits = reading.of("abuse")
    if not hits or reading.sentences("law") & {hit.sentence for hit in hits}:
        return None
    return _Finding("abuse", _sum(hits), hits)
