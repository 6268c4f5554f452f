"""A candidate of the register as texts are compared: every part of the name in its forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.election import Candidate
from nlp.kazakh_latin import cyrillic_word
from nlp.names.forms import Forms, FullName, parse_name, part_forms
from nlp.names.inflect import Gender, russian_cases
from nlp.names.words import is_common_surname, is_common_word, is_first_name, keys, plain_key


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate as compared: each part in every spelling the register gives."""

    id: str
    surnames: tuple[Forms, ...]
    firsts: tuple[Forms, ...]
    patronymics: tuple[Forms, ...]
    first_initials: frozenset[str]
    patronymic_initials: frozenset[str]
    is_first_name: bool  # the surname, that is: Бейбіт, Серік
    is_word: bool
    is_common: bool
    # Forms that cannot stand behind "за" or "от"; they tell "за Омарова" and "за Омарову" apart.
    ungoverned: frozenset[str] = frozenset()


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
        any(is_first_name(surname.lower().capitalize()) for surname in surnames if surname),
        any(is_common_word(surname) for surname in surnames if surname),
        any(is_common_surname(surname) for surname in surnames if surname),
        frozenset(_ungoverned(surname, candidate.gender) for surname in surnames if surname),
    )


def _ungoverned(surname: str, gender: Gender) -> str:
    """The nominative of a woman's surname, the dative of a man's: Омарова, Омарову."""
    dative = russian_cases(cyrillic_word(surname), "surname", "m")[0][2]
    return plain_key(surname if gender == "f" else dative)


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


def tags_of(candidate: Candidate) -> set[str]:
    """#АсхатСериков and #СериковАсхат; tags are rarely inflected."""
    found: set[str] = set()
    for name in (candidate.names.kk, candidate.names.ru, candidate.names.en):
        if name.strip():
            parts = parse_name(name)
            if parts.first:
                surname, first = plain_key(parts.surname), plain_key(parts.first)
                found |= {surname + first, first + surname}
    return found
