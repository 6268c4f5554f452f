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
from typing import NamedTuple

from core.election import Candidate
from nlp.names.person import make_person, tags_of
from nlp.names.reading import How, Reading, first_before, read, stands_by_surname
from nlp.names.words import Words

SCORES: Mapping[How, float] = {
    "full_name": 0.99, "first_name": 0.95, "handle": 0.95, "tag": 0.9, "initials": 0.88,
    "first_and_patronymic": 0.75, "surname": 0.8,
}  # fmt: skip
WITHOUT_CONTEXT, NAMESAKES, POORLY_SUPPORTED, SAME_TEXT = 0.55, 0.5, 0.6, 0.85
_RANK: tuple[How, ...] = ("full_name", "first_name", "initials", "first_and_patronymic", "surname")
_ELECTION = re.compile(
    r"\b(?:дебат|п[іи]к[іи]рсайыс|опрос|сауалнама|рейтинг|агит|пред?выбор|плакат|листовк|поддерж|"
    r"[қк]олда|белг[іи] [қк]о|белг[іи]ле[йң]|кандидат|[үу]м[іи]ткер|депутат|сайлау|сайла[нд]|дауыс|"
    r"выбор|избира|избра|голос|"
    r"м[әа]слихат|округ|бюллетен|мандат|партия|партий|предвыбор|candidate|election|vot[ei]|deputy|"
    r"saıla|saila|sayla|dau[yı]s|daýys|[uúü]m[iı]tker|kandidat|deputat)",
    re.IGNORECASE,
)
_NOBODY: frozenset[str] = frozenset()
_REACH = 150  # characters on either side in which a word of elections counts as near
_GOVERNING = frozenset({"за", "у", "от", "для", "против", "без", "про", "из", "с", "до", "около"})
_TITLES = ("кандидат", "депутат", "умиткер", "господин", "господж", "аким", "сенатор", "товарищ")
_HONOURS = frozenset({"мырза", "мырзага", "мырзаны", "мырзанын", "ханым", "ханымга", "ханымды"})


class Mention(NamedTuple):
    """Tokens [start, end) that may name any of `ids`, all of them equally well."""

    start: int
    end: int
    ids: tuple[str, ...]
    how: How
    score: float
    context: str = ""


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
            _enter(tags, tags_of(one), one.id)
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
        named: dict[str, float] = {}
        for mention in found:
            if len(mention.ids) == 1:
                named[mention.ids[0]] = max(mention.score, named.get(mention.ids[0], 0.0))
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
            reading = end and read(words, person, index, end, floor)
            if reading:
                readings.append(reading)
        if not readings:
            return None
        best = min(_RANK.index(reading.how) for reading in readings)
        readings = [reading for reading in readings if _RANK.index(reading.how) == best]
        if len(readings) > 1 and index and words.tokens[index - 1].text.lower() in _GOVERNING:
            # "за Омарова" is the man, "за Омарову" the woman.
            key = words.keys(index)[0]
            readings = [r for r in readings if key not in r.person.ungoverned] or readings
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
            start = first_before(words, index, person, floor)
            if start is not None and words.is_capital(start):
                if stands_by_surname(words, start, index + 1):
                    return None
                readings.append(Reading(person, start, index + 1, "first_and_patronymic"))
        return _mention(words, readings) if readings else None

    def _has_surname(self, words: Words, patronymic: int) -> bool:
        """Whether a surname of the register stands behind: then it is read from there."""
        behind = patronymic + 1
        return words.are_joined(patronymic) and any(
            k in self._by_surname for k in words.keys(behind)
        )


def _enter(index: dict[str, set[str]], forms: Iterable[str], id_: str) -> None:
    for form in forms:
        index[form].add(id_)


def _mention(words: Words, readings: list[Reading]) -> Mention | None:
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


def _score_alone(words: Words, reading: Reading, context: str) -> float:
    """What a surname by itself is worth: nothing by default where it is common or a word."""
    person, is_capital = reading.person, words.is_capital(reading.start)
    if reading.how == "first_and_patronymic":
        return SCORES[reading.how] if context else 0.0
    if is_capital and _is_titled(words, reading):
        return SCORES["surname"]
    if not (person.is_first_name or person.is_word or person.is_common):
        alone = WITHOUT_CONTEXT if context or is_capital else 0.0
        return SCORES["surname"] if context and is_capital else alone
    if person.is_first_name or not context or not is_capital:
        return 0.0
    is_odd = not person.is_word or _stands_out(words, reading.start)
    return POORLY_SUPPORTED if is_odd or _has_percentage(words, reading.end) else 0.0


def _stands_out(words: Words, index: int) -> bool:
    """A capital that no sentence and no name before it explains ("Дед Мороз")."""
    if not words.is_capital(index) or words.starts_sentence(index):
        return False
    before = index - 1
    text = words.tokens[index].text
    is_shouted = len(text) > 1 and text.isupper()
    return not is_shouted and not (words.are_joined(before) and words.is_capital(before))


def _has_percentage(words: Words, index: int) -> bool:
    """ "Орёл 33 %"."""
    if index >= len(words) or words.tokens[index].kind != "number":
        return False
    return bool(
        re.match(
            r"(?:[.,]\d+)?\s?(?:%|процент|пайыз)", words.normal[words.tokens[index].end :][:14]
        )
    )


def _is_titled(words: Words, reading: Reading) -> bool:
    before = [k for i in range(max(0, reading.start - 2), reading.start) for k in words.keys(i)]
    behind = words.keys(reading.end) if reading.end < len(words) else ()
    return any(k.startswith(_TITLES) for k in before) or not _HONOURS.isdisjoint(behind)


def _context(words: Words, start: int, end: int) -> str:
    """A word of elections near the mention, as it stands there; "" for none."""
    left, right = words.tokens[start].start, words.tokens[end - 1].end
    before = words.normal[max(0, left - _REACH) : left]
    near = _ELECTION.search(words.normal[right : right + _REACH]) or _ELECTION.search(before)
    return near[0].lower() if near else ""


def _settled(waiting: list[Mention], named: Mapping[str, float]) -> Iterator[Mention]:
    """A surname alone is his whom the same text names better elsewhere."""
    for mention in waiting:
        meant = tuple(i for i in mention.ids if i in named)
        if len(meant) == 1:
            yield mention._replace(ids=meant, score=min(SAME_TEXT, named[meant[0]]))
