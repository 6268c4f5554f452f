"""A light stemmer of Kazakh for search: takes plural, possession, case, person and verb endings.

Works on a key that folds the special letters (қ as к, ә as а ...), so a text typed without them
and a text in proper spelling meet in one stem; `fold` says what that costs. A stem is
a key, not a word: "кітабы" and "кітап" give "китап", "сайлауда", "сайлады" and "сайлау" give
"сайла"; "сайлаушы" (voter) is another word and stays "сайлаушы".
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from nlp.kazakh_endings import chains, sounds

_FOLD = str.maketrans("әғқңөұүһіёэҒҚӘҢӨҰҮҺІЁЭ", "агкноуухиееГКАНОУУХИЕЕ", "ъьЪЬ'’ʼ`")
_ROOTS_FILE = Path(__file__).parent / "data" / "kazakh_roots.txt"
_VOWELS = frozenset("аеиоуыэюя")
# A stem ends voiceless before its vowel endings voice it: кітап, кітабы; халық, халқы.
_FINAL = {"г": "к", "б": "п"}
_SPECIAL = frozenset("әғқңөұүһі")
CACHE_SIZE = 50_000


class Analysis(NamedTuple):
    """How a word came apart: its stem (a folded key), the folded endings, is the root known.

    `untyped` is True where proper spelling needs a Kazakh letter that the word does not have.
    """

    stem: str
    endings: str
    known: bool
    untyped: bool


def fold(word: str) -> str:
    """The key of a word: lower case, Kazakh letters as the nearest plain ones, no ь and ъ.

    Merges words that differ by those letters alone (бол and бөл, тұр and түр): of 7,351 stems in
    Kazakh television news (KazNERD) 141 meet another one, and 1.1 % of the words carry a stem that
    mostly stands for another. That is the price of finding "дауыс беремиз" by "дауыс береміз".
    """
    return word.lower().translate(_FOLD)


def stem(word: str) -> str:
    """The stem of a Cyrillic word, lower case, never empty for a word that has a letter."""
    return analyse(word).stem


@lru_cache(maxsize=CACHE_SIZE)
def analyse(word: str) -> Analysis:
    """The best reading of a Cyrillic word: the longest known root, else the longest safe chain."""
    lower = word.lower()
    key = fold(lower) or lower
    roots = _roots()
    if key in roots:
        return Analysis(roots[key].stem, "", True, _is_untyped(lower, key))
    for doubtful in (False, True):  # "орындар" is places before it is "will perform"
        for cut in range(len(key) - 1, 1, -1):
            if _is_rooted(key, cut, doubtful=doubtful):
                return Analysis(roots[key[:cut]].stem, key[cut:], True, _is_untyped(lower, key))
    for cut in range(3, len(key)):
        if _fits(key, cut, doubtful=False) and _is_enough(key[:cut], key[cut:]):
            return Analysis(_final(key[:cut]), key[cut:], False, _is_untyped(lower, key))
    return Analysis(_final(key), "", False, False)


class _Root(NamedTuple):
    stem: str
    spellings: frozenset[str]


def _is_rooted(key: str, cut: int, *, doubtful: bool = True) -> bool:
    """key[:cut] is a known root and key[cut:] may follow it."""
    root = key[:cut]
    return root in _roots() and _takes_endings(root) and _fits(key, cut, doubtful=doubtful)


def _takes_endings(root: str) -> bool:
    """False for particles such as ба, ма, да: only a few words of two letters end in a vowel."""
    return len(root) > 2 or root[-1] not in _VOWELS or root in ("де", "же", "су", "ту")


def _fits(key: str, cut: int, *, doubtful: bool) -> bool:
    """Whether key[cut:] is a chain that may follow the sound and the vowels of key[:cut]."""
    safe, with_doubtful = _folded_chains()
    follows = (with_doubtful if doubtful else safe).get(key[cut:])
    if follows is None or not any(sound in follows for sound in sounds(key[cut - 1])):
        return False
    if key[:cut].endswith(("ев", "ов")):
        return True  # Тоқаевтың and Тоқаевтің are both written
    ending_front = _is_front(key[cut:], first=True)
    stem_front = _is_front(key[:cut], first=False)
    return ending_front is None or stem_front is None or ending_front == stem_front


def _is_front(letters: str, *, first: bool) -> bool | None:
    """The harmony that a folded vowel still tells: е front, ы back; for endings а and и too."""
    if first and letters[1:3] == "ен" and letters[0] in "мбп":
        return None  # мен, бен, пен stand behind either
    for letter in letters if first else reversed(letters):
        if letter in _VOWELS:
            if first and letter in "аи":
                return letter == "и"
            return {"е": True, "ы": False}.get(letter)
    return None


def _is_enough(stem_: str, endings: str) -> bool:
    """What is left is long enough to be a word: three letters, four before a one-letter ending."""
    if not any(letter in _VOWELS for letter in stem_):
        return False
    return len(stem_) >= (4 if len(endings) == 1 and endings != "у" else 3)


def _is_untyped(lower: str, key: str) -> bool:
    """No reading of the word is in proper spelling, and it has none of the Kazakh letters."""
    if len(lower) != len(key) or not _SPECIAL.isdisjoint(lower):
        return False
    roots, proper = _roots(), chains()
    if key in roots and lower in roots[key].spellings:
        return False
    for cut in range(2, len(key)):
        if lower[cut:] in proper.safe or lower[cut:] in proper.doubtful:
            root = roots.get(key[:cut])
            is_proper = root is None or lower[:cut] in root.spellings
            if is_proper and (
                _is_rooted(key, cut) or (root is None and _fits(key, cut, doubtful=False))
            ):
                return False
    return True


def _final(key: str) -> str:
    return key[:-1] + _FINAL.get(key[-1], key[-1]) if len(key) > 2 else key


@cache
def _folded_chains() -> tuple[dict[str, str], dict[str, str]]:
    """Folded chain -> the sounds before it: the safe ones, and those with the doubtful ones."""
    grown = chains()
    safe: dict[str, str] = {}
    for chain, follows in grown.safe.items():
        safe[fold(chain)] = safe.get(fold(chain), "") + follows
    both = dict(safe)
    for chain, follows in grown.doubtful.items():
        both[fold(chain)] = both.get(fold(chain), "") + follows
    return safe, both


@cache
def _roots() -> dict[str, _Root]:
    """Folded root, voiced root or irregular form -> its stem and its proper spellings."""
    stems: dict[str, str] = {}
    spellings: dict[str, set[str]] = {}
    for root, forms in _entries():
        for form in (root, *forms):
            stems.setdefault(fold(form), _final(fold(root)))
            spellings.setdefault(fold(form), set()).add(form)
    for key in [key for key in stems if key[-1] in "кп" and len(key) > 2]:
        voiced = key[:-1] + {"к": "г", "п": "б"}[key[-1]]
        stems.setdefault(voiced, stems[key])
        proper = (
            form[:-1] + {"к": "г", "қ": "ғ", "п": "б"}.get(form[-1], "") for form in spellings[key]
        )
        spellings.setdefault(voiced, set()).update(proper)
    return {key: _Root(target, frozenset(spellings[key])) for key, target in stems.items()}


def _entries() -> list[tuple[str, tuple[str, ...]]]:
    lines = _ROOTS_FILE.read_text(encoding="utf-8").splitlines()
    words = (word for line in lines if not line.startswith("#") for word in line.split())
    pairs = (word.partition("=") for word in words)
    return [(root, tuple(forms.split(",")) if forms else ()) for root, _, forms in pairs]
