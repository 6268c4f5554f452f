"""Russian lemmas by pymorphy3: one analyser for the process, results kept for the words in use."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache, lru_cache

import pymorphy3

CACHE_SIZE = 50_000
_CYRILLIC = re.compile("[а-яё]+")
# Surnames of Kazakhstan that the dictionary lacks are guessed to be adjectives (нурлановый).
_SURNAME = re.compile("([а-яё]{2,}(?:[оеё]в|ин))(?:а|у|ым|е|ой|ою|ы|ых|ыми)?")
# "Ахметов" is read first as the genitive plural of a first name, "Серикова" as a town: the surname
# is what is meant in this material.
_RIVALS_OF_SURNAMES = ("Name", "Geox", "Orgn", "Patr")


@cache
def analyser() -> pymorphy3.MorphAnalyzer:
    """The shared analyser (0.1 s and 15 MB to load)."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=CACHE_SIZE)
def is_known(word: str) -> bool:
    """Whether the dictionary has this form; any letter case."""
    lower, ask = word.lower(), analyser().word_is_known
    # As it is written costs a tenth; ё written as е is the only other reading there is.
    return bool(ask(lower, strict=True) or ("е" in lower and ask(lower)))


def first_tag(word: str) -> Collection[str]:
    """The grammemes of the likeliest reading of a word that the dictionary has."""
    return analyser().tag(word)[0]  # type: ignore[no-any-return]


@lru_cache(maxsize=CACHE_SIZE)
def lemma(word: str) -> str:
    """The dictionary form, lower case, ё as е; the same for every letter case of the word.

    Words outside the dictionary are guessed from their endings; what is not Russian Cyrillic comes
    back lower-cased.
    """
    lower = word.lower()
    if not _CYRILLIC.fullmatch(lower):
        return lower.replace("ё", "е")
    surname = _SURNAME.fullmatch(lower)
    if surname and not is_known(lower):
        return surname[1].replace("ё", "е")
    parses = analyser().parse(lower)
    best = parses[0]
    if any(rival in best.tag for rival in _RIVALS_OF_SURNAMES):
        best = next((parse for parse in parses if "Surn" in parse.tag), best)
    if {"Name", "plur", "gent"} in best.tag and lower.endswith(("ов", "ев")):
        return lower.replace("ё", "е")
    return str(best.normal_form).replace("ё", "е") or lower
