"""Every chain of Kazakh endings, grown from the order in which they may follow each other.

A chain is kept in proper spelling and says which final sounds it may follow. Sounds: V vowel,
R р й у, L л, N м н ң, Z з ж, T voiceless (and б в г д of loans). Harmony is kept by growing the
back and the front chain apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

# (back, front, sounds it may follow)
Ending: TypeAlias = tuple[str, str, str]
Slot: TypeAlias = tuple[Ending, ...]

_ANY, _CONSONANT = "VRLNZT", "RLNZT"
_SOUNDS = {
    **dict.fromkeys("аәеоөыіэяё", "V"), **dict.fromkeys("үұ", "V"), "и": "VR", "ю": "R", "у": "R",
    **dict.fromkeys("йр", "R"), "л": "L", **dict.fromkeys("мнң", "N"), **dict.fromkeys("зж", "Z"),
}  # fmt: skip


def sounds(letter: str) -> str:
    """The classes of a final letter; everything else is voiceless."""
    return _SOUNDS.get(letter, "T")


_PLURAL: Slot = (("лар", "лер", "VR"), ("дар", "дер", "NLZ"), ("тар", "тер", "T"))
_THIRD: Slot = (("сы", "сі", "V"), ("ы", "і", _CONSONANT))
_MINE: Slot = (("ым", "ім", _CONSONANT), ("ың", "ің", _CONSONANT))
_OURS: Slot = (
    ("ымыз", "іміз", _CONSONANT), ("мыз", "міз", "V"), ("ыңыз", "іңіз", _CONSONANT),
    ("ңыз", "ңіз", "V"),
)  # fmt: skip
_CASE: Slot = (
    ("ның", "нің", "VN"), ("дың", "дің", "RLZ"), ("тың", "тің", "T"),
    ("ға", "ге", "VRLNZ"), ("қа", "ке", "T"),
    ("ны", "ні", "V"), ("ды", "ді", "RLNZ"), ("ты", "ті", "T"),
    ("да", "де", "VRLNZ"), ("та", "те", "T"),
    ("дан", "ден", "VRLZ"), ("нан", "нен", "N"), ("тан", "тен", "T"),
    ("мен", "мен", "VRLN"), ("бен", "бен", "Z"), ("пен", "пен", "T"),
    ("дай", "дей", "VRLNZ"), ("тай", "тей", "T"),
)  # fmt: skip
_WHERE: Slot = (("дағы", "дегі", "VRLNZ"), ("тағы", "тегі", "T"))
_CASE_OF_MINE: Slot = (*_CASE, ("а", "е", "N"))
_CASE_OF_THIRD: Slot = (
    ("ның", "нің", "V"), ("на", "не", "V"), ("н", "н", "V"), ("нда", "нде", "V"),
    ("нан", "нен", "V"),
    ("мен", "мен", "V"), ("ндағы", "ндегі", "V"), ("ндай", "ндей", "V"),
)  # fmt: skip
_IS: Slot = (
    ("мын", "мін", "VRLN"), ("бын", "бін", "Z"), ("пын", "пін", "T"),
    ("мыз", "міз", "VRLN"), ("быз", "біз", "Z"), ("пыз", "піз", "T"),
    ("дыр", "дір", "VRLNZ"), ("тыр", "тір", "T"),
)  # fmt: skip

_NOT: Slot = (("ма", "ме", "VRL"), ("ба", "бе", "NZ"), ("па", "пе", "T"))
_PRESENT: Slot = (("й", "й", "V"), ("а", "е", _CONSONANT))
_PERSON: Slot = (
    ("мын", "мін", _ANY), ("мыз", "міз", _ANY), ("сың", "сің", _ANY), ("сыз", "сіз", _ANY),
    ("ды", "ді", _ANY),
    ("сыңдар", "сіңдер", _ANY), ("сыздар", "сіздер", _ANY),
)  # fmt: skip
_LET: Slot = (
    ("йын", "йін", "V"), ("айын", "ейін", _CONSONANT), ("йық", "йік", "V"),
    ("айық", "ейік", _CONSONANT),
    ("сын", "сін", _ANY),
    ("ңыз", "ңіз", "V"), ("ыңыз", "іңіз", _CONSONANT), ("ңыздар", "ңіздер", "V"),
    ("ыңыздар", "іңіздер", _CONSONANT), ("ңдар", "ңдер", "V"), ("ыңдар", "іңдер", _CONSONANT),
)  # fmt: skip
_PAST: Slot = (("ды", "ді", "VRLNZ"), ("ты", "ті", "T"))
_IF: Slot = (("са", "се", _ANY),)
_PAST_PERSON: Slot = (
    ("м", "м", "V"), ("ң", "ң", "V"), ("қ", "к", "V"), ("ңыз", "ңіз", "V"),
    ("ңдар", "ңдер", "V"), ("ңыздар", "ңіздер", "V"),
)  # fmt: skip
_WHICH: Slot = (("ған", "ген", "VRLNZ"), ("қан", "кен", "T"))
_WHICH_PERSON: Slot = (
    ("мын", "мін", _ANY),
    ("мыз", "міз", _ANY),
    ("сың", "сің", _ANY),
    ("сыз", "сіз", _ANY),
)
_BECAUSE: Slot = (("дықтан", "діктен", "N"), ("ша", "ше", "N"))
_USED_TO: Slot = (("йтын", "йтін", "V"), ("атын", "етін", _CONSONANT))
_HAVING: Slot = (("п", "п", "V"), ("ып", "іп", _CONSONANT))
_HAVING_PERSON: Slot = (
    ("ты", "ті", "T"),
    ("пын", "пін", "T"),
    ("сыз", "сіз", "T"),
    ("сың", "сің", "T"),
)
_DOING: Slot = (("у", "у", _ANY),)
_IN_ORDER: Slot = (("ғалы", "гелі", "VRLNZ"), ("қалы", "келі", "T"))
# What also looks like the end of many nouns: only behind a root that is known.
_VOICE: Slot = (
    ("н", "н", "V"), ("л", "л", "V"), ("ыл", "іл", _CONSONANT), ("ын", "ін", _CONSONANT),
    ("т", "т", "V"),
    ("дыр", "дір", "VRLNZ"), ("тыр", "тір", "T"), ("с", "с", "V"), ("ыс", "іс", _CONSONANT),
)  # fmt: skip
_WILL: Slot = (("р", "р", "V"), ("ар", "ер", _CONSONANT))
_WONT: Slot = (("мас", "мес", "VRL"), ("бас", "бес", "NZ"), ("пас", "пес", "T"))
_MEANS_TO: Slot = (("мақ", "мек", "VRL"), ("бақ", "бек", "NZ"), ("пақ", "пек", "T"))
_WILL_PERSON: Slot = (
    ("мын", "мін", "R"), ("мыз", "міз", "R"), ("пын", "пін", "T"), ("пыз", "піз", "T"),
    ("сыз", "сіз", _ANY), ("сың", "сің", _ANY),
)  # fmt: skip
_AFTER_VOWEL: Slot = (("м", "м", "V"), ("ң", "ң", "V"))

_NOMINAL: tuple[tuple[Slot, ...], ...] = (
    (_CASE,), (_WHERE,), (_WHERE, _PLURAL), (_WHERE, _PLURAL, _CASE), (_WHERE, _CASE), (_IS,),
    (_CASE, _IS),
    (_PLURAL,), (_PLURAL, _CASE), (_PLURAL, _WHERE), (_PLURAL, _IS),
    (_THIRD,), (_THIRD, _CASE_OF_THIRD), (_PLURAL, _THIRD), (_PLURAL, _THIRD, _CASE_OF_THIRD),
    (_THIRD, _IS),
    (_MINE,), (_MINE, _CASE_OF_MINE), (_PLURAL, _MINE), (_PLURAL, _MINE, _CASE_OF_MINE),
    (_OURS,), (_OURS, _CASE), (_OURS, _WHERE), (_PLURAL, _OURS), (_PLURAL, _OURS, _CASE),
)  # fmt: skip
_VERBAL: tuple[tuple[Slot, ...], ...] = (
    (_PRESENT, _PERSON), (_NOT, _PRESENT, _PERSON), (_NOT, _PRESENT), (_LET,), (_NOT, _LET),
    (_PAST,), (_PAST, _PAST_PERSON), (_NOT, _PAST), (_NOT, _PAST, _PAST_PERSON),
    (_IF,), (_IF, _PAST_PERSON), (_NOT, _IF), (_NOT, _IF, _PAST_PERSON),
    (_WHICH,), (_WHICH, _WHICH_PERSON), (_WHICH, _BECAUSE), (_NOT, _WHICH),
    (_NOT, _WHICH, _WHICH_PERSON),
    (_NOT, _WHICH, _BECAUSE),
    (_USED_TO,), (_USED_TO, _WHICH_PERSON), (_NOT, _USED_TO), (_HAVING,), (_HAVING, _HAVING_PERSON),
    (_DOING,), (_NOT, _DOING), (_IN_ORDER,),
)  # fmt: skip
_NOUN_MAKERS: tuple[tuple[Slot, ...], ...] = (
    (_WHICH,), (_NOT, _WHICH), (_USED_TO,), (_NOT, _USED_TO), (_DOING,), (_NOT, _DOING),
)  # fmt: skip
_DOUBTFUL: tuple[tuple[Slot, ...], ...] = (
    (_WILL,), (_WILL, _WILL_PERSON), (_WONT,), (_WONT, _WILL_PERSON), (_MEANS_TO,),
    (_MEANS_TO, _WILL_PERSON),
    (_PRESENT,), (_NOT,), (_AFTER_VOWEL,), (_AFTER_VOWEL, _CASE_OF_MINE),
)  # fmt: skip


class Chains(NamedTuple):
    """Chains in proper spelling, each with the sounds that may stand before it.

    `safe` may be taken off any word, `doubtful` only off a known root.
    """

    safe: dict[str, str]
    doubtful: dict[str, str]


@cache
def chains() -> Chains:
    """All chains, grown once."""
    safe: dict[str, str] = {}
    verbal = [*_VERBAL, *((*maker, *nominal) for maker in _NOUN_MAKERS for nominal in _NOMINAL)]
    for sequence in [*_NOMINAL, *verbal]:
        _collect(sequence, safe)
    doubtful: dict[str, str] = {}
    for sequence in [*_DOUBTFUL, *((_VOICE, *tail) for tail in verbal)]:
        _collect(sequence, doubtful)
    return Chains(safe, doubtful)


def _collect(sequence: Sequence[Slot], into: dict[str, str]) -> None:
    for harmony in (0, 1):
        for chain, follows in _grow(sequence, harmony):
            into[chain] = "".join(sorted(set(into.get(chain, "") + follows)))


def _grow(sequence: Sequence[Slot], harmony: int) -> Iterator[tuple[str, str]]:
    """(chain, sounds it may follow), each joint checked by the same rule as its beginning."""
    grown = [(ending[harmony], ending[2]) for ending in sequence[0]]
    for slot in sequence[1:]:
        grown = [
            (chain + ending[harmony], follows)
            for chain, follows in grown
            for ending in slot
            if set(sounds(chain[-1])) & set(ending[2])
        ]
    yield from grown
