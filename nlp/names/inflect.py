"""Names through the cases of Russian and of Kazakh: what a register's nominative becomes in text.

Russian by rules for what dictionaries lack (most surnames of Kazakhstan) and pymorphy3 for first
names with a stem of their own (Павел, Павла). Kazakh by qazaq-inflector, on one part at a time; the
library leaves -ұлы and -қызы alone, they are done here.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from qazaq_inflector import QazaqNameInflector

from nlp import russian

Part: TypeAlias = Literal["surname", "first", "patronymic"]
Gender: TypeAlias = Literal["f", "m", ""]
# nominative, genitive, dative, accusative, instrumental, prepositional
Cases: TypeAlias = tuple[str, ...]

_RUSSIAN_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_HUSHING = "жшчщц"
_VOWELS = "аеёиоуыэюяәіөұү"
_KAZAKH = QazaqNameInflector()
KAZAKH_CASES: tuple[str, ...] = QazaqNameInflector.CASES
_THIRD_PERSON = ("", "ның", "на", "н", "нда", "нан", "мен")
_THIRD_PERSON_FRONT = ("", "нің", "не", "н", "нде", "нен", "мен")
_VOICED = (
    ("", "дың", "ға", "ды", "да", "дан", "мен"),
    ("", "дің", "ге", "ді", "де", "ден", "бен"),
)
_OTHER_HARMONY = str.maketrans("аеыіғгқк", "еаіыгғкқ")

# (ending, letters cut off it, the six endings instead)
Rule: TypeAlias = tuple[tuple[str, ...], int, Cases]
_ADJECTIVE_M: tuple[Rule, ...] = (
    (("ский", "цкий", "кий", "хий"), 2, ("ий", "ого", "ому", "ого", "им", "ом")),
    (("жий", "ший", "чий", "щий"), 2, ("ий", "его", "ему", "его", "им", "ем")),
    (("ый",), 2, ("ый", "ого", "ому", "ого", "ым", "ом")),
    (("ой",), 2, ("ой", "ого", "ому", "ого", "ым", "ом")),
)
_SURNAME_M: tuple[Rule, ...] = (
    (("ов", "ев", "ёв", "ин", "ын"), 0, ("", "а", "у", "а", "ым", "е")),
)
_SURNAME_F: tuple[Rule, ...] = (
    (("ова", "ева", "ёва", "ина", "ына"), 1, ("а", "ой", "ой", "у", "ой", "ой")),
    (("ая",), 2, ("ая", "ой", "ой", "ую", "ой", "ой")),
    (("яя",), 2, ("яя", "ей", "ей", "юю", "ей", "ей")),
)
_NOUN_A: tuple[Rule, ...] = (
    (("ия",), 1, ("я", "и", "и", "ю", "ей", "и")),
    (("ия",), 1, ("я", "и", "е", "ю", "ей", "е")),  # Алие, as many write it
    (("га", "ка", "ха", "жа", "ша", "ча", "ща", "ға", "қа"), 1, ("а", "и", "е", "у", "ой", "е")),
    (("а", "ә"), 1, ("а", "ы", "е", "у", "ой", "е")),
    (("я",), 1, ("я", "и", "е", "ю", "ей", "е")),
)
_NOUN_M: tuple[Rule, ...] = (
    (("ий",), 1, ("й", "я", "ю", "я", "ем", "и")),
    (("й",), 1, ("й", "я", "ю", "я", "ем", "е")),
    (("ь",), 1, ("ь", "я", "ю", "я", "ем", "е")),
)
_SOFT_F: tuple[Rule, ...] = ((("ь",), 1, ("ь", "и", "и", "ь", "ью", "и")),)
_PATRONYMIC: tuple[Rule, ...] = (
    (("вич", "ич"), 0, ("", "а", "у", "а", "ем", "е")),
    (("вна", "ична"), 1, ("а", "ы", "е", "у", "ой", "е")),
)
_INDECLINABLE = ("ых", "их", "ко", "улы", "ұлы", "кызы", "қызы", "оглы", "тегі", "теги")


def russian_cases(word: str, part: Part, gender: Gender) -> tuple[Cases, ...]:
    """Every paradigm that `word` (lower case, nominative) may follow in Russian; one at least."""
    paradigms = [
        tuple(word[: len(word) - cut] + ending for ending in endings)
        for endings_of, cut, endings in _rules(word, part, gender)
        if word.endswith(endings_of)
    ]
    if part == "first" or not paradigms:
        paradigms.extend(_from_dictionary(word, part, gender))
    if _takes_consonant_endings(word, part, gender) and not paradigms:
        instrumental = "ем" if word[-1] in _HUSHING else "ом"
        paradigms.append(
            (word, f"{word}а", f"{word}у", f"{word}а", word + instrumental, f"{word}е")
        )
    if part == "surname" and gender != "f":
        paradigms = [*_fleeting_vowel(word), *paradigms]  # families keep the vowel too: Заяца
    return tuple(dict.fromkeys(paradigms)) or ((word,) * 6,)


def _rules(word: str, part: Part, gender: Gender) -> tuple[Rule, ...]:
    if word.endswith(_INDECLINABLE) and part != "first":
        return ()
    if part == "patronymic":
        return _PATRONYMIC
    masculine: tuple[Rule, ...] = _NOUN_M
    feminine: tuple[Rule, ...] = _SOFT_F if part == "first" else ()
    if part == "surname":
        masculine = _first_that_fits(word, _SURNAME_M, _ADJECTIVE_M + _NOUN_M)
        feminine = _SURNAME_F
    chosen = {"m": masculine, "f": feminine, "": masculine + feminine}[gender]
    fitting = tuple(rule for rule in chosen if word.endswith(rule[0]))
    return fitting or _first_that_fits(word, _NOUN_A[:2], *((rule,) for rule in _NOUN_A[2:]))


def _first_that_fits(word: str, *groups: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return next((g for g in groups if any(word.endswith(rule[0]) for rule in g)), ())


def _takes_consonant_endings(word: str, part: Part, gender: Gender) -> bool:
    if word.endswith(_INDECLINABLE) and part != "first":
        return False
    return gender != "f" and part != "patronymic" and word[-1] not in _VOWELS + "ьйъ"


def _from_dictionary(word: str, part: Part, gender: Gender) -> list[Cases]:
    """Paradigms the dictionary has for this name; words that are no names in it give none."""
    if not russian.is_known(word):
        return []
    wanted = {"surname": "Surn", "first": "Name", "patronymic": "Patr"}[part]
    genders = {"m": {"masc"}, "f": {"femn"}, "": {"masc", "femn"}}[gender]
    paradigms = []
    for parse in russian.analyser().parse(word):
        if wanted in parse.tag and {"nomn", "sing"} in parse.tag and parse.tag.gender in genders:
            forms = [parse.inflect({case, "sing"}) for case in _RUSSIAN_CASES]
            if all(forms):
                paradigms.append(tuple(str(form.word) for form in forms))
    return paradigms


def _fleeting_vowel(word: str) -> list[Cases]:
    """Орёл, Орла; Заяц, Зайца: a surname that is a noun loses the noun's vowel."""
    if not russian.is_known(word):
        return []
    for parse in russian.analyser().parse(word):
        if {"NOUN", "nomn", "sing", "masc"} in parse.tag and "Name" not in parse.tag:
            forms = [parse.inflect({case, "sing"}) for case in _RUSSIAN_CASES]
            cases = [str(form.word) for form in forms if form]
            if len(cases) == len(forms) and not cases[1].startswith(word[:-1]):
                return [(*cases[:3], cases[1], *cases[4:])]  # of a person, whatever the noun
    return []


def kazakh_cases(word: str) -> tuple[Cases, ...]:
    """The seven cases of a part of a name (lower case), in both harmonies where both are written.

    The order is KAZAKH_CASES. "Ахметовқа" and "Ахметовке" are both met, so are untyped spellings.
    """
    if word.endswith(("ұлы", "улы", "қызы", "кызы", "сы", "сі")):
        front = word.endswith(("сі",))
        endings = _THIRD_PERSON_FRONT if front else _THIRD_PERSON
        return (tuple(word + ending for ending in endings),)
    forms = tuple(str(_KAZAKH.inflect(word, case)) for case in KAZAKH_CASES)
    if _last_vowel(word) in "аәеіы" and word[-1] not in "бвгд":
        return (forms,)  # one harmony; "Байден" is nobody called Бай
    other = tuple(word + form[len(word) :].translate(_OTHER_HARMONY) for form in forms[:-1])
    if word[-1] not in "бвгд":
        return forms, (*other, forms[-1])
    # Spelt voiced, said voiceless: "Сериковқа" is right, "Сериковға" is what people also write.
    loose = (tuple(word + ending for ending in endings) for endings in _VOICED)
    return forms, (*other, forms[-1]), *loose


def _last_vowel(word: str) -> str:
    return next((letter for letter in reversed(word) if letter in _VOWELS), "у")
