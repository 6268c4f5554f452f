"""Parties in a text. Most of their names are words: ауыл is a village, аманат a trust, ақ жол a
good journey. Such a name needs quotes, the word "party" beside it, a list number, its own Latin
spelling, a tag or a vote asked for it; "Народная партия Казахстана" is nothing else and needs none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from core.election import Party
from nlp import kazakh, russian
from nlp.kazakh_latin import cyrillic_word, is_latin
from nlp.names.inflect import kazakh_cases, russian_cases
from nlp.names.words import Words, keys
from nlp.normalise import normalise
from nlp.tokens import raw_tokens

_QUOTED = re.compile('[«"“„]([^«»"“”„]+)[»"”“]')
_OPENING, _CLOSING = "«\"“„‘'", "»\"”“’'"
_PARTY_WORD = re.compile("^(?:парти|фракци)")
_OTHER_THINGS = re.compile(
    "^(?:газет|журнал|ансамбл|сериал|филм|кино|меирамхан|мейрамхан|ресторан|кафе|дукен|магазин|тоо$|"
    "жшс$|ип$|хикая|телехикая|туынды|деректи|банк|клуб|мешит|театр|концерт|той|завод|зауыт|отел|базар|стадион|рынок|шаруа|кх$|олен|"
    "песн|канал|арна|роман|спектакл|багдарлама|программ|проект|жоба|команд|санатор|тур|улица|коше|"
    "микрораион|шагын|село|площад)"
)
_ASKED_FOR = re.compile(
    "^(?:дауыс|голос|сайла|выбор|выбир|поддерж|колда|сайлан|тизим|список|бюллетен|за$)"
)
# "Ауылға дауыс берейік" votes for the party; "Ауылға дауыс беруге барамыз" goes to the village.
_VOTE = re.compile("^дауыс")
_GIVEN = re.compile("^бер(?!у|ген)")
_TO = re.compile("(?:[гк][ае]|н[ае])$")
_POLITICS = re.compile(
    r"\b(?:парти|депутат|кандидат|[үу]м[іи]ткер|сайлау|дауыс|выбор|голос|проголос|фракци|м[әа]ж[іи]л[іи]с|"
    r"м[әа]слихат|бюллетен|party|vot[ei]|election|saıla|saila|sayla|dau[yı]s|daýys)",
    re.IGNORECASE,
)
# Words of English, or any Cyrillic: not a text of Kazakh in Latin letters.
_NOT_LATIN_KAZAKH = re.compile(r"\b(?:the|of|and|in|for|to)\b|[а-яәіңғүұқөһ]", re.IGNORECASE)
_NUMBER_WORD = re.compile("^(?:номер|номир|тизим|список|бюллетен)")
_CASE_ENDINGS_OF_THIRD = ("", "ның", "на", "н", "нда", "нан", "мен", "ндағы")


class PartyPattern(NamedTuple):
    """A name of a party: for each token the keys of its forms, and what it takes to believe it.

    `is_word`: one or two words of the language; `acronym`: it, where it is one, as it is spelt;
    `is_phrase`: several ordinary words, a name only with a capital.
    """

    party: str
    tokens: tuple[frozenset[str], ...]
    is_word: bool
    acronym: str
    is_latin: bool
    is_phrase: bool = False


class PartyMention(NamedTuple):
    """Tokens [start, end) that name the party."""

    start: int
    end: int
    party: str
    score: float


class Parties:
    """The dictionary of party names and the search in it."""

    def __init__(self, parties: Iterable[Party]) -> None:
        starts: dict[str, list[PartyPattern]] = defaultdict(list)
        for pattern in sorted(
            {pattern for party in parties for pattern in _patterns(party)},
            key=_order,
        ):
            for k in pattern.tokens[0]:
                starts[k].append(pattern)
        self._starts = {k: tuple(patterns) for k, patterns in starts.items()}

    def knows(self, word_key: str) -> bool:
        """Whether a party's name may begin with a word of this key."""
        return word_key in self._starts

    def find(self, words: Words, at: Iterable[int]) -> list[PartyMention]:
        """Mentions in the order of the text, the longest at each of the tokens `at`."""
        found = []
        floor = 0
        for index in at:
            mention = self._at(words, index) if index >= floor else None
            if mention:
                found.append(mention)
                floor = mention.end
        return found

    def _at(self, words: Words, index: int) -> PartyMention | None:
        for k in words.keys(index):
            for pattern in self._starts.get(k, ()):
                end = words.match(index, pattern.tokens)
                score = _score(words, pattern, index, end) if end else 0.0
                if score:
                    return PartyMention(index, end, pattern.party, score)
        return None


def _order(pattern: PartyPattern) -> tuple[object, ...]:
    """Long names first; of two spellings of one name the Latin one, which asks for Latin letters.

    The whole pattern follows, for sets have another order in every process.
    """
    forms = tuple(tuple(sorted(one)) for one in pattern.tokens)
    return (
        -len(pattern.tokens), pattern.is_word, pattern.party, not pattern.is_latin,
        pattern.is_phrase, pattern.acronym, forms,
    )  # fmt: skip


def _patterns(party: Party) -> Iterable[PartyPattern]:
    """Every name of a party, what stands in quotes in it, and two-word names written as one."""
    written = [party.names.kk, party.names.ru, party.names.en, *party.aliases]
    names = {name.strip() for name in written if name.strip()}
    names |= {quoted for name in list(names) for quoted in _QUOTED.findall(name)}
    for name in names:
        yield from _spellings(party.id, _tokens(name))


def _tokens(name: str) -> list[str]:
    normal, _ = normalise(name)
    return [token.text for token in raw_tokens(normal) if token.kind == "word"]


def _spellings(party: str, words: list[str]) -> Iterable[PartyPattern]:
    if not words:
        return
    has_party_word = any(_PARTY_WORD.match(keys(word)[0]) for word in words)
    is_acronym = len(words) == 1 and len(words[0]) <= 4 and any(c.isupper() for c in words[0][1:])
    are_words = not has_party_word and all(_is_word(word) for word in words)
    is_word = are_words and len(words) <= 2
    is_short = has_party_word and len(words) <= 2  # "народная партия" may be any
    is_phrase = is_short or (not has_party_word and (are_words or is_latin(words[0])))
    yield PartyPattern(
        party,
        tuple(_forms(word, is_last=i == len(words) - 1) for i, word in enumerate(words)),
        is_word,
        words[0] if is_acronym else "",
        is_latin(words[0]),
        is_phrase,
    )
    if len(words) == 2 and not has_party_word:
        joined = "".join(words)
        yield PartyPattern(party, (_forms(joined, is_last=True),), True, "", is_latin(joined))
    if len(words) <= 2 and not has_party_word:  # a tag: #ауылпартиясы
        tag = "".join(cyrillic_word(word) for word in words) + "партиясы"
        yield PartyPattern(party, (_forms(tag, is_last=True),), False, "", False)


def _is_word(word: str) -> bool:
    lower = cyrillic_word(word)
    plain = keys(word)[0]
    return kazakh.analyse(lower).known or russian.is_known(lower) or plain.startswith("респуб")


def _forms(word: str, *, is_last: bool) -> frozenset[str]:
    """The keys of every form of one word of a party's name."""
    lower = cyrillic_word(word)
    forms = {lower}
    if is_last:
        if lower.endswith(("сы", "сі")):
            forms |= {lower + ending for ending in _CASE_ENDINGS_OF_THIRD}
        else:
            forms |= {form for cases in kazakh_cases(lower) for form in cases}
    if russian.is_known(lower):
        lexeme = russian.analyser().parse(lower)[0].lexeme
        forms |= {str(form.word) for form in lexeme if "NOUN" in form.tag or "ADJF" in form.tag}
    elif (is_last and not word.isupper()) or len(word) > 4:
        forms |= {form for cases in russian_cases(lower, "surname", "") for form in cases}
    return frozenset(keys(form)[0] for form in forms)


def _score(words: Words, pattern: PartyPattern, start: int, end: int) -> float:
    """How sure it is that the party is meant; 0 where it is not enough."""
    beside_party = _beside(words, start, end, _PARTY_WORD, before=3, behind=2)
    if not pattern.is_word and not pattern.acronym:
        return 0.95 if words.is_capital(start) or not pattern.is_phrase else 0.0
    if pattern.acronym:
        if words.tokens[start].text != pattern.acronym:
            return 0.9 if beside_party else 0.0
        return 0.95 if beside_party else 0.85 if words.speaks_of(_POLITICS) else 0.0
    if not beside_party and _is_other_thing(words, start, end):
        return 0.0
    return _score_of_word(words, pattern, start, end, beside_party)


def _score_of_word(
    words: Words, pattern: PartyPattern, start: int, end: int, beside_party: bool
) -> float:
    if _is_quoted(words, start, end):
        return 0.98 if beside_party else 0.8 if words.speaks_of(_POLITICS) else 0.6
    if words.is_capital(start):
        score = 0.95 if beside_party else _score_of_capital(words, pattern, start, end)
        if score:
            return score
    if _beside(words, start, end, _PARTY_WORD, before=0, behind=1):
        return 0.85  # "ауыл партиясы", as chats write it
    return 0.7 if _is_tagged(words, start) and words.speaks_of(_POLITICS) else 0.0


def _score_of_capital(words: Words, pattern: PartyPattern, start: int, end: int) -> float:
    """A capital alone proves little: its own Latin spelling, a list number, a vote asked for it."""
    begins = words.starts_sentence(start)
    all_capitals = all(words.tokens[i].text.isupper() for i in range(start, end))
    if pattern.is_latin and is_latin(words.tokens[start].text):
        if all_capitals or not begins:
            return 0.9
        # At the beginning of a Kazakh text in Latin letters "Auyl" is a village again.
        is_kazakh_word = kazakh.analyse(cyrillic_word(words.tokens[start].text)).known
        return 0.6 if not is_kazakh_word or words.speaks_of(_NOT_LATIN_KAZAKH) else 0.0
    if _has_list_number(words, start):
        return 0.85
    if _is_voted_for(words, end):
        return 0.7
    stands_out = not begins or all_capitals
    return 0.7 if stands_out and _beside(words, start, end, _ASKED_FOR, before=3, behind=3) else 0.0


def _is_voted_for(words: Words, end: int) -> bool:
    """Whether "дауыс беріңіз" comes right behind the name, which is in the dative."""
    if end + 1 >= len(words) or re.search(r"[.!?\n]", words.gap(end - 1) + words.gap(end)):
        return False
    wanted = ((end - 1, _TO), (end, _VOTE), (end + 1, _GIVEN))
    return all(any(p.search(k) for k in words.keys(i)) for i, p in wanted)


def _is_other_thing(words: Words, start: int, end: int) -> bool:
    """«Ауыл» газеті is a newspaper; «Ауыл»дың газеті is the party's."""
    last = words.tokens[end - 1]
    has_ending = last.end > last.start + len(last.text)
    behind = 0 if has_ending else 1
    return _beside(words, start, end, _OTHER_THINGS, before=1, behind=behind)


def _beside(
    words: Words, start: int, end: int, pattern: re.Pattern[str], *, before: int, behind: int
) -> bool:
    """Whether a word near, in the same sentence, has a key that matches."""
    for step, reach, edge in ((-1, before, start), (1, behind, end - 1)):
        for index in range(edge + step, edge + step * (reach + 1), step):
            if not 0 <= index < len(words):
                break
            if re.search(r"[.!?\n]", words.gap(min(index, index - step))):
                break
            if any(pattern.match(k) for k in words.keys(index)):
                return True
    return False


def _is_quoted(words: Words, start: int, end: int) -> bool:
    """Exactly the name stands in quotes, with a capital."""
    first, last = words.tokens[start], words.tokens[end - 1]
    if not words.is_capital(start) or words.normal[max(0, first.start - 1) : first.start] == "":
        return False
    behind = words.normal[last.start + len(last.text) : last.start + len(last.text) + 1]
    return words.normal[first.start - 1] in _OPENING and behind != "" and behind in _CLOSING


def _is_tagged(words: Words, start: int) -> bool:
    first = words.tokens[start].start
    return first > 0 and words.normal[first - 1] == "#"


def _has_list_number(words: Words, start: int) -> bool:
    """ "№3 Ауыл", "3 нөмір Ауыл", "под номером 3 – Ауыл"."""
    near = range(max(0, start - 3), start)
    has_number = any(words.tokens[i].kind == "number" for i in near)
    before = words.normal[max(0, words.tokens[start].start - 12) : words.tokens[start].start]
    has_word = "№" in before or any(_NUMBER_WORD.match(k) for i in near for k in words.keys(i))
    return has_number and has_word
