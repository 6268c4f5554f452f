"""Text to words with a Kazakh and a Russian lemma each: the same for documents and for queries.

A lemma depends on the word alone, never on its neighbours, so a query of one word finds what a
text of a thousand holds. `lemma_kk` folds Kazakh letters and transliterates Latin ones, so one
query finds Kazakh in all three ways of writing it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from core.model import Token
from nlp import kazakh, russian
from nlp.kazakh_latin import cyrillic_word, is_latin
from nlp.normalise import normalise
from nlp.tokens import link_key, raw_tokens

CACHE_SIZE = 150_000
_APOSTROPHES = str.maketrans("’ʼ`", "'''")
_KAZAKH_ONLY = re.compile("[әғқңөұүһі]")
_PLURALS = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", ""))
_NO_PLURALS = ("ss", "us", "is", "news")


class LemmaAnalyzer:
    """The Analyzer of the house. Holds nothing; safe to share between threads."""

    version = "lemmas-2"

    def tokens(self, text: str) -> Sequence[Token]:
        """The words of `text`, offsets in code points of it; a link is one token."""
        normal, origin = normalise(text)
        found = []
        for start, end, kind, word in raw_tokens(normal):
            if kind == "word":
                lemma_kk, lemma_ru = lemmas(word)
            else:
                lemma_kk = lemma_ru = link_key(word) if kind == "link" else word.lower()
            found.append(Token(origin[start], origin[end - 1] + 1, lemma_kk, lemma_ru))
        return found


@lru_cache(maxsize=CACHE_SIZE)
def lemmas(word: str) -> tuple[str, str]:
    """(Kazakh stem, Russian lemma) of a word as it stands in a normalised text."""
    lower = word.lower()
    if is_latin(lower):
        latin = lower.translate(_APOSTROPHES)
        return kazakh.stem(cyrillic_word(word.translate(_APOSTROPHES))), _english(latin)
    analysis = kazakh.analyse(lower)
    if _KAZAKH_ONLY.search(lower):
        return analysis.stem, lower
    if russian.is_known(lower):
        # "правда" is no locative of "прав": only a known Kazakh root is taken apart.
        stem = analysis.stem if analysis.known else kazakh.fold(lower)
        return stem or lower, russian.lemma(lower)
    if analysis.known and analysis.endings:
        return analysis.stem, lower
    return analysis.stem, russian.lemma(lower)


def _english(word: str) -> str:
    """Lower case without the plural s; enough to find "votes" by "vote"."""
    if len(word) < 4 or not word.isascii() or word.endswith(_NO_PLURALS):
        return word
    ending, instead = next((pair for pair in _PLURALS if word.endswith(pair[0])), ("", ""))
    return word.removesuffix(ending) + instead
