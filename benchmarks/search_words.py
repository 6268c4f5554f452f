"""Texts like those of campaigns, as many as wanted: words of the demo's posts and their inflected
forms, drawn as often as Zipf's law says. Kazakh, Russian, and posts that mix the two.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from core.model import Token
from core.ports import Analyzer
from monitor.demo.world import load_world
from nlp import russian

# In so many words does a vocabulary end: a million posts have more, but hardly ever ask for them.
WORDS = 20_000
# The place of the frequent word: there Zipf's law puts a Kazakh word into a fifth of all posts.
FREQUENT, FREQUENT_RU, PLACE = "сайлау", "выборы", 6
_KAZAKH = set("әғқңөұүһі")
_ENDINGS = [
    "лар",
    "лер",
    "дар",
    "дер",
    "ның",
    "нің",
    "дың",
    "дің",
    "ға",
    "ге",
    "қа",
    "ке",
    "да",
    "де",
    "дан",
    "ден",
    "мен",
    "ы",
    "і",
    "сы",
    "сі",
    "ымыз",
    "іміз",
    "ларға",
    "лерге",
    "лардың",
    "лердің",
    "дағы",
    "дегі",
    "шы",
    "ші",
    "лық",
    "лік",
    "сыз",
    "сіз",
]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words by rank, how often each is drawn, and each word's token as the analyzer makes it.

    Offsets of the tokens mean nothing: only documents of the index are made of them.
    """

    words: Sequence[str]
    weights: Sequence[float]
    tokens: Sequence[Token]

    def draw(self, rng: random.Random, count: int) -> list[int]:
        """The numbers of so many words."""
        return rng.choices(range(len(self.words)), cum_weights=self.weights, k=count)


def vocabularies(analyzer: Analyzer) -> tuple[Vocabulary, Vocabulary]:
    """Kazakh and Russian: the same each time."""
    texts = [post.text for site in load_world().sites.values() for post in site]
    seen = Counter(
        text[token.start : token.end].lower() for text in texts for token in analyzer.tokens(text)
    )
    words = [word for word, _ in seen.most_common() if word.isalpha() and not word.isascii()]
    kazakh = [word for word in words if _KAZAKH & set(word)]
    known = [word for word in words if russian.is_known(word)][:2000]
    endless = (word + ending for word in kazakh for ending in _ENDINGS)
    return (
        _vocabulary(FREQUENT, kazakh, endless, analyzer),
        _vocabulary(FREQUENT_RU, known, _forms(known), analyzer),
    )


def _forms(words: Iterable[str]) -> Iterator[str]:
    parse = russian.analyser().parse
    return (form.word for word in words for form in parse(word)[0].lexeme)


def _vocabulary(
    frequent: str, common: Sequence[str], further: Iterable[str], analyzer: Analyzer
) -> Vocabulary:
    rest = list(islice(dict.fromkeys(further), 2 * WORDS))
    random.Random(20230319).shuffle(rest)
    words = [word for word in dict.fromkeys([*common, *rest]) if word != frequent]
    words.insert(PLACE - 1, frequent)
    tokens: dict[str, Token] = {}
    for word in words:
        found = analyzer.tokens(word)
        if len(found) == 1:
            tokens[word] = found[0]
        if len(tokens) == WORDS:
            break
    weights = list(accumulate(1 / rank for rank in range(1, len(tokens) + 1)))
    return Vocabulary(list(tokens), weights, list(tokens.values()))
