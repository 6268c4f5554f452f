"""The line "against all" of a ballot: «против всех», «бәріне қарсы», where a vote is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINES = re.compile(
    r"\bпротив\s+всех(?:\s+кандидат\w*)?"
    r"|\bб[әа]р[іи]не\s+(?:де\s+)?[қк]арсы"
    r"|\bбарлы[ғг]ына\s+[қк]арсы|\bбарлы[қк]\s+\w+[ғгқк][ае]\s+[қк]арсы"
    r"|\bb[aä]r[iı]ne\s+qarsy|\bbarly[gğǵ]yna\s+qarsy|\bagainst\s+all\b(?:\s+candidates)?",
    re.IGNORECASE,
)
_VOTING = re.compile(
    r"\b(?:(?:про)?голос|выбор|бюллетен|граф[аеуы]|кандидат|сайла|дауыс|участ[ок]|парти|"
    r"[үу]м[іи]ткер|избират|ballot|vot[ei]|election|candidate|sa[iıy]la|dau[yı]s|daýys)",
    re.IGNORECASE,
)
_NOT_A_BALLOT = re.compile(r"(?:один|одна|одни|жалғыз|жалгыз|все|всё|я|он|она)\W+$", re.IGNORECASE)
_REACH = 200
# Cheap tests before the patterns are tried.
HINTS = ("против", "карсы", "against", "агаинст")


class AgainstAll(NamedTuple):
    """[start, end) in the normalised text."""

    start: int
    end: int
    score: float


def find(normal: str) -> Iterator[AgainstAll]:
    """Every such line in whose neighbourhood a vote is spoken of."""
    for match in _LINES.finditer(normal):
        before = normal[max(0, match.start() - _REACH) : match.start()]
        near = before + " " + normal[match.end() : match.end() + _REACH]
        if "кандидат" in match[0].lower() or _VOTING.search(near):
            is_doubtful = _NOT_A_BALLOT.search(before[-12:])
            if not is_doubtful:
                yield AgainstAll(match.start(), match.end(), 0.92)
