"""The full name of a register, taken apart and put through every case of both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from core.election import Candidate
from nlp.kazakh import fold
from nlp.names.inflect import KAZAKH_CASES, Gender, Part, kazakh_cases, russian_cases
from nlp.names.words import is_first_name, is_patronymic, keys, words_of

# One part of a name: its tokens in order (a double name has two), each with the keys of its forms.
Forms: TypeAlias = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class FullName:
    """The parts of a name as written, each "" where the register gives none."""

    surname: str
    first: str = ""
    patronymic: str = ""


def parse_name(name: str) -> FullName:
    """Surname, first name, patronymic; the order first name, (patronymic,) surname is turned.

    Two words of which the second is a patronymic ("Асхат Нұрланұлы") have it for a surname.
    """
    parts = name.replace(",", " ").split()
    if len(parts) == 3 and is_patronymic(parts[1]) and not is_patronymic(parts[2]):
        parts = [parts[2], parts[0], parts[1]]
    elif len(parts) == 2 and _is_turned(parts[0], parts[1]):
        parts = [parts[1], parts[0]]
    surname, first, *rest = [*parts, "", ""]
    return FullName(surname, first, " ".join(part for part in rest if part))


def _is_turned(left: str, right: str) -> bool:
    if is_patronymic(right):
        return True
    return is_first_name(left) and not is_first_name(right) and not _ends_as_surname(left)


def _ends_as_surname(word: str) -> bool:
    return keys(word)[0].endswith(("ов", "ев", "ин", "ова", "ева", "ина", "ский", "ская"))


@lru_cache(maxsize=20_000)
def part_forms(written: str, part: Part, gender: Gender) -> Forms:
    """The keys of every form of each token of one part; the last one takes Kazakh endings too."""
    words = words_of(written)
    forms = [_russian_keys(word, part, gender) for word in words]
    if words:
        forms[-1] |= _kazakh_keys(words[-1])
    return tuple(forms)


def _russian_keys(word: str, part: Part, gender: Gender) -> frozenset[str]:
    paradigms = russian_cases(word, part, gender)
    forms = {form for cases in paradigms for form in cases}
    forms |= {form[:-1] + "ю" for form in forms if form.endswith(("ой", "ей")) and form != word}
    return frozenset(fold(form) for form in forms)


def _kazakh_keys(word: str) -> frozenset[str]:
    forms = {form for cases in kazakh_cases(word) for form in cases}
    # "Сериковтағы", "Сериковтікі": what is with him, what is his.
    forms |= {f"{cases[4]}ғы" for cases in kazakh_cases(word)}
    forms |= {f"{cases[1][:-2]}ікі" for cases in kazakh_cases(word)}
    return frozenset(fold(form) for form in forms)


def surface_forms(candidate: Candidate) -> Iterator[str]:
    """A candidate's name as it may stand in a text: both languages, every case, usual orders.

    Capitalised, case-agreed, some of them equal. The linker knows many more (initials, untyped
    and Latin spelling); these are what a phrase matcher would be given.
    """
    russian, kazakh = parse_name(candidate.names.ru), parse_name(candidate.names.kk)
    for case in range(6):
        yield from _orders(*_russian_parts(russian, candidate.gender, case))
    for case in range(len(KAZAKH_CASES)):
        yield from _orders_of_kazakh(kazakh, case)


def _russian_parts(name: FullName, gender: Gender, case: int) -> tuple[str, str, str]:
    surname = russian_cases(name.surname.lower(), "surname", gender)[0][case]
    first = russian_cases(name.first.lower(), "first", gender)[0][case]
    patronymic = russian_cases(name.patronymic.lower(), "patronymic", gender)[0][case]
    return surname.title(), first.title(), patronymic.title()


def _orders(surname: str, first: str, patronymic: str) -> Iterator[str]:
    if surname and first:
        yield f"{surname} {first}"
        yield f"{first} {surname}"
        if patronymic:
            yield f"{surname} {first} {patronymic}"
            yield f"{first} {patronymic} {surname}"


def _orders_of_kazakh(name: FullName, case: int) -> Iterator[str]:
    """In Kazakh only the last word of a name is inflected."""
    for order in _orders(name.surname, name.first, name.patronymic):
        head, _, last = order.rpartition(" ")
        yield f"{head} {kazakh_cases(last.lower())[0][case].title()}"
