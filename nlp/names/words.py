"""Words as names are compared: one key for every spelling, and what else a word may be."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from nlp import kazakh, russian
from nlp.kazakh_latin import cyrillic_word, is_latin
from nlp.names.inflect import kazakh_cases, russian_cases
from nlp.normalise import normalise
from nlp.tokens import RawToken, raw_tokens

_DATA = Path(__file__).parent.parent / "data"
_DOUBLED = re.compile(r"([^\W\d_])\1")
_GAP = re.compile(r"[ \t]*\n?[ \t]*|-")
# A patronymic in any case, folded.
_PATRONYMIC = re.compile(
    "(?:[ое]вич(?:а|у|ем|е|тин|ке|ти|те|тен|пен)?|[ое]вн(?:а|ы|е|у|ой|анын|ага|аны|ада|адан|амен)"
    "|(?:улы|кызы|углы|оглы)(?:нын|на|н|нда|нан|мен)?)$"
)


_SURNAME_ENDING = re.compile(
    "[а-я]{2}(?:[ое]в|ин)(?:|а|у|ым|е|ой|тын|тин|ка|ке|ты|ти|та|те|тан|тен|пен"
    "|анын|ага|аны|ада|адан|амен)$"
)
_NAME_MARKS = ("Surn", "Name", "Patr", "Geox")


@lru_cache(maxsize=100_000)
def keys(word: str) -> tuple[str, ...]:
    """The keys of a word, the main one first: case, Kazakh letters, ё, ь and alphabet set aside.

    Latin spelling doubles letters that Cyrillic does not (Kassym), so it has a second key.
    """
    if not is_latin(word):
        return (kazakh.fold(word) or word.lower(),)
    main = kazakh.fold(cyrillic_word(word))
    single = _DOUBLED.sub(r"\1", main)
    return (main,) if main == single else (main, single)


def plain_key(word: str) -> str:
    """The main key of a word or of several run together; not remembered."""
    return kazakh.fold("".join(words_of(word))) or word.lower()


def words_of(name: str) -> list[str]:
    """The words of a name as the tokens of a text would be, lower case, Latin made Cyrillic."""
    normal, _ = normalise(name)
    return [cyrillic_word(token.text) for token in raw_tokens(normal) if token.kind == "word"]


@lru_cache(maxsize=100_000)
def is_first_name(word: str) -> bool:
    """Whether a word, in any case of either language, is a first name and hardly anything else."""
    lower = cyrillic_word(word)
    if keys(word)[0] in _first_names():
        return not kazakh.analyse(lower).known or word[0].isupper()
    if not word[0].isupper() or not russian.is_known(lower):
        return False
    tag = russian.analyser().parse(lower)[0].tag
    return (
        "Name" in tag and "plur" not in tag
    )  # "Сериков" is a surname, not many people called Серик


def is_patronymic(word: str) -> bool:
    """Whether a word ends as a patronymic does, in any case of either language."""
    return bool(_PATRONYMIC.search(keys(word)[0]))


@lru_cache(maxsize=100_000)
def is_common_word(word: str) -> bool:
    """Whether a name in its nominative is also an ordinary word as it stands (Мороз, Жұма)."""
    lower = cyrillic_word(word)
    if kazakh.analyse(lower).known:
        return True
    if not russian.is_known(lower):
        return False
    is_plural = lower.endswith(("ых", "их"))  # Черных is "of the black ones"
    readings = (p for p in russian.analyser().parse(lower) if is_plural or p.normal_form == lower)
    return any(not any(mark in reading.tag for mark in _NAME_MARKS) for reading in readings)


@lru_cache(maxsize=100_000)
def is_ordinary(word: str) -> bool:
    """Whether a word is known as something else than a name of a person, in any form."""
    lower = cyrillic_word(word)
    if kazakh.analyse(lower).known:
        return True
    if not russian.is_known(lower):
        return False
    tag = russian.analyser().parse(lower)[0].tag
    return not any(mark in tag for mark in ("Name", "Patr"))


@lru_cache(maxsize=100_000)
def is_surname(word: str) -> bool:
    """Whether a word, in any case, reads as a surname: by the dictionary or by its ending."""
    lower = cyrillic_word(word)
    if _SURNAME_ENDING.search(keys(word)[0]):
        return True
    return russian.is_known(lower) and "Surn" in russian.analyser().parse(lower)[0].tag


def is_common_surname(word: str) -> bool:
    """Whether many people bear this surname (nominative, either gender)."""
    return keys(word)[0] in _common_surnames()


@cache
def _first_names() -> frozenset[str]:
    found: set[str] = set()
    for name in _list("first_names.txt"):
        lower = name.lower()
        for cases in (*russian_cases(lower, "first", ""), *kazakh_cases(lower)):
            found.update(keys(form)[0] for form in cases)
    return frozenset(found)


@cache
def _common_surnames() -> frozenset[str]:
    bare = {keys(name)[0] for name in _list("common_surnames.txt")}
    return frozenset(bare | {name + "а" for name in bare if name.endswith(("ов", "ев", "ин"))})


def _list(name: str) -> list[str]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


class Words:
    """The tokens of a normalised text with what names are recognised by."""

    def __init__(self, normal: str) -> None:
        self.normal = normal
        self.tokens: list[RawToken] = raw_tokens(normal)
        self._seen: dict[re.Pattern[str], bool] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    def speaks_of(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern occurs anywhere; searched once, however often it is asked."""
        if pattern not in self._seen:
            self._seen[pattern] = bool(pattern.search(self.normal))
        return self._seen[pattern]

    def keys(self, index: int) -> tuple[str, ...]:
        """The keys of a token; none for numbers, links and @names."""
        token = self.tokens[index]
        return keys(token.text) if token.kind == "word" else ()

    def is_capital(self, index: int) -> bool:
        """Whether the token begins with a capital letter."""
        return self.tokens[index].text[0].isupper()

    def gap(self, index: int) -> str:
        """What stands between this token and the next one."""
        return self.normal[self.tokens[index].end : self.tokens[index + 1].start]

    def are_joined(self, index: int) -> bool:
        """Whether only a blank, one line break or a hyphen parts this token from the next."""
        tokens = self.tokens
        if not 0 <= index < len(tokens) - 1:
            return False
        gap = self.normal[tokens[index].end : tokens[index + 1].start]
        return gap == " " or bool(_GAP.fullmatch(gap))

    def is_initial(self, index: int) -> bool:
        """Whether the token is an initial with its full stop: "А." or "Дж."."""
        token = self.tokens[index]
        is_short = token.kind == "word" and len(token.text) <= 2 and token.text[0].isupper()
        return is_short and self.normal.startswith(".", token.end)

    def starts_sentence(self, index: int) -> bool:
        """Whether a capital here may be due to the beginning of a sentence or a line."""
        before = self.normal[max(0, self.tokens[index].start - 6) : self.tokens[index].start]
        return index == 0 or bool(re.search(r"[.!?…:\n•—–][^\w«\"“„]*$", before))

    def match(self, index: int, forms: tuple[frozenset[str], ...]) -> int:
        """The token behind a name that begins at `index`, or 0 where it does not."""
        tokens = self.tokens
        if index + len(forms) > len(tokens):
            return 0
        for here, allowed in enumerate(forms, index):
            token = tokens[here]
            if token.kind != "word" or allowed.isdisjoint(keys(token.text)):
                return 0
            if here > index and not self.are_joined(here - 1):
                return 0
        return index + len(forms)
