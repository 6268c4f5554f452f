"""Kazakh in Latin letters to Kazakh in Cyrillic: the official drafts and what people type.

2017 (a' g' n' o' s' c' u' y'), 2018 (á ǵ ń ó ú ý ı sh ch), 2021 (ä ğ ŋ ö ü ū ş ı i y) and chat
spelling (zh kh gh sh ch j q w y). What a spelling leaves open (u for у, ұ or ү) becomes the
plain letter; search folds those together anyway.
"""

from __future__ import annotations

import re

_VOWELS = "aeouäöüáóúūəåâ"
_HIGH = "iyıï"  # и, і, й or ы
_APOSTROPHE_2017 = {
    "a'": "ә", "g'": "ғ", "i'": "и", "n'": "ң", "o'": "ө", "s'": "ш", "c'": "ч", "u'": "ү",
    "y'": "у",
}  # fmt: skip
_GROUPS = {
    "ngyz": "ңыз", "ngiz": "ңіз", "ngız": "ңыз", "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х",
    "gh": "ғ", "ch": "ч", "sh": "ш", "tsh": "тш", "ts": "ц", "ck": "к",
    "i'i'a": "ия", "i'a": "ия", "i'y'": "ию",
    "yev": "ев", "iyev": "иев", "iya": "ия", "ıya": "ия", "iia": "ия", "ııa": "ия", "ıia": "ия",
    "ïya": "ия", "ıa": "ия", "ia": "ия", "ïa": "ия", "iye": "ие", "iyu": "ию", "ıý": "ию",
    "iu": "ию", "ıu": "ию", "ya": "я", "yu": "ю", "yo": "ё", "ye": "е",
}  # fmt: skip
# Behind a vowel.
_JOINED = {"ia": "я", "ıa": "я", "ïa": "я", "iu": "ю", "ıu": "ю", "ıý": "ю",
           "i'": "й", "i'a": "я", "i'y'": "ю"}  # fmt: skip
_MANY = {**_APOSTROPHE_2017, **_GROUPS}
_LETTERS = dict(
    zip(
        "abdefgjklmnopqrstuvwzhxäáəâöóøüúūùûğǵġŋńñşšśçčćžýéèêìí",
        "абдефгжклмнопқрстувузххәәәәөөөүүұүүғғғңңңшшшчччжуееееі",
        strict=True,
    )
)
# In "ketse", "satsyn" and "uyatsyz" an ending begins with the s; ц is that of "protsent".
_TS = "(?:^|(?<=n))ts|(?<=[^aeou]i)ts(?=[ay])|ts(?=ent)|ts(?![aey]|i(?:[zñń]|n(?![aeiouyı])))"
_MANY_LETTERS = "|".join(
    _TS if piece == "ts" else piece for piece in sorted(_MANY, key=len, reverse=True)
)
_PIECE = re.compile(f"{_MANY_LETTERS}|(?:(?!{_MANY_LETTERS})[{_HIGH}])+|[^\\W\\d_]")
_LOAN = re.compile("[iıï][yiı]?a")  # before it i is и
_FRONT = re.compile("[eiäöüáóú]")
_BACK = re.compile("[aouūqğǵy]")
_TELLING = _VOWELS.replace("u", "")  # u may be у, ұ or ү
_TELLING_BEFORE, _TELLING_BEHIND = re.compile(f"[{_TELLING}]"), re.compile(f"[{_TELLING}{_HIGH}]")
_NEAR = 12  # letters; what is further away tells nothing
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u0259\u018f]")
LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f\u0259\u018f]+(?:'[A-Za-z\u00c0-\u024f]+)*")


def is_latin(word: str) -> bool:
    """True where the word starts with a Latin letter."""
    return bool(_LATIN.match(word))


def cyrillic_word(word: str) -> str:
    """One word, lower-cased and transliterated; other alphabets come back lower-cased."""
    word = word.replace("İ", "i").replace("I", "ı" if _has_dotless(word) else "i").lower()
    if not is_latin(word):
        return word
    return _PIECE.sub(lambda match: _piece(word, match), word)


def to_cyrillic(text: str) -> str:
    """Every Latin word of a text transliterated, capitals kept as they were meant."""
    return LATIN_WORD.sub(lambda match: _as_cased(match[0], cyrillic_word(match[0])), text)


def _as_cased(model: str, word: str) -> str:
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def _has_dotless(word: str) -> bool:
    return "ı" in word or "İ" in word


def _piece(word: str, match: re.Match[str]) -> str:
    piece, start, end = match[0], match.start(), match.end()
    if piece == "n" and start > 1 and word.endswith("g") and end == len(word) - 1:
        return "ң"
    if piece == "g" and start > 2 and word[start - 1] == "n" and end == len(word):
        return ""  # the second half of a final "ng"
    if piece == "c":
        return "с" if word.startswith(("e", "i", "y"), end) else "к"
    if piece[0] in _HIGH and piece not in _MANY:
        return _high_vowels(word, start, end)
    if piece in _JOINED and (_ends_in_vowel(word, start) or _is_before_consonant(piece, word, end)):
        return _JOINED[piece]
    return _MANY.get(piece) or _LETTERS.get(piece, piece)


def _is_before_consonant(piece: str, word: str, end: int) -> bool:
    """Where iu is the ю of "biulleten", not the ию of "jiu"."""
    return piece[1] in "uý" and word[end : end + 1] not in {"", *_VOWELS, *_HIGH}


def _ends_in_vowel(word: str, end: int) -> bool:
    """Behind a vowel u is the consonant of "dauys", not a vowel."""
    end -= word.endswith("'", 0, end)  # u' of 2017
    last, before = word[end - 1 : end], word[end - 2 : end - 1]
    if last == "u":
        return not before or before not in _VOWELS + _HIGH
    return last != "" and last in _VOWELS


def _high_vowels(word: str, start: int, end: int) -> str:
    """A run of i, y, ı and ï, by the spelling and by what stands around it.

    Behind a vowel the first is й ("deiin", дейін), behind a consonant the и of "jiyn" (жиын).
    """
    run, is_last = word[start:end], end == len(word)
    if _ends_in_vowel(word, start):
        said, rest = "й", run[1:]
    elif len(run) == 1:
        return _high_vowel(word, run, start)
    elif run[0] == "y":
        said, rest = "ый", run[2:]  # tyiym
    elif len(run) == 2 and is_last:
        return "ий"  # detskii
    else:
        said, rest = "и", run[2:] or run[1:]  # kiyim and kiim
    for number, letter in enumerate(rest):
        said += "й" if number % 2 else _by_harmony(word, letter, start, end)
    return said


def _by_harmony(word: str, letter: str, start: int, end: int) -> str:
    """і or ы beside й or и: what the nearest vowel before asks for, or else that behind."""
    before = _TELLING_BEFORE.findall(word, max(0, start - _NEAR), start)
    behind = _TELLING_BEHIND.search(word, end, end + _NEAR)
    if near := before[-1:] or ([behind[0]] if behind else []):
        return "ы" if near[0] in "aoūyåâ" else "і"
    return "ы" if letter == "y" or "q" in word[max(0, start - _NEAR) : end + _NEAR] else "і"


def _high_vowel(word: str, letter: str, start: int) -> str:
    """One of them behind a consonant."""
    if letter in "iı" and (
        word.startswith("e", start + 1) or _LOAN.search(word, start + 1, start + 2 * _NEAR)
    ):
        return "и"  # jien, komissiya
    if letter == "i":
        return "і"
    if letter == "y":
        return "ы"
    near = word[max(0, start - 2 * _NEAR) : start + 2 * _NEAR]
    if letter == "ï" or re.search("[ýǵńáóú]", near):  # 2018 writes и as ı
        return "и"
    is_back = bool(_BACK.search(near)) and not _FRONT.search(near)
    return "ы" if is_back else "і"
