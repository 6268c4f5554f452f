"""Checks a notice of the day or the hours of voting against what the election says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from core.lexicon import VotingFacts
from nlp.folding import Word, fold
from nlp.phrases import Hit, Reading

# The first letters of the months, folded, in Russian, Kazakh and English.
_MONTH_NAMES = (
    ("январ", "қаңтар", "januar"), ("феврал", "ақпан", "februar"), ("март", "наурыз", "march"),
    ("апрел", "сәуір", "april"), ("мая", "мамыр"), ("июн", "маусым", "june"),
    ("июл", "шілде", "july"), ("август", "тамыз", "august"),
    ("сентябр", "қыркүйек", "september"), ("октябр", "қазан", "october"),
    ("ноябр", "қараша", "november"), ("декабр", "желтоқсан", "december"),
)  # fmt: skip
_MONTHS = {fold(name): n for n, names in enumerate(_MONTH_NAMES, 1) for name in names}
_CLOSING = frozenset(map(fold, ("до", "дейін", "until", "till", "в", "at")))
_CLOSE = tuple(map(fold, ("закр", "жабыл", "close")))
# Until when to apply, to hand in a photo, to get a certificate: not the hours of voting.
_OTHER_DEADLINES = tuple(
    map(fold, ("заявлен", "өтініш", "открепит", "фото", "сурет", "комисси", "application"))
)
_CLOCK = re.compile(r"(\d{1,2})[:.]([0-5]\d)")
_HOUR_WORDS = tuple(map(fold, ("час", "утра", "вечер", "дня", "pm", "am")))
_AFTERNOON = tuple(map(fold, ("вечер", "дня", "pm")))
# A date further away than this is another election, not a wrong day of this one.
_NEARBY_DAYS = 21


def wrong_notices(reading: Reading, voting: VotingFacts) -> list[Hit]:
    """The notices whose day lies near voting day and is another, or whose closing hour is."""
    return [
        hit
        for hit in reading.of("notice")
        if _wrong_day(reading, hit, voting) or _wrong_closing(reading, hit, voting)
    ]


def _around(reading: Reading, hit: Hit) -> Sequence[Word]:
    return [
        word
        for number, word in enumerate(reading.words[: hit.end + 3])
        if number >= hit.start and reading.sentence_of[number] == hit.sentence
    ]


def _month(word: str) -> int:
    return next((number for name, number in _MONTHS.items() if word.startswith(name)), 0)


def _wrong_day(reading: Reading, hit: Hit, voting: VotingFacts) -> bool:
    words = _around(reading, hit)
    days = []
    for first, second in pairwise(words):
        day, month = first.folded, _month(second.folded)
        if month == 0 and _month(first.folded):
            day, month = second.folded, _month(first.folded)
        if month and day.isdecimal() and 1 <= int(day[:2]) <= 31:
            days.append((month, int(day[:2])))
    if not days or (voting.day.month, voting.day.day) in days:
        return False
    ordinal = voting.day.month * 31 + voting.day.day
    return all(abs(month * 31 + day - ordinal) <= _NEARBY_DAYS for month, day in days)


def _clock(words: Sequence[Word], number: int) -> tuple[int, int] | None:
    """The time of day that a word tells: 22:00, 3 pm, 15 часов, сағат 14."""
    word = words[number].folded
    if exact := _CLOCK.fullmatch(word):
        return int(exact.group(1)), int(exact.group(2))
    after = words[number + 1].folded if number + 1 < len(words) else ""
    before = words[number - 1].folded if number else ""
    if not (word.isdecimal() and len(word) <= 2):
        return None
    if not (after.startswith(_HOUR_WORDS) or before == fold("сағат")):
        return None
    hour = int(word)
    return (hour + 12 if after.startswith(_AFTERNOON) and hour < 12 else hour), 0


def _wrong_closing(reading: Reading, hit: Hit, voting: VotingFacts) -> bool:
    """The last hour named is said to be the closing one, and is not. Other deadlines exist too."""
    words = _around(reading, hit)
    if any(word.folded.startswith(_OTHER_DEADLINES) for word in words):
        return False
    clocks = [(n, clock) for n in range(len(words)) if (clock := _clock(words, n))]
    if not clocks:
        return False
    position, (hour, minute) = clocks[-1]
    if not {word.folded for word in words[: position + 4]} & _CLOSING:
        return False
    closes = any(word.folded.startswith(_CLOSE) for word in words)
    after = (hour, minute) > (voting.closes.hour, voting.closes.minute)
    before = hour >= 12 and (hour, minute) < (voting.closes.hour, voting.closes.minute)
    return hour < 24 and (after or (closes and before))
