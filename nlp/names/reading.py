"""What stands around a surname: the first name, patronymic or initials that say whose it is.

A surname next to somebody else's first name, patronymic or initial names somebody else, and so
does one on a street or a school.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from nlp.kazakh_latin import is_latin
from nlp.names.person import Person
from nlp.names.words import Words, is_first_name, is_ordinary, is_patronymic, is_surname, keys

How: TypeAlias = Literal[
    "full_name", "first_name", "initials", "first_and_patronymic", "handle", "tag", "surname"
]
_PLACE_BEFORE = re.compile(
    r"(?:улиц[аеыу]|ул|проспекте?|пр|переул\w+|пер|площад[ьи]|сел[аое]|школ[аеыу]|имени|им|мкр|"
    r"микрорайоне?|стадионе?|мечет[ьи])"
)
_PLACE_BEHIND = ("коше", "дангыл", "атындагы", "атынд", "мектеб", "гимназия", "алан")


class Reading(NamedTuple):
    person: Person
    start: int
    end: int
    how: How


def read(words: Words, person: Person, start: int, end: int, floor: int) -> Reading | None:
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
    return Reading(person, start, end, "surname")


def _with_first_behind(
    words: Words, person: Person, start: int, end: int, floor: int
) -> Reading | None:
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
            return Reading(person, start, full or after, "full_name" if full else "first_name")
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
) -> Reading | None:
    first = first_before(words, start, person, floor)
    if first is not None:
        return Reading(person, first, end, "first_name")
    for forms in person.patronymics:
        patronymic = start - len(forms)
        if patronymic >= floor and words.are_joined(start - 1) and words.match(patronymic, forms):
            first = first_before(words, patronymic, person, floor)
            if first is not None:
                return Reading(person, first, end, "full_name")
    return None


def first_before(words: Words, index: int, person: Person, floor: int) -> int | None:
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
) -> Reading | None:
    positions = _initial_positions(words, start, end, floor)
    if not positions or not words.is_capital(start):
        return None
    letters = [words.keys(position)[0][:1] for position in positions]
    if letters[0] not in person.first_initials:
        return None
    patronymics = person.patronymic_initials
    if len(letters) == 2 and patronymics and letters[1] not in patronymics:
        return None
    return Reading(person, min(start, positions[0]), max(end, positions[-1] + 1), "initials")


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


def stands_by_surname(words: Words, start: int, end: int) -> bool:
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
