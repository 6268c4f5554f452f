"""Posts and queries by chance, always the same ones: Kazakh, Russian and both in one sentence."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from core.grammar import parse
from core.identity import post_id, sort_key
from core.model import FACETS, IndexDocument
from core.ports import Analyzer
from core.query import SearchRequest
from nlp.names.inflect import Gender, kazakh_cases, russian_cases
from nlp.russian import analyser

DAY_S = 86_400
FIRST_S = 1_677_607_200  # 1 March 2023
DAYS = 20

# A Kazakh word and the endings that it takes in these posts.
KAZAKH = {
    "сайлау": ["", "ға", "да", "дың", "ды", "дан", "лар", "шы", "шылар", "шыларға"],
    "дауыс": ["", "тар", "ты", "қа", "пен", "тың", "тарды"],
    "үміткер": ["", "лер", "ге", "ді", "дің", "лерді", "мен", "іміз"],
    "партия": ["", "ның", "ға", "ны", "мыз", "сы", "лар", "дан"],
    "округ": ["", "тің", "ке", "те", "тен", "тер"],
    "мәслихат": ["", "қа", "тың", "та", "тан", "ты"],
    "депутат": ["", "тар", "қа", "тың", "пен", "тарға"],
    "қала": ["", "ның", "да", "ға", "дан", "лық", "мыз"],
    "ауыл": ["", "дың", "да", "ға", "дан", "дар", "ымыз"],
    "жол": ["", "дың", "ға", "ды", "дар", "да"],
    "су": ["", "дың", "ға", "ды", "мен"],
    "мектеп": ["", "ке", "те", "тің", "тер", "терді"],
    "халық": ["", "қа", "тың", "ты"],
    "бюллетень": ["", "ді", "дер", "ге", "де"],
    "учаске": ["", "де", "ге", "нің", "лер", "лерде"],
    "бағдарлама": ["", "сы", "ны", "мыз", "да"],
    "ертең": [""], "бүгін": [""], "және": [""], "үшін": [""], "жақсы": [""], "жаңа": [""],
    "керек": [""], "бар": [""], "жоқ": [""], "мен": [""], "бал": ["", "ға", "дың", "а"],
}  # fmt: skip
RUSSIAN = [
    "выборы", "голос", "кандидат", "партия", "округ", "маслихат", "депутат", "город", "дорога",
    "вода", "школа", "народ", "бюллетень", "участок", "программа", "голосовать", "поддержать",
    "обещать", "построить", "новый", "тёплый", "чистый", "наш", "лучший", "встреча", "двор",
    "опрос", "день", "тишина", "агитация", "правда", "бал",
]  # fmt: skip
SMALL = ["и", "в", "на", "за", "не", "мы", "для", "от", "завтра", "вчера", "тенге", "вообще"]
PEOPLE: list[tuple[str, str, Gender]] = [
    ("ерлан", "садыков", "m"), ("айгүл", "нұрланова", "f"), ("бауыржан", "қосан", "m"),
    ("елена", "ким", "f"),
]  # fmt: skip
ODD = [
    "https://example.org/a?b=1", "10:30", "№ 6", "🔥🔥", "#сайлау2023", "@demo_dala", "saılaý",
    "Saylauǵa", "AMANAT", "«AMANAT»", "«Ақ жол»", "COVID-19", "т.б.", "WhatsApp-та", "2023", "Ё!",
    "елу\u00a0мың", "A/B", "100%", "%20", "dauys", "el\u2019ge", "Қазақстан–2050", "не-а", "Ⅳ",
    "ﬁnal", "İstanbul", "straße", "\u200bнөл\u200b", "о'кей", "и/или", "e\u0301t\u0435",
]  # fmt: skip

CHOICES: dict[str, Sequence[str]] = {
    "election": ["kz-2023", "kz-2024"],
    "rule": ["campaigning_in_silence", "poll_ban", "unpaid_disclosure", "private_person"],
    "verdict": ["violation", "indeterminate"],
    "contest": [f"district-{n}" for n in range(9)],
    "kind": ["campaigning", "information", "opinion"],
    "signal": ["call_to_vote", "poll", "promise", "against", "slogan"],
    "region": ["KZ-10", "KZ-11", "KZ-15", "KZ-19", "KZ-75", "KZ-71"],
    "zone": ["Asia/Almaty", "Asia/Aqtobe", "Asia/Qyzylorda"],
    "party": ["AMANAT", "Ақ жол", "Auyl", "Respublica", "ЖСДП", "Байтақ"],
    "candidate": [f"candidate-{n}" for n in range(14)],
    "platform": ["web", "telegram"],
    "role": ["media", "candidate", "party", "public", "authority"],
    "language": ["kk", "ru", "mixed"],
    "source": [f"source {n}" for n in range(40)],
    "act": ["new", "edit", "repost"],
    "local_day": [f"2023-03-{n + 1:02d}" for n in range(DAYS)],
    "gone": ["no", "yes"],
}
SEVERAL = {"signal", "region", "zone", "party", "candidate", "contest", "local_day"}
assert set(CHOICES) == set(FACETS)


@dataclass(frozen=True)
class Put:
    """What is put: the version and the documents of a post, none to remove it."""

    post_id: str
    version: int
    documents: tuple[IndexDocument, ...]


@cache
def forms(word: str) -> list[str]:
    """A Russian word as it stands in texts: a few of its forms."""
    found = [form.word for form in analyser().parse(word)[0].lexeme]
    return found[:12]


class World:
    """Posts and queries of one seed."""

    def __init__(self, seed: int, analyzer: Analyzer) -> None:
        self._chance = random.Random(seed)
        self._analyzer = analyzer
        self.texts: list[str] = []
        self.times: list[int] = []

    # posts

    def posts(self, count: int, *, version: int, start: int = 0) -> Iterator[Put]:
        """Posts number `start` and on, each with up to two flags."""
        for number in range(start, start + count):
            yield self.post(number, version)

    def post(self, number: int, version: int) -> Put:
        """A post; the same number has the same id and order in every version."""
        chance = self._chance
        identity = post_id("web", f"https://example.org/{number}")
        language = ("kk", "ru", "mixed")[number % 3]
        text = self.text(language)
        self.texts.append(text)
        own = self._document(number, identity, "post", text) if chance.random() > 0.002 else None
        flags = [
            self._document(number, f"{identity}-f{n}", "flag", text)
            for n in range(chance.choice([0, 0, 0, 1, 2]))
        ]
        documents = () if own is None else (
            own, *(replace(flag, post_id=identity) for flag in flags)
        )  # fmt: skip
        return Put(identity, version, documents)

    def _document(self, number: int, name: str, sort: str, text: str) -> IndexDocument:
        tokens = self._analyzer.tokens(text)
        seconds = FIRST_S + (number * 7_919) % (DAYS * DAY_S)
        published_us = seconds * 1_000_000 + number  # the same in every version
        self.times.append(published_us)
        place = number * 4 + (0 if sort == "post" else 1 + int(name[-1]))
        return IndexDocument(
            doc_id=name,
            post_id=name,
            doc_type="post" if sort == "post" else "flag",
            sort_key=sort_key(seconds, place),
            published_us=published_us,
            lemmas_kk=tuple(token.lemma_kk for token in tokens),
            lemmas_ru=tuple(token.lemma_ru for token in tokens),
            facets={name: self._values(name, sort) for name in FACETS},
        )

    def _values(self, name: str, sort: str) -> tuple[str, ...]:
        chance = self._chance
        if name in {"rule", "verdict"} and sort == "post":
            return ()
        count = chance.choice([0, 1, 1, 2, 3]) if name in SEVERAL else int(chance.random() > 0.05)
        return tuple(chance.sample(list(CHOICES[name]), count))

    def text(self, language: str) -> str:
        """One to four sentences."""
        return " ".join(self._sentence(language) for _ in range(self._chance.randrange(1, 5)))

    def _sentence(self, language: str) -> str:
        words = [self.word(language) for _ in range(self._chance.randrange(1, 11))]
        line = " ".join(words) + self._chance.choice([".", "!", "?", "", " …", "\n"])
        return line[:1].upper() + line[1:]

    def word(self, language: str) -> str:
        """An inflected word, a small one, somebody's name or something odd."""
        chance = self._chance
        if language == "mixed":
            language = chance.choice(["kk", "ru"])
        kind = chance.random()
        if kind < 0.05:
            return chance.choice(ODD)
        if kind < 0.13:
            return self.name(language)
        if language == "ru":
            return chance.choice(SMALL if kind < 0.3 else forms(chance.choice(RUSSIAN)))
        root = chance.choice(list(KAZAKH))
        return root + chance.choice(KAZAKH[root])

    def name(self, language: str) -> str:
        """Somebody in any case: both parts in Russian, the last part in Kazakh."""
        chance = self._chance
        first, last, gender = chance.choice(PEOPLE)
        if language == "kk":
            found = [first, chance.choice(chance.choice(kazakh_cases(last)))]
        else:
            case = chance.randrange(6)
            found = [chance.choice(russian_cases(first, "first", gender))[case],
                     chance.choice(russian_cases(last, "surname", gender))[case]]  # fmt: skip
        return " ".join(part.capitalize() for part in found)

    # queries

    def request(self) -> SearchRequest:
        """A search, its text through the grammar and the analyzer as any other."""
        chance = self._chance
        since, until = self._window()
        return SearchRequest(
            node=parse(self.query(), self._analyzer),
            doc_type=chance.choice(["post", "post", "flag"]),
            filters=self._filters(),
            since_us=since,
            until_us=until,
            facets=tuple(chance.sample(FACETS, chance.choice([0, 2, 5, len(FACETS)]))),
            facet_size=chance.choice([1, 3, 50, 50]),
        )

    def by(self) -> list[str]:
        """What to count by."""
        return self._chance.sample(FACETS, self._chance.randrange(1, 4))

    def _window(self) -> tuple[int | None, int | None]:
        chance = self._chance
        if chance.random() < 0.7:
            return None, None
        start = chance.choice(self.times)  # exactly at a post: is it within?
        end = chance.choice([start + 5 * DAY_S * 1_000_000, chance.choice(self.times)])
        return chance.choice([(start, end), (start, None), (None, start)])

    def _filters(self) -> dict[str, tuple[str, ...]]:
        chance = self._chance
        names = chance.sample(FACETS, chance.choice([0, 0, 1, 2]))
        return {
            name: tuple(chance.sample(list(CHOICES[name]), chance.choice([1, 2]))) for name in names
        }

    def query(self, depth: int = 2) -> str:
        """Words, phrases and fields, and what joins them; some of it nonsense."""
        chance = self._chance
        sort = chance.random()
        if depth == 0 or sort < 0.45:
            return self._atom()
        left, right = self.query(depth - 1), self.query(depth - 1)
        if sort < 0.65:
            return f"{left} {right}"
        if sort < 0.85:
            return f"({left}) OR ({right})"
        return f"{left} NOT ({right})" if sort < 0.97 else f"NOT ({left})"

    def _atom(self) -> str:
        chance = self._chance
        sort = chance.random()
        if sort < 0.45:
            return self.word(chance.choice(["kk", "ru"])) or "сайлау"
        if sort < 0.8:
            return f'"{self._piece(chance.choice([2, 2, 3]))}"'
        name = chance.choice(FACETS)
        return f'{name}:"{chance.choice(CHOICES[name])}"'

    def _piece(self, length: int) -> str:
        """Words that stand together in some post, or stood there before it was indexed anew."""
        words = self._chance.choice(self.texts).replace('"', "").split()
        at = self._chance.randrange(max(1, len(words) - length + 1))
        return " ".join(words[at : at + length])
