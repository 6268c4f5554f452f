"""Candidates in a text: a surname, and whatever stands around it to say whose surname it is.

From strong to weak: with first name and patronymic, with first name, with initials, first name and
patronymic without the surname, the surname alone. A surname next to somebody else's first name,
patronymic or initial names somebody else. One that several candidates share, that many people
bear or that is a word needs more than itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from core.election import Candidate
from nlp.kazakh_latin import is_latin
from nlp.names.forms import Forms, FullName, parse_name, part_forms
from nlp.names.words import (
    Words,
    is_common_surname,
    is_common_word,
    is_first_name,
    is_ordinary,
    is_patronymic,
    is_surname,
    keys,
    plain_key,
)

How: TypeAlias = Literal[
    "full_name", "first_name", "initials", "first_and_patronymic", "handle", "tag", "surname"
]
SCORES: Mapping[How, float] = {
    "full_name": 0.99, "first_name": 0.95, "handle": 0.95, "tag": 0.9, "initials": 0.88,
    "first_and_patronymic": 0.75, "surname": 0.8,
}  # fmt: skip
WITHOUT_CONTEXT, NAMESAKES, SAME_TEXT = 0.55, 0.5, 0.85
_RANK: tuple[How, ...] = ("full_name", "first_name", "initials", "first_and_patronymic", "surname")
_ELECTION = re.compile(
    r"\b(?:кандидат|[үу]м[іи]ткер|депутат|сайлау|сайла[нд]|дауыс|выбор|избира|избра|голос|"
    r"м[әа]слихат|округ|бюллетен|мандат|партия|партий|предвыбор|candidate|election|vot[ei]|deputy|"
    r"saıla|saila|sayla|dau[yı]s|daýys|[uúü]m[iı]tker|kandidat|deputat)",
    re.IGNORECASE,
)
_NOBODY: frozenset[str] = frozenset()
_REACH = 150  # characters on either side in which a word of elections counts as near
_TITLES = ("кандидат", "депутат", "умиткер", "господин", "господж", "аким", "сенатор", "товарищ")
_HONOURS = frozenset({"мырза", "мырзага", "мырзаны", "мырзанын", "ханым", "ханымга", "ханымды"})
_PLACE_BEFORE = re.compile(
    r"(?:улиц[аеыу]|ул|проспекте?|пр|переул\w+|пер|площад[ьи]|сел[аое]|школ[аеыу]|имени|им|мкр|"
    r"микрорайоне?|стадионе?|мечет[ьи])"
)
_PLACE_BEHIND = ("коше", "дангыл", "атындагы", "атынд", "мектеб", "гимназия", "алан")


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate as compared: each part in every spelling the register gives."""

    id: str
    surnames: tuple[Forms, ...]
    firsts: tuple[Forms, ...]
    patronymics: tuple[Forms, ...]
    first_initials: frozenset[str]
    patronymic_initials: frozenset[str]
    is_word: bool
    is_common: bool


class Mention(NamedTuple):
    """Tokens [start, end) that may name any of `ids`, all of them equally well."""

    start: int
    end: int
    ids: tuple[str, ...]
    how: How
    score: float
    context: str = ""


class _Reading(NamedTuple):
    person: Person
    start: int
    end: int
    how: How


class People:
    """The dictionary of candidates' names and the search in it."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        listed = list(candidates)
        self._people = {c.id: make_person(c) for c in listed}
        surnames, firsts, patronymics, tags = (defaultdict[str, set[str]](set) for _ in range(4))
        for person in self._people.values():
            for forms in person.surnames:
                _enter(surnames, forms[0], person.id)
            for forms in person.firsts:
                _enter(firsts, forms[-1], person.id)
            for forms in person.patronymics:
                if len(forms) == 1:
                    _enter(patronymics, forms[0], person.id)
        for one in listed:
            _enter(tags, _tags(one), one.id)
        self._by_surname = {k: tuple(sorted(ids)) for k, ids in surnames.items()}
        self._by_tag = {k: tuple(sorted(ids)) for k, ids in tags.items()}
        self._by_first = {k: frozenset(ids) for k, ids in firsts.items()}
        self._by_patronymic = {k: frozenset(ids) for k, ids in patronymics.items()}

    def knows(self, word_key: str) -> bool:
        """Whether a mention may begin at, or hang on, a word with this key."""
        return (
            word_key in self._by_surname
            or word_key in self._by_tag
            or word_key in self._by_patronymic
        )

    def find(self, words: Words, at: Iterable[int]) -> list[Mention]:
        """Mentions in the order of the text, none overlapping; looked for at the tokens `at`."""
        found: list[Mention] = []
        open_: list[Mention] = []
        floor = 0
        for index in at:
            mention = self._at(words, index, floor) if index >= floor else None
            if mention:
                (found if mention.score else open_).append(mention)
                floor = mention.end
        named = {mention.ids[0] for mention in found if len(mention.ids) == 1}
        found.extend(_settled(open_, named))
        return sorted(found)

    def _at(self, words: Words, index: int, floor: int) -> Mention | None:
        for k in words.keys(index):
            if k in self._by_surname:
                mention = self._by_surname_at(words, index, floor, self._by_surname[k])
                if mention:
                    return mention
            if k in self._by_tag and not self._is_split(words, index):
                return Mention(index, index + 1, self._by_tag[k], "tag", SCORES["tag"])
            if k in self._by_patronymic:
                mention = self._without_surname(words, index, floor, k)
                if mention:
                    return mention
        return None

    def _is_split(self, words: Words, index: int) -> bool:
        return not words.is_capital(index) and words.normal[words.tokens[index].start - 1] != "#"

    def _by_surname_at(
        self, words: Words, index: int, floor: int, ids: tuple[str, ...]
    ) -> Mention | None:
        readings = []
        for person in (self._people[i] for i in dict.fromkeys(ids)):
            end = max((words.match(index, forms) for forms in person.surnames), default=0)
            reading = end and _read(words, person, index, end, floor)
            if reading:
                readings.append(reading)
        if not readings:
            return None
        best = min(_RANK.index(reading.how) for reading in readings)
        readings = [reading for reading in readings if _RANK.index(reading.how) == best]
        return _mention(words, readings)

    def _without_surname(
        self, words: Words, index: int, floor: int, patronymic: str
    ) -> Mention | None:
        """First name and patronymic: polite, common, and rarely one person in the country."""
        if index <= floor or not words.are_joined(index - 1) or self._has_surname(words, index):
            return None
        ids: set[str] = set()
        for k in words.keys(index - 1):
            ids |= self._by_patronymic[patronymic] & self._by_first.get(k, _NOBODY)
        readings = []
        for person in (self._people[i] for i in sorted(ids)):
            start = _first_before(words, index, person, floor)
            if start is not None and words.is_capital(start):
                if _stands_by_surname(words, start, index + 1):
                    return None
                readings.append(_Reading(person, start, index + 1, "first_and_patronymic"))
        return _mention(words, readings) if readings else None

    def _has_surname(self, words: Words, patronymic: int) -> bool:
        """Whether a surname of the register stands behind: then it is read from there."""
        behind = patronymic + 1
        return words.are_joined(patronymic) and any(
            k in self._by_surname for k in words.keys(behind)
        )


def make_person(candidate: Candidate) -> Person:
    """All spellings of a candidate's name, inflected."""
    names = candidate.names
    written = [parse_name(name) for name in (names.kk, names.ru, names.en) if name.strip()]
    surnames = [name.surname for name in written]
    return Person(
        candidate.id,
        tuple(dict.fromkeys(part_forms(s, "surname", candidate.gender) for s in surnames if s)),
        tuple(dict.fromkeys(f for name in written for f in _first_forms(name, candidate))),
        tuple(dict.fromkeys(f for name in written for f in _patronymic_forms(name, candidate))),
        frozenset(letter for name in written for letter in _initials(name.first)),
        frozenset(letter for name in written for letter in _initials(name.patronymic)),
        any(is_common_word(surname) for surname in surnames if surname),
        any(is_common_surname(surname) for surname in surnames if surname),
    )


def _first_forms(name: FullName, candidate: Candidate) -> Iterator[Forms]:
    if name.first:
        yield part_forms(name.first, "first", candidate.gender)
        if "-" in name.first:
            yield part_forms(name.first.replace("-", ""), "first", candidate.gender)


def _patronymic_forms(name: FullName, candidate: Candidate) -> Iterator[Forms]:
    if name.patronymic:
        yield part_forms(name.patronymic, "patronymic", candidate.gender)
        joined = name.patronymic.replace(" ", "").replace("-", "")
        if joined != name.patronymic:
            yield part_forms(joined, "patronymic", candidate.gender)
        for ending in ("ұлы", "қызы", "улы", "кызы"):
            if name.patronymic.endswith(ending) and " " not in name.patronymic:
                apart = f"{name.patronymic.removesuffix(ending)} {ending}"
                yield part_forms(apart, "patronymic", candidate.gender)


def _initials(name: str) -> Iterator[str]:
    if name:
        first = keys(name)[0][0]
        yield first
        if first in "еюя":  # Yerlan is "Y." or "E."
            yield from ("ы", "и")


def _enter(index: dict[str, set[str]], forms: Iterable[str], id_: str) -> None:
    for form in forms:
        index[form].add(id_)


def _tags(candidate: Candidate) -> set[str]:
    """#АсхатСериков and #СериковАсхат; tags are rarely inflected."""
    tags: set[str] = set()
    for name in (candidate.names.kk, candidate.names.ru, candidate.names.en):
        if name.strip():
            parts = parse_name(name)
            if parts.first:
                surname, first = plain_key(parts.surname), plain_key(parts.first)
                tags |= {surname + first, first + surname}
    return tags


def _read(words: Words, person: Person, start: int, end: int, floor: int) -> _Reading | None:
    """How well tokens [start, end), a surname of `person`, name him; None for somebody else."""
    if _is_place(words, start, end):
        return None
    reading = _with_first_behind(words, person, start, end, floor) or _with_first_before(
        words, person, start, end, floor
    )
    if reading:
        return None if _is_place(words, reading.start, reading.end) else reading
    initials = _with_initials(words, person, start, end, floor)
    if initials or _has_initials(words, start, end, floor):
        return initials
    if _names_another(words, start, end, floor):
        return None
    return _Reading(person, start, end, "surname")


def _with_first_behind(
    words: Words, person: Person, start: int, end: int, floor: int
) -> _Reading | None:
    if not words.are_joined(end - 1):
        return None
    for forms in person.firsts:
        after = words.match(end, forms)
        if after:
            full = _patronymic_end(words, after, person)
            if full == -1:
                return None
            if not full and _is_of_another(words, start, after, floor):
                return None
            return _Reading(person, start, full or after, "full_name" if full else "first_name")
    return None


def _is_of_another(words: Words, start: int, after: int, floor: int) -> bool:
    """In "Марат Сериков Асхат Ахметов" the first name behind belongs to the next surname."""
    has_first_before = (
        start > floor
        and words.are_joined(start - 1)
        and is_first_name(words.tokens[start - 1].text)
    )
    if not has_first_before or not words.are_joined(after - 1):
        return False
    return words.is_capital(after) and not is_ordinary(words.tokens[after].text)


def _patronymic_end(words: Words, index: int, person: Person) -> int:
    """The token behind the patronymic at `index`; 0 for none there, -1 for somebody else's."""
    if index >= len(words) or not words.are_joined(index - 1):
        return 0
    for forms in person.patronymics:
        end = words.match(index, forms)
        if end:
            return end
    text = words.tokens[index].text
    is_apart = (
        index + 1 < len(words)
        and words.are_joined(index)
        and (keys(words.tokens[index + 1].text)[0].startswith(("улы", "кызы")))
    )
    return -1 if person.patronymics and (is_patronymic(text) or is_apart) else 0


def _with_first_before(
    words: Words, person: Person, start: int, end: int, floor: int
) -> _Reading | None:
    first = _first_before(words, start, person, floor)
    if first is not None:
        return _Reading(person, first, end, "first_name")
    for forms in person.patronymics:
        patronymic = start - len(forms)
        if patronymic >= floor and words.are_joined(start - 1) and words.match(patronymic, forms):
            first = _first_before(words, patronymic, person, floor)
            if first is not None:
                return _Reading(person, first, end, "full_name")
    return None


def _first_before(words: Words, index: int, person: Person, floor: int) -> int | None:
    """Where a first name of `person` begins that ends right before token `index`."""
    if index <= floor or not words.are_joined(index - 1):
        return None
    for forms in person.firsts:
        start = index - len(forms)
        if start >= floor and words.match(start, forms):
            return start
    return None


def _initial_positions(words: Words, start: int, end: int, floor: int) -> tuple[int, ...]:
    """The initials next to a surname, behind it or before it, in their order."""
    behind: list[int] = []
    index = end
    while index < len(words) and len(behind) < 2 and words.is_initial(index):
        gap = words.gap(index - 1)
        if gap.strip(" .\n") or "\n\n" in gap or (index == end and "." in gap):
            break
        behind.append(index)
        index += 1
    if behind:
        return tuple(behind)
    before: list[int] = []
    index = start - 1
    while index >= floor and len(before) < 2 and words.is_initial(index):
        if words.gap(index).strip(" .\n-"):
            break
        before.insert(0, index)
        index -= 1
    return tuple(before)


def _has_initials(words: Words, start: int, end: int, floor: int) -> bool:
    return bool(_initial_positions(words, start, end, floor))


def _with_initials(
    words: Words, person: Person, start: int, end: int, floor: int
) -> _Reading | None:
    positions = _initial_positions(words, start, end, floor)
    if not positions or not words.is_capital(start):
        return None
    letters = [words.keys(position)[0][:1] for position in positions]
    if letters[0] not in person.first_initials:
        return None
    patronymics = person.patronymic_initials
    if len(letters) == 2 and patronymics and letters[1] not in patronymics:
        return None
    return _Reading(person, min(start, positions[0]), max(end, positions[-1] + 1), "initials")


def _names_another(words: Words, start: int, end: int, floor: int) -> bool:
    """A first name, a patronymic or an unknown capitalised word next to it: it is somebody else."""
    latin = is_latin(words.tokens[start].text)
    before = start > floor and words.are_joined(start - 1)
    if before and (words.gap(start - 1) == "-" or _is_name(words, start - 1, latin)):
        return True
    behind = end < len(words) and words.are_joined(end - 1)
    return behind and (words.gap(end - 1) == "-" or _is_name(words, end, latin))


def _is_name(words: Words, index: int, latin: bool) -> bool:
    token = words.tokens[index]
    if token.kind != "word" or len(token.text) < 2 or is_latin(token.text) != latin:
        return False
    if is_first_name(token.text) or is_patronymic(token.text):
        return True
    is_capital = words.is_capital(index) and not token.text.isupper()
    return is_capital and not words.starts_sentence(index) and not is_ordinary(token.text)


def _stands_by_surname(words: Words, start: int, end: int) -> bool:
    """Whether a surname stands right before or behind; it is not the candidate's."""
    for index, is_near in (
        (start - 1, words.are_joined(start - 1)),
        (end, words.are_joined(end - 1)),
    ):
        if is_near and words.is_capital(index) and is_surname(words.tokens[index].text):
            return True
    return False


def _is_place(words: Words, start: int, end: int) -> bool:
    """ "улица Серикова", "Серіков көшесі": a street or a school bears the name."""
    if start and _PLACE_BEFORE.fullmatch(words.tokens[start - 1].text.lower()):
        gap = words.gap(start - 1)
        if gap.strip('. «"') == "":
            return True
    return (
        end < len(words)
        and words.are_joined(end - 1)
        and bool(words.keys(end))
        and words.keys(end)[0].startswith(_PLACE_BEHIND)
    )


def _mention(words: Words, readings: list[_Reading]) -> Mention | None:
    """One mention of all who are meant equally well, with its score; 0 where it waits for more."""
    first = readings[0]
    start, end, how = first.start, first.end, first.how
    ids = tuple(dict.fromkeys(reading.person.id for reading in readings))
    context = _context(words, start, end)
    if how not in ("surname", "first_and_patronymic"):
        score = NAMESAKES if len(ids) > 1 else SCORES[how]
        return Mention(start, end, ids, how, score, context)
    if not words.is_capital(start) and not context:
        return None
    score = 0.0
    if len(ids) == 1:
        score = _score_alone(words, first, context)
    return Mention(start, end, ids, how, score, context)


def _score_alone(words: Words, reading: _Reading, context: str) -> float:
    """What a surname by itself is worth: nothing by default where it is common or a word."""
    person, is_capital = reading.person, words.is_capital(reading.start)
    if reading.how == "first_and_patronymic":
        return SCORES[reading.how] if context else NAMESAKES
    if person.is_word or (person.is_common and not is_capital):
        return SCORES["surname"] if is_capital and _is_titled(words, reading) else 0.0
    if person.is_common:
        return 0.6 if context else 0.0
    if not is_capital:
        return WITHOUT_CONTEXT if context else 0.0
    return SCORES["surname"] if context else WITHOUT_CONTEXT


def _is_titled(words: Words, reading: _Reading) -> bool:
    before = [k for i in range(max(0, reading.start - 2), reading.start) for k in words.keys(i)]
    behind = words.keys(reading.end) if reading.end < len(words) else ()
    return any(k.startswith(_TITLES) for k in before) or not _HONOURS.isdisjoint(behind)


def _context(words: Words, start: int, end: int) -> str:
    """A word of elections near the mention, as it stands there; "" for none."""
    left, right = words.tokens[start].start, words.tokens[end - 1].end
    before = words.normal[max(0, left - _REACH) : left]
    near = _ELECTION.search(words.normal[right : right + _REACH]) or _ELECTION.search(before)
    return near[0].lower() if near else ""


def _settled(waiting: list[Mention], named: set[str]) -> Iterator[Mention]:
    """A surname alone is his whom the same text names in full."""
    for mention in waiting:
        meant = tuple(i for i in mention.ids if i in named)
        if len(meant) == 1:
            yield mention._replace(ids=meant, score=SAME_TEXT)
