"""Which language a text is in: kk, ru, en, both of the first two mixed, or none of these (und).

Every word votes with what is known of it: lists of common words, letters only one language has,
the Russian dictionary, the Kazakh roots and endings. Names, party names, links and words both
languages use vote for nothing. Kazakh in Latin letters or typed without its own is `kk`, and
`data["script"]` says how it was written. Kyrgyz, Tatar, Uzbek, Ukrainian and all others are `und`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from core.model import Annotation, Language, Script
from core.ports import Document
from nlp import kazakh, russian
from nlp.kazakh_latin import cyrillic_word, is_latin
from nlp.tokens import pattern_for

_WORDS_FILE = Path(__file__).parent / "data" / "common_words.txt"
_KAZAKH_ALONE = re.compile("[әғқұһ]")  # of the languages around, together only Kazakh has them
_KAZAKH_SHARED = re.compile("[өүңі]")
_KAZAKH_LETTER = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_FOREIGN_CYRILLIC = re.compile("[ўїєґҳҷӣӯҗҙҫҡҥђћљњџјѓќ]|оо|өө|үү|ээ")
_KAZAKH_LATIN = re.compile(
    "[äğŋūşǵáńóúýñıəöü]|q(?!u)|zh|gh(?=[aiy])|ya?q$|[dtn]yn$|[mn]yz$|[mn]iz$"
)
_RUSSIAN_SHAPE = re.compile(
    "(?:ость|ости|ение|ения|ание|ания|ский|ская|ское|ские|ского|ться|тся|ого|ему|ыми|ими|ешь|ишь|"
    "ете|ите|ами|ями|овать|нный|нная|нные|ция|ции|ную|тель|щик|вший)$|щ|ъ"
)
_ENGLISH_SHAPE = re.compile("ing$|tion|ed$|ly$|ment|ness$|ous$|able$|igh|ough|th|wh|ck|oo|ee|ea")
_QUOTED_NAME = re.compile(r"[«\"“„][^\W\d_][^«»\"“”„\n]{0,40}[»\"”“]")
_LETTER_CASE = re.compile(r"[.!?…:\n•—-]\W*$")
_LATIN_LISTS = (("en", "en", 1.2), ("other", "other", 1.0), ("ru latin", "ru", 1.0))
MOST_WORDS = 3_000


class Vote(NamedTuple):
    """What one word says: a language, "both", "greeting" or nothing; how much; how written."""

    language: str
    weight: float
    script: Script = "cyrillic"


_NOTHING = Vote("", 0.0)


class _Count:
    """Votes of a text, counted once."""

    def __init__(self) -> None:
        self.weight = {"kk": 0.0, "ru": 0.0, "en": 0.0, "other": 0.0}
        self.words = {"kk": 0, "ru": 0, "en": 0, "other": 0}
        self.both = 0.0
        self.greetings = 0.0
        self.typed_letters = False  # any letter that only proper Kazakh has
        self.scripts = {"kk": {"cyrillic": 0.0, "latin": 0.0, "untyped": 0.0}, "ru": {"latin": 0.0}}

    def add(self, vote: Vote, factor: float) -> None:
        if vote.language == "both":
            self.both += vote.weight * factor
        elif vote.language == "greeting":
            self.greetings += vote.weight * factor
        elif vote.language:
            self.weight[vote.language] += vote.weight * factor
            self.words[vote.language] += vote.weight * factor >= 0.6
            scripts = self.scripts.get(vote.language)
            if scripts and vote.script in scripts:
                scripts[vote.script] += vote.weight * factor


class LanguageDetector:
    """Emits one `language` annotation a text. Its score falls with little or divided evidence."""

    name = "language"
    version = "1"

    def detect(self, document: Document) -> Sequence[Annotation]:
        """kk, ru, en, mixed or und, with `script` of its Kazakh and `shares` of the votes."""
        count = _Count()
        count.typed_letters = bool(_KAZAKH_LETTER.search(document.normal))
        for vote, factor in _votes(document.normal):
            count.add(vote, factor)
        value = _decide(count)
        total = sum(count.weight.values())
        shares = {lang: round(w / total, 3) for lang, w in count.weight.items() if total and w}
        data = {"script": _script(value, count), "shares": shares}
        return [
            Annotation(self.name, self.version, "language", value, _score(value, count), (), data)
        ]


def _votes(normal: str) -> Iterator[tuple[Vote, float]]:
    """Each word's vote, and how far it counts where it stands."""
    names = [match.span() for match in _QUOTED_NAME.finditer(normal) if _is_name(match[0])]
    upcoming = iter([*names, (len(normal) + 1, len(normal) + 1)])
    name_start, name_end = next(upcoming)
    for number, match in enumerate(pattern_for(normal).finditer(normal)):
        if number >= MOST_WORDS:
            return
        if match.lastgroup != "word":
            continue
        start, word = match.start(), match["word"]
        while start >= name_end:
            name_start, name_end = next(upcoming)
        factor = 1.0
        if name_start <= start < name_end or normal[start - 1 : start] == "#":
            factor = 0.25
        elif word[0].isupper() and not word.isupper() and not _starts_sentence(normal, start):
            factor = 0.3
        yield vote_of(word), factor


def _is_name(quoted: str) -> bool:
    words = quoted[1:-1].split()
    return len(words) <= 3 and words[0][:1].isupper() and quoted[-2] not in ".!?"


def _starts_sentence(normal: str, start: int) -> bool:
    before = normal[max(0, start - 4) : start]
    return start == 0 or not before.strip() or bool(_LETTER_CASE.search(before))


@lru_cache(maxsize=100_000)
def vote_of(word: str) -> Vote:
    """What one word of a normalised text says of the language."""
    lower = word.lower()
    if is_latin(lower):
        return _latin_vote(word, lower)
    listed = _listed(lower)
    if listed:
        return listed
    if not re.search("[а-яё]", lower):
        return Vote("kk", 0.3) if _KAZAKH_LETTER.search(lower) else Vote("other", 1.0)
    if _KAZAKH_ALONE.search(lower):
        return Vote("kk", 0.5 if _may_be_name(word, lower) else 1.2)
    known_russian = russian.is_known(lower)
    if _FOREIGN_CYRILLIC.search(lower) and not known_russian:
        return Vote("other", 1.5)
    return _cyrillic_vote(word, lower, known_russian)


def _may_be_name(word: str, lower: str) -> bool:
    return word[0].isupper() and not word.isupper() and not kazakh.analyse(lower).known


def _cyrillic_vote(word: str, lower: str, known_russian: bool) -> Vote:
    analysis = kazakh.analyse(lower)
    script: Script = "untyped" if analysis.untyped else "cyrillic"
    if _KAZAKH_SHARED.search(lower):
        return Vote("kk", 1.2 if analysis.known else 0.6)
    if analysis.stem in _lists()["both"]:
        return Vote("both" if known_russian else "greeting", 1.0)
    if analysis.known and known_russian:
        return Vote("both", 1.0)
    if analysis.known and len(lower) > 2:
        return Vote("kk", 1.0, script)
    is_capital = word[0].isupper() and not word.isupper()
    if known_russian:
        return _russian_vote(lower, is_capital)
    return _NOTHING if is_capital else _unknown_vote(lower, analysis)


def _unknown_vote(lower: str, analysis: kazakh.Analysis) -> Vote:
    """Neither the Russian dictionary nor the Kazakh roots have it: its endings speak."""
    if len(analysis.endings) >= 2 and russian.is_known(analysis.stem):
        return Vote("kk", 0.75, "untyped" if analysis.untyped else "cyrillic")
    if _RUSSIAN_SHAPE.search(lower):
        return Vote("ru", 0.6)
    return Vote("kk", 0.4) if len(analysis.endings) >= 3 else _NOTHING


def _russian_vote(lower: str, is_capital: bool) -> Vote:
    """Names say nothing; nouns little, because Kazakh borrows them; the rest is Russian."""
    tag = russian.first_tag(lower)
    if is_capital and any(mark in tag for mark in ("Name", "Surn", "Patr", "Geox")):
        return _NOTHING
    if "NOUN" in tag:
        return Vote("ru", 0.35 if "nomn" in tag and "sing" in tag else 0.55)
    return Vote("ru", 1.0)


def _latin_vote(word: str, lower: str) -> Vote:
    lists, plain = _lists(), lower.replace("’", "'")
    for section, language, weight in _LATIN_LISTS:
        if plain in lists[section]:
            return Vote(language, weight if len(lower) > 1 else 0.3, "latin")
    key = kazakh.fold(cyrillic_word(word))
    if key in lists["kk"]:
        return Vote("kk", 1.2 if len(lower) > 2 else 0.5, "latin")
    if key in lists["both"]:
        return Vote("greeting", 1.0, "latin")
    is_capital = word[0].isupper() and not word.isupper()
    return _unlisted_latin_vote(lower, is_capital, kazakh.analyse(key).known)


def _unlisted_latin_vote(lower: str, is_capital: bool, is_kazakh_root: bool) -> Vote:
    if is_kazakh_root and len(lower) >= 3 and not _ENGLISH_SHAPE.search(lower):
        return Vote("kk", 1.0 if len(lower) >= 4 and not is_capital else 0.4, "latin")
    if _KAZAKH_LATIN.search(lower):
        return Vote("kk", 0.7, "latin")
    if not lower.isascii():
        return _NOTHING if is_capital else Vote("other", 0.7, "latin")
    if is_capital:
        return Vote("en", 0.15, "latin")
    return Vote("en", 0.7 if _ENGLISH_SHAPE.search(lower) else 0.3, "latin")


def _listed(lower: str) -> Vote | None:
    lists = _lists()
    if lower in lists["ru"]:
        return Vote("ru", 1.2 if len(lower) > 1 else 0.6)
    if lower in lists["other"]:
        return Vote("other", 1.2)
    key = kazakh.fold(lower)
    if key in lists["both"]:
        return Vote("both" if russian.is_known(lower) else "greeting", 1.0)
    if key in lists["kk"]:
        is_untyped = lower not in lists["kk typed"]
        return Vote("kk", 1.2, "untyped" if is_untyped else "cyrillic")
    return None


def _decide(count: _Count) -> Language:
    weight, words = count.weight, count.words
    kk, ru, en, other = weight["kk"], weight["ru"], weight["en"], weight["other"]
    best = max(kk, ru, en)
    if best == 0.0:
        return _by_shared_words(count)
    if other >= best * 0.8:
        return "und"
    if en == best:
        return "en"
    if _is_mixed(kk, ru, words["kk"], words["ru"]):
        return "mixed"
    return "kk" if kk > ru else "ru"


def _by_shared_words(count: _Count) -> Language:
    """Nothing but greetings and words both use: Kazakh where the Russian dictionary lacks them."""
    if count.weight["other"] or not count.both + count.greetings:
        return "und"
    return "kk" if count.typed_letters or count.greetings > count.both else "ru"


def _is_mixed(kk: float, ru: float, kk_words: int, ru_words: int) -> bool:
    """Both carry sense: a word of a few, two of a sentence, a seventh of a long text."""
    fewer, share = min(kk_words, ru_words), min(kk, ru) / (kk + ru)
    in_all = kk_words + ru_words
    if in_all <= 4:
        return fewer >= 1 and share >= 0.25
    if in_all <= 30:
        return fewer >= 2 and share >= 0.18
    return fewer >= 4 and share >= 0.14


def _script(value: Language, count: _Count) -> Script:
    if value in ("kk", "mixed"):
        written = count.scripts["kk"]
        if written["latin"] > written["cyrillic"] + written["untyped"]:
            return "latin"
        has_letters = count.typed_letters
        return "untyped" if written["untyped"] and not has_letters else "cyrillic"
    if value == "ru":
        return "latin" if count.scripts["ru"]["latin"] > count.weight["ru"] / 2 else "cyrillic"
    return "latin" if value == "en" else ""


def _score(value: Language, count: _Count) -> float:
    """The share of the evidence that agrees, less where there is little of it."""
    weight, total = count.weight, sum(count.weight.values())
    if value == "und" or not total:
        return 0.3
    agreed = weight["kk"] + weight["ru"] if value == "mixed" else weight[value]
    return round(agreed / total * (1 - float(0.5 ** (1 + agreed))), 3)


@cache
def _lists() -> dict[str, frozenset[str]]:
    """The sections of the file; those compared with any spelling of Kazakh are folded."""
    sections: dict[str, set[str]] = {}
    section: set[str] = set()
    for line in _WORDS_FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            section.update(line.split())
    sections["kk typed"] = set(sections["kk"])
    for name in ("kk", "both"):
        sections[name] = {kazakh.fold(word) for word in sections[name]}
    sections["kk"] -= sections["ru"]
    sections["other"] -= sections["ru"] | sections["kk typed"] | sections["en"]
    return {name: frozenset(words) for name, words in sections.items()}
