"""Words as the lexicons compare them: one spelling for the many ways Kazakh and Russian are typed.

Kazakh with and without its letters, in any of its Latin alphabets, and Russian in Latin letters
fold to the same: `дауыс`, `dauys`, `daýys`, `dawıs` and `дауыc` are `дауис`. Patterns pass through
the same function, so a lexicon is written in ordinary spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

HEAD, TAIL = 14_000, 6_000
SENTENCE_ENDS = frozenset({".", "!", "?", "\n"})

# Runs of one sign are one word, so that a wall of exclamation marks costs nothing.
_WORD = re.compile(
    r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'ʼ`´][^\W\d_]+)*|\n[\s]*|([^\w\s]|_)\1*", re.UNICODE
)
_ABBREVIATIONS = frozenset({
    "г", "ул", "р", "н", "ж", "т", "тис", "млн", "млрд", "тг", "им", "обл", "пр", "д", "кв", "стр",
    "ст", "см", "др", "чел", "руб", "тел", "каб", "мкр", "мр", "мрс", "мс",
})  # fmt: skip
_SIGNS = {
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‟": '"', "'": '"', "‘": '"', "’": '"',
    "‹": '"', "›": '"', "—": "-", "–": "-", "‒": "-", "―": "-", "−": "-", "…": ".", "‐": "-",
    "#": "№",
}  # fmt: skip
_DIGRAPHS = (
    ("shch", "щ"), ("sch", "щ"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("gh", "г"), ("kh", "х"),
    ("yo", "ё"), ("yu", "ю"), ("ya", "я"),
)  # fmt: skip
_LATIN = str.maketrans({
    "a": "а", "á": "а", "ä": "а", "ă": "а", "ə": "а", "à": "а", "â": "а", "b": "б", "c": "к",
    "ç": "ч", "d": "д", "e": "е", "é": "е", "ë": "е", "f": "ф", "g": "г", "ǵ": "г", "ğ": "г",
    "h": "х", "ḥ": "х", "i": "и", "ı": "и", "í": "и", "ï": "и", "j": "ж", "k": "к", "l": "л",
    "m": "м", "n": "н", "ń": "н", "ñ": "н", "ŋ": "н", "o": "о", "ó": "о", "ö": "о", "ø": "о",
    "p": "п", "q": "к", "r": "р", "s": "с", "ş": "ш", "š": "ш", "t": "т", "u": "у", "ú": "у",
    "ü": "у", "ū": "у", "ů": "у", "ŭ": "у", "v": "в", "w": "у", "x": "х", "y": "и", "ý": "у",
    "z": "з", "ž": "ж",
})  # fmt: skip
# і, ы, й and и are one letter: Latin and letterless typing write them alike. So are ё, э and е.
_CYRILLIC = str.maketrans({
    "қ": "к", "ғ": "г", "ң": "н", "ү": "у", "ұ": "у", "ө": "о", "ә": "а", "і": "и", "һ": "х",
    "ы": "и", "й": "и", "ї": "и", "ё": "е", "э": "е", "є": "е", "ъ": None, "ь": None,
    "ц": "тс", "щ": "ш", "я": "иа", "ю": "иу", "’": None, "'": None, "ʼ": None, "`": None,
    "´": None, "\u0301": None, "\u0306": None, "\u0307": None,
})  # fmt: skip
_REPEATED = re.compile(r"([^\W\d_])\1+")
_LATIN_LETTER = re.compile("[a-zɐ-ʯà-ɏ]")


class Word(NamedTuple):
    """A word or sign of a normal text, half-open [start, end) in it."""

    start: int
    end: int
    folded: str
    title: bool


# Artificial intelligence is neither a doubled letter nor the Kazakh for month; "I" is not the
# Russian for "and", "me" not the Kazakh question.
_KEPT = {"ии": "ии", "ai": "ai", "i": "i", "me": "me"}


def fold(word: str) -> str:
    """The comparable form of one word; signs of one sort become one sign."""
    lowered = word.lower()
    if lowered[:1] in _SIGNS:
        return _SIGNS[lowered[:1]]
    if lowered in _KEPT:
        return _KEPT[lowered]
    if _REPEATED.search(lowered):
        lowered = _REPEATED.sub(r"\1", lowered)
    if _LATIN_LETTER.search(lowered):
        for latin, cyrillic in _DIGRAPHS:
            lowered = lowered.replace(latin, cyrillic)
        lowered = lowered.translate(_LATIN)
    # Партия, partiya and partia.
    folded = lowered.translate(_CYRILLIC).replace("ииа", "иа").replace("ииу", "иу")
    return folded.replace("нг", "н") or word[:1]


def words_of(text: str) -> list[Word]:
    """The words and signs of a text in order; of a very long one its head and its tail."""
    if len(text) <= HEAD + TAIL:
        return _words(text, 0, len(text))
    return _words(text, 0, HEAD) + _words(text, len(text) - TAIL, len(text))


def sentences_of(words: Sequence[Word]) -> list[int]:
    """The number of the sentence of each word; punctuation behind its end still belongs to it."""
    numbers, number, ended = [], 0, False
    for word in words:
        if word.folded in SENTENCE_ENDS:
            ended = True
        elif ended and not _is_punctuation(word.folded):
            number, ended = number + 1, False
        numbers.append(number)
    return numbers


def _is_punctuation(folded: str) -> bool:
    return len(folded) == 1 and unicodedata.category(folded)[0] == "P"


def _words(text: str, start: int, end: int) -> list[Word]:
    words: list[Word] = []
    for match in _WORD.finditer(text, start, end):
        raw = match.group()
        if raw[0] == "\n":
            folded, title = "\n", False
        elif match.group(1) is not None:
            folded, title = _sign(raw, words), False
        else:
            folded, title = _folded(raw)
        words.append(Word(match.start(), match.end(), folded, title))
    return words


@lru_cache(maxsize=100_000)
def _folded(raw: str) -> tuple[str, bool]:
    return fold(raw), _is_title(raw)


def _sign(raw: str, before: Sequence[Word]) -> str:
    """A sign; the full stop of an abbreviation or an initial does not end a sentence."""
    if raw == "." and before and before[-1].end - before[-1].start <= 4:
        last = before[-1].folded
        if last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()):
            return "·"
    return fold(raw[0])


def _is_title(raw: str) -> bool:
    return len(raw) > 1 and raw[0].isupper() and raw[1:].islower()
