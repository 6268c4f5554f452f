"""Text as people write it to text as programs expect it, with a map back to the original.

Repaired: NFC, stray combining marks, invisible characters, odd blanks, full-width and "fancy"
letters, and letters of one alphabet hidden in words of another. Letter case, line breaks, typed
quotes and dashes stay. Spelling is left alone: "г.о.л.о.с" stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

KAZAKH_LETTERS = "әғқңөұүһіӘҒҚҢӨҰҮҺІ"

# Removed: soft hyphen, joiners, direction marks, BOM, variation selectors, tags, C0/C1 controls.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
)
_BLANKS = "\x0b\x0c\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
_BREAKS = "\x85\u2028\u2029"
# General combining marks only: those of Arabic, Hebrew or Indic scripts carry sense.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\ua66f-\ua672"
)
# Letters that NFKC turns into plain ones: ligatures, full-width, circled, squared, mathematical.
_COMPATIBLE = "\ufb00-\ufb06\uff01-\uff5e\u24b6-\u24e9\U0001d400-\U0001d7ff\U0001f130-\U0001f149"
_NEGATIVE = "\U0001f150-\U0001f169\U0001f170-\U0001f189"  # white on black: no decomposition at all
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_HYPHENS = "\u2010-\u2012\u2043\ufe63\uff0d"

_ODD = re.compile(
    f"[{_INVISIBLE}{_BLANKS}{_BREAKS}{_MARKS}{_COMPATIBLE}{_NEGATIVE}{_HYPHENS}"
    f"{''.join(_SMALL_CAPITALS)}]"
)
_MARK = re.compile(f"[{_MARKS}]")

_CYRILLIC = "\u0400-\u052f"
_FOREIGN = "A-Za-z\u00c0-\u024f\u0250-\u02af\u0370-\u03ff"  # Latin, IPA, Greek
# A foreign letter next to a Cyrillic one, or alone; a digit inside a Cyrillic word; a twin. It
# starts with one set of characters, because that is what `re` skips through quickly.
_SUSPECT = re.compile(
    f"[{_FOREIGN}03ѲѳҝҜҡҠӄӃӈӇҥҤӊӉӛӚ](?:(?<=[{_FOREIGN}])(?:(?<=[{_CYRILLIC}].)|(?=[{_CYRILLIC}]))"
    "|(?<=(?<![^\\W_])[AaOoCcIiƏə])(?![^\\W_])|(?<=[а-яё][03])(?=[а-яё])|(?<=[Ѳ-ѳҜҝҠҡӃӄӇӈҤҥӉӊӚӛ]))",
    re.DOTALL,
)
_HAS_CYRILLIC = re.compile(f"[{_CYRILLIC}]")
_WORD = re.compile(f"[{_CYRILLIC}{_FOREIGN}03]+")

# Foreign letters that look like Cyrillic ones in any common typeface, those of Kazakh included.
_TO_CYRILLIC = dict(
    zip(
        "AaBCcEeHIiKkMOoPpTXxYyhƏəƟɵθΘΑΒΕΗΙΚΜΟΡΤΧαοεΥγκıķĶņŊŋÖöëËïÏ",
        "АаВСсЕеНІіКкМОоРрТХхУуһӘәӨөөӨАВЕНІКМОРТХаоеҮүкіқҚңҢңӨөёЁїЇ",
        strict=True,
    )
)
_OPEN_TO_CYRILLIC = {**_TO_CYRILLIC, **dict(zip("bmntuwgrN3", "вмптишггИз", strict=True))}
_TO_LATIN = {
    cyrillic: latin
    for latin, cyrillic in _TO_CYRILLIC.items()
    if latin.isascii() and cyrillic not in "һӘәӨө"
}
# Letters of neighbours' alphabets, typed for want of the Kazakh ones.
_KAZAKH_TWINS = dict(zip("ѲѳҝҜҡҠӄӃӈӇҥҤӊӉӛӚ", "ӨөқҚқҚқҚңҢңҢңҢәӘ", strict=True))
_DIGITS = {"0": "о", "3": "з"}


def normalise(text: str) -> tuple[str, Sequence[int]]:
    """The text repaired, and for each of its code points the index it came from, len(text) last."""
    if text.isascii() and not _ODD.search(text):
        return text, range(len(text) + 1)
    if unicodedata.is_normalized("NFC", text) and not _ODD.search(text):
        return _unmix(text), range(len(text) + 1)
    characters, origin = _repair(text)
    origin.append(len(text))
    return _unmix("".join(characters)), origin


def _repair(text: str) -> tuple[list[str], list[int]]:
    """Characters and their origins, composed and rid of what nobody sees."""
    characters: list[str] = []
    origin: list[int] = []
    for start, end in _clusters(text):
        for character in _plain(text[start:end]):
            characters.append(character)
            origin.append(start)
    return characters, origin


def _clusters(text: str) -> Iterable[tuple[int, int]]:
    """Stretches that normalise together: a character and the combining marks behind it."""
    start = 0
    for index in range(1, len(text) + 1):
        if index < len(text) and (
            unicodedata.combining(text[index])
            or _MARK.match(text[index])
            or "\u1161" <= text[index] <= "\u11ff"  # a Hangul vowel joins what stands before it
        ):
            continue
        if start < index:
            yield start, index
        start = index


def _plain(cluster: str) -> str:
    return unicodedata.normalize("NFC", cluster).translate(_plain_table())


@cache
def _plain_table() -> dict[int, str]:
    """What becomes of each odd character, keyed as `str.translate` wants it."""
    table = {ord(character): letter for character, letter in _SMALL_CAPITALS.items()}
    for characters, becomes in ((_BLANKS, " "), (_BREAKS, "\n"), (_HYPHENS, "-")):
        table.update((code, becomes) for code in _codes(characters))
    for code in _codes(_COMPATIBLE):
        table[code] = unicodedata.normalize("NFKC", chr(code))
    for code in _codes(_NEGATIVE):
        first = 0x1F150 if code < 0x1F170 else 0x1F170
        table[code] = chr(ord("A") + code - first)
    table.update((code, "") for code in _codes(_INVISIBLE + _MARKS))
    return table


def _codes(characters: str) -> Iterable[int]:
    """The code points of a set written as in a regular expression: "a-cx"."""
    for part in re.findall("(.)(?:-(.))?", characters, re.DOTALL):
        yield from range(ord(part[0]), ord(part[1] or part[0]) + 1)


def _unmix(text: str) -> str:
    """Every word in one alphabet; the length never changes."""
    if text.isascii() or not _HAS_CYRILLIC.search(text) or not _SUSPECT.search(text):
        return text
    return _WORD.sub(_unmixed_word, text)


def _unmixed_word(match: re.Match[str]) -> str:
    word = match[0]
    cyrillic = [c for c in word if "\u0400" <= c <= "\u052f"]
    foreign = [c for c in word if c.isalpha() and not "\u0400" <= c <= "\u052f"]
    if not cyrillic:
        return _lone_letter(match) if len(word) == 1 else word
    table = _OPEN_TO_CYRILLIC if _is_scattered(word) else _TO_CYRILLIC
    is_rooted = any(c not in _TO_LATIN for c in cyrillic) or len(cyrillic) >= len(foreign)
    if is_rooted and all(c in table for c in foreign):
        return _fix_digits("".join(table.get(c, c) for c in word))
    if all(c in _TO_LATIN for c in cyrillic):
        return "".join(_TO_LATIN.get(c, c) for c in word)
    return word  # "Facebookта": a foreign word with an ending


def _fix_digits(word: str) -> str:
    twins = "".join(_KAZAKH_TWINS.get(c, c) for c in word)
    return re.sub(r"(?<=[а-яё])[03](?=[а-яё])", lambda digit: _DIGITS[digit[0]], twins)


def _is_scattered(word: str) -> bool:
    """More than one change of alphabet: letters swapped, not an ending put behind a name."""
    kinds = ["\u0400" <= c <= "\u052f" for c in word if c.isalpha()]
    return sum(a != b for a, b in pairwise(kinds)) >= 2


def _lone_letter(match: re.Match[str]) -> str:
    """A one-letter word between Cyrillic ones: the preposition or the initial it looks like."""
    letter, text = match[0], match.string
    near = text[max(0, match.start() - 12) : match.start()] + text[match.end() : match.end() + 12]
    is_cyrillic = sum("\u0400" <= c <= "\u052f" for c in near)
    is_latin = sum(c.isascii() and c.isalpha() for c in near)
    return _TO_CYRILLIC.get(letter, letter) if is_cyrillic > is_latin else letter
