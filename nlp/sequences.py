"""One sequence of a pattern, ready to be found: a cheap check first, spaCy's Matcher after it."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from core.lexicon import PatternGroup
from nlp.notation import SPECIALS, Item, Spec

_SPECIAL_TOKENS: Mapping[str, Mapping[str, object]] = {
    "<WHO>": {"TAG": "WHO"},
    "<TO>": {"LEMMA": "TO"},
    "<NUM>": {"ORTH": {"REGEX": r"^\d+(?:[.,:]\d+)*$"}},
}
_NUM = SPECIALS.index("<NUM>")
_NUMERAL = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Compiled:
    """One sequence as its Matcher (None: a single word), and what is checked before it is asked.

    `steps` are the words it cannot do without, in order, by their numbers in the lookup, each with
    the furthest it may stand from the one before; `lead` and `trail` are what may surround them.
    """

    group: PatternGroup
    matcher: Matcher | None
    steps: tuple[tuple[int, int], ...]
    needs: frozenset[int]
    lead: int
    trail: int

    def window(self, places: Mapping[int, Sequence[int]]) -> tuple[int, int] | None:
        """The stretch of the text in which the sequence may stand, or None."""
        (first, _), *rest = self.steps
        # From the last word that a chain of words reached, to where it began.
        chains = {place: place for place in places[first]}
        for spec, furthest in rest:
            found = places[spec]
            reached: dict[int, int] = {}
            for last, began in chains.items():
                for place in found[bisect_right(found, last) :]:
                    if place > last + furthest:
                        break
                    reached[place] = min(began, reached.get(place, began))
            if not reached:
                return None
            chains = reached
        return max(min(chains.values()) - self.lead, 0), max(chains) + 1 + self.trail

    def positions(self, doc: Doc, places: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, int]]:
        """Where the sequence stands: [start, end) in words."""
        window = self.window(places)
        if window is None:
            return
        if self.matcher is None:
            yield from ((place, place + 1) for place in places[self.steps[0][0]])
            return
        begin, end = window[0], min(window[1], len(doc))
        for _, start, stop in self.matcher(doc[begin:end]):
            yield begin + start, begin + stop


def compile_sequence(
    group: PatternGroup,
    items: Sequence[Item],
    number_of: Callable[[Item], int],
    vocab: Vocab,
    end_flag: int,
) -> Compiled:
    """A sequence with its Matcher. `end_flag` is the flag of what ends a sentence in `vocab`."""
    steps, reach = list[tuple[int, int]](), 0
    for item in items:
        reach += item.gap or 1
        if is_required(item):
            steps.append((number_of(item), reach))
            reach = 0
    matcher = None
    if len(items) > 1:
        matcher = Matcher(vocab, validate=False)
        matcher.add("p", [[_token(item, end_flag) for item in items]], greedy="FIRST")
    needs = frozenset(number for number, _ in steps)
    return Compiled(group, matcher, tuple(steps), needs, steps[0][1] - 1, reach)


def _token(item: Item, end_flag: int) -> dict[Any, Any]:
    """The item as spaCy's Matcher wants it."""
    if item.gap:
        return {end_flag: False, "OP": f"{{0,{item.gap}}}"}
    token: dict[Any, Any]
    if item.special:
        token = dict(_SPECIAL_TOKENS[item.special])
    elif item.negated:
        token = {"ORTH": {"REGEX": f"^(?!{item.spec.regex()}$)"}, end_flag: False}
    elif item.spec.affixes:
        token = {"ORTH": {"REGEX": f"^{item.spec.regex()}$"}}
    elif len(item.spec.exact) == 1:
        token = {"ORTH": next(iter(item.spec.exact))}
    else:
        token = {"ORTH": {"IN": sorted(item.spec.exact)}}
    return {**token, "OP": "?"} if item.optional else token


class Lookup:
    """Which specs accept a word, by number; remembered, since posts repeat their words."""

    def __init__(self, specs: Mapping[Spec, int]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._heads: dict[str, list[tuple[str, int]]] = {}
        for spec, number in specs.items():
            for word in spec.exact:
                self._exact.setdefault(word, []).append(number)
            for head, tail in spec.affixes:
                self._heads.setdefault(head, []).append((tail, number))
        self._longest = max(map(len, self._heads), default=0)
        self.specs_of = functools.lru_cache(maxsize=100_000)(self._find)

    def _find(self, word: str) -> tuple[int, ...]:
        found = set(self._exact.get(word, ()))
        if _NUMERAL.fullmatch(word):
            found.add(_NUM)
        for length in range(min(len(word), self._longest) + 1):
            for tail, number in self._heads.get(word[:length], ()):
                if len(word) - length >= len(tail) and word.endswith(tail):
                    found.add(number)
        return tuple(found)


def is_required(item: Item) -> bool:
    """Whether a text without such a word cannot have the sequence."""
    return not (item.gap or item.optional or item.negated)


def breadth(item: Item) -> int:
    """Roughly how many texts have such a word: a name or a number is nearly everywhere."""
    return 10_000 if item.special else len(item.spec.exact) + 20 * len(item.spec.affixes)
