"""Another way of writing the same post: what a family is multiplied by while training.

Labels stay true under all of these. Each takes a row and a source of chance and gives a row, or
None where it has nothing to change; the spans of targets move along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from nlp.training.rows import Row, Target

Change = Callable[[Row, Random], "Row | None"]

_UNTYPED = str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ")
# The alphabet of 2021, that of 2018, and what people type without either.
_OF_2021 = (
    "а=a ә=ä б=b в=v г=g ғ=ğ д=d е=e ж=j з=z и=i й=i к=k қ=q л=l м=m н=n ң=ñ о=o ө=ö п=p р=r "
    "с=s т=t у=u ұ=ū ү=ü ф=f х=h һ=h ц=ts ч=ch ш=ş щ=şş ы=y і=ı э=e ё=io ю=iu я=ia ь= ъ="
)
_OF_2018 = "ә=á ғ=ǵ и=ı й=ı ң=ń ө=ó у=ý ұ=u ү=ú ш=sh щ=shch і=i"
_OF_CHATS = "ә=a ғ=g ж=zh й=y ң=n ө=o ұ=u ү=u ш=sh щ=sh і=i қ=k"


def _alphabet(*spelt: str) -> dict[str, str]:
    return {pair[0]: pair[2:] for letters in spelt for pair in letters.split(" ")}


_SPELLINGS = (
    _alphabet(_OF_2021),
    _alphabet(_OF_2021, _OF_2018),
    _alphabet(_OF_2021, _OF_CHATS),
    _alphabet(_OF_2021, _OF_CHATS, "қ=q ғ=gh ы=i"),
)
_LOOKALIKE = {"а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y", "о ": "0 ",
              "і": "i", "ғ": "F", "қ": "к", "ң": "н", "ү": "y", "ө": "o", "з": "3", "б": "6",
              "в": "B", "н": "H", "т": "T", "й": "и"}  # fmt: skip
_EMOJI = ("🙏", "👍", "🔥", "😡", "😂", "🗳", "❗️", "‼️", "💪", "🤝", "👏", "⚡️", "📢", "😅")


def untyped(row: Row, _: Random) -> Row | None:
    """Kazakh typed without the letters that Russian does not have."""
    text = row.text.translate(_UNTYPED)
    return None if text == row.text else replace(row, text=text)


def latin(row: Row, chance: Random) -> Row | None:
    """Kazakh in one of its Latin spellings."""
    if row.lang != "kk" or not re.search("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]", row.text):
        return None
    alphabet = chance.choice(_SPELLINGS)
    return _by_character(row, lambda letter: _latin_letter(letter, alphabet))


def noisy(row: Row, chance: Random) -> Row | None:
    """As if read from a picture: letters that look alike, a lost or doubled one, a torn word."""
    rate = chance.uniform(0.01, 0.06)
    return _by_character(row, lambda letter: _misread(letter, rate, chance))


def plain(row: Row, chance: Random) -> Row | None:
    """As typed on a phone: no capitals, and often no full stops or commas either."""
    drop = chance.random() < 0.6
    return _by_character(row, lambda letter: "" if drop and letter in ".,;—–" else letter.lower())


def loud(row: Row, _: Random) -> Row | None:
    """All in capitals."""
    return _by_character(row, lambda letter: letter.upper() if letter != "ß" else letter)


def decorated(row: Row, chance: Random) -> Row | None:
    """With emoji before or behind it."""
    some = "".join(chance.choices(_EMOJI, k=chance.randint(1, 3)))
    if chance.random() < 0.5:
        return replace(row, text=f"{row.text} {some}")
    return replace(row, text=f"{some} {row.text}", targets=_moved(row.targets, len(some) + 1))


CHANGES: tuple[tuple[Change, float], ...] = (
    (untyped, 0.16), (latin, 0.12), (noisy, 0.10), (plain, 0.10), (loud, 0.02), (decorated, 0.05),
)  # fmt: skip


def changed(row: Row, chance: Random) -> Row:
    """The row, or with the shares of CHANGES another way of writing it."""
    drawn = chance.random()
    for change, share in CHANGES:
        if drawn < share:
            return change(row, chance) or row
        drawn -= share
    return row


def joined(row: Row, beside: Row, chance: Random) -> Row | None:
    """Two posts in one: the aim that wins is the first of campaigning, civic_info, news_report.

    GUIDE.md D30. `beside` must be of kind `other`, so that nothing but its signals is added.
    """
    if beside.kind != "other" or row.kind is None:
        return None
    first, second = (row, beside) if chance.random() < 0.5 else (beside, row)
    gap = chance.choice((" ", "\n", "\n\n"))
    return replace(
        row,
        text=first.text + gap + second.text,
        signals=row.signals | beside.signals,
        known=row.known & beside.known,
        stance={**beside.stance, **row.stance},
        targets=(*first.targets, *_moved(second.targets, len(first.text) + len(gap))),
        lang=row.lang if row.lang == beside.lang else "mixed",
    )


def _moved(targets: Sequence[Target], by: int) -> tuple[Target, ...]:
    return tuple(replace(one, start=one.start + by, end=one.end + by) for one in targets)


def _by_character(row: Row, change: Callable[[str], str]) -> Row | None:
    pieces = [change(letter) for letter in row.text]
    text = "".join(pieces)
    if text == row.text or not text.strip():
        return None
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    targets = [replace(t, start=starts[t.start], end=starts[t.end]) for t in row.targets]
    return replace(row, text=text, targets=tuple(t for t in targets if t.start < t.end))


def _latin_letter(letter: str, alphabet: dict[str, str]) -> str:
    latin = alphabet.get(letter.lower())
    if latin is None:
        return letter
    return latin if letter.islower() else latin[:1].upper() + latin[1:]


def _misread(letter: str, rate: float, chance: Random) -> str:
    if chance.random() > rate:
        return letter
    if chance.random() < 0.7 and letter.lower() in _LOOKALIKE:
        return _LOOKALIKE[letter.lower()]
    return chance.choice(("", letter + letter, letter + " "))
