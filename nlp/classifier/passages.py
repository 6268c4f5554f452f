"""A call beside much else: passages around a name are read by themselves.

One nudge changes what a text is (nlp/training/GUIDE.md, D30), but a model of whole texts passes
over one among town news: of 1,643 campaigning posts held out, put behind real news of no election,
219 were missed, and 102 of these are found so. Of 4,481 posts as they stand 49 are raised, 21 of
them rightly. A text that is surely a report stays one, since the calls in it are quoted: raising
these as well found one of the 219 more, and raised two posts more as they stand, wrongly. So does
a text whose whole has next to no share of campaigning: reading these as well found 12 of the 219
more, and raised 15 posts more as they stand, one of them rightly.
The figures are of the network before its layers were made narrower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.model import KINDS
from nlp.classifier.explain import Stretch, sentences_of
from nlp.classifier.model import Scores, TextModel
from nlp.classifier.text import Reading

MOST_PASSAGES = 12
# A text with more of news_report than this is surely a report.
SURE_REPORT = 0.9
# A whole with less of campaigning than this is not read again.
LEAST_SHARE = 0.02
_CAMPAIGNING, _NEWS = KINDS.index("campaigning"), KINDS.index("news_report")


def read_passages(
    model: TextModel, reading: Reading, places: Sequence[tuple[int, int]]
) -> tuple[Scores, Stretch | None]:
    """Scores of a text and of the tone at each place, in code points of the original.

    Where the whole neither campaigns nor surely does not, and a passage around a place surely
    campaigns, the kind's share of campaigning is the passage's; its stretch of `reading.text` comes
    with it.
    """
    whole = model.scores(reading, places)
    is_sure = whole.kind[_NEWS] > SURE_REPORT or whole.kind[_CAMPAIGNING] < LEAST_SHARE
    if is_sure or whole.best == _CAMPAIGNING:
        return whole, None
    best, where = 0.0, None
    for stretch in _around(reading, places):
        share = model.scores(_part(reading, stretch)).kind[_CAMPAIGNING]
        if share > best:
            best, where = share, stretch
    if where is None or best < 0.5 or model.calibration.abstains(best):
        return whole, None
    return replace(whole, kind=_raised(whole.kind, best)), where


def _around(reading: Reading, places: Sequence[tuple[int, int]]) -> list[Stretch]:
    """The sentence of each place, alone and with either neighbour or both; never the whole text."""
    parts = sentences_of(reading.text)
    read = [reading.place(*place) for place in places]
    starts = [start for start, end in read if start < end]
    found: dict[Stretch, None] = {}
    for number, (start, end) in enumerate(parts):
        if any(start <= at < end for at in starts):
            before = parts[max(0, number - 1)][0]
            after = parts[min(len(parts) - 1, number + 1)][1]
            several = [(start, end), (before, end), (start, after), (before, after)]
            found |= dict.fromkeys(several)
    if parts:
        found.pop((parts[0][0], parts[-1][1]), None)
    return list(found)[:MOST_PASSAGES]


def _part(reading: Reading, stretch: Stretch) -> Reading:
    start, end = stretch
    return Reading(reading.text[start:end], reading.origin[start : end + 1])


def _raised(shares: Sequence[float], campaigning: float) -> list[float]:
    rest = (1 - campaigning) / (1 - shares[_CAMPAIGNING])
    raised = [share * rest for share in shares]
    raised[_CAMPAIGNING] = campaigning
    return raised
