"""Kazakh in Latin letters to Kazakh in Cyrillic: the official drafts and what people type.

2017 (a' g' n' o' s' c' u' y'), 2018 (á ǵ ń ó ú ý ı sh ch), 2021 (ä ğ ŋ ö ü ū ş ı i y) and chat
spelling (zh kh gh sh ch j q w y). What a spelling leaves open (u for у, ұ or ү) becomes the
plain letter; search folds those together anyway.
"""

from __future__ import annotations

import re

_VOWELS = "aeiouyäöüáóúūıəåâ"
_APOSTROPHE_2017 = {
    "a'": "ә", "g'": "ғ", "i'": "и", "n'": "ң", "o'": "ө", "s'": "ш", "c'": "ч", "u'": "ү",
    "y'": "у",
}  # fmt: skip
_GROUPS = {
    "ngyz": "ңыз", "ngiz": "ңіз", "ngız": "ңыз", "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х",
    "gh": "ғ", "ch": "ч", "sh": "ш", "ts": "ц", "ck": "к",
    "yev": "ев", "iya": "ия", "ıya": "ия", "ııa": "ия", "ıia": "ия", "ïya": "ия", "ıa": "ия",
    "ia": "ия",
    "ïa": "ия", "iyu": "ию", "ıý": "ию", "ya": "я", "yu": "ю", "yo": "ё", "ye": "е",
}  # fmt: skip
_MANY = {**_APOSTROPHE_2017, **_GROUPS}
_LETTERS = dict(
    zip(
        "abdefgjklmnopqrstuvwzhxäáəâöóøüúūùûğǵġŋńñşšśçčćžýéèêìí",
        "абдефгжклмнопқрстувузххәәәәөөөүүұүүғғғңңңшшшчччжуееееі",
        strict=True,
    )
)
_PIECE = re.compile(
    "|".join([*sorted([*_APOSTROPHE_2017, *_GROUPS], key=len, reverse=True), "[^\\W\\d_]"])
)
_FRONT = re.compile("[eiäöüáóú]")
_BACK = re.compile("[aouūqğǵy]")
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
    before, after = word[:start], word[end:]
    if piece == "n" and after == "g" and start > 1:
        return "ң"
    if piece == "g" and before.endswith("n") and not after and start > 2:
        return ""  # the second half of a final "ng"
    if piece == "c":
        return "с" if after.startswith(("e", "i", "y")) else "к"
    if piece in "iyıï":
        return _high_vowel(word, piece, _ends_in_vowel(before))
    return _MANY.get(piece) or _LETTERS.get(piece, piece)


def _ends_in_vowel(start: str) -> bool:
    """Behind a vowel u is the consonant of "dauys", not a vowel."""
    return (
        start[-1:] in _VOWELS
        and not (start[-1:] == "u" and start[-2:-1] in _VOWELS)
        and start != ""
    )


def _high_vowel(word: str, letter: str, after_vowel: bool) -> str:
    """i, y, ı and ï stand for и, і, й and ы, by the spelling and by what stands around them."""
    if after_vowel:
        return "й"
    if letter == "i":
        return "і"
    if letter == "y":
        return "ы"
    if letter == "ï" or re.search("[ýǵńáóú]", word):  # 2018 writes и as ı
        return "и"
    is_back = bool(_BACK.search(word)) and not _FRONT.search(word)
    return "ы" if is_back else "і"
