"""One sequence of a pattern, ready to be found by the numbers of its words.

Where those stand says all of words, of gaps behind them and of what may be left out. What a word
must not be, and what begins with a gap, is asked of spaCy's Matcher: to import it takes 2 s and
52 MB, to make one 1 ms.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from core.lexicon import PatternGroup
from nlp.folding import SENTENCE_ENDS
from nlp.notation import SPECIALS, Item, Spec

if TYPE_CHECKING:
    from spacy.matcher import Matcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

_SPECIAL_TOKENS: Mapping[str, Mapping[str, object]] = {
    "<WHO>": {"TAG": "<WHO>"},
    "<TO>": {"LEMMA": "<TO>"},
    "<NUM>": {"ORTH": {"REGEX": r"^\d+(?:[.,:]\d+)*$"}},
}
_WHO, _TO, _NUM = map(SPECIALS.index, ("<WHO>", "<TO>", "<NUM>"))
_NUMERAL = re.compile(r"\d+(?:[.,:]\d+)*")


Places: TypeAlias = Mapping[int, Sequence[int]]


class Text(NamedTuple):
    """A text to be searched: its folded words, at which of them each number stands, and which of
    them end a sentence, in order.
    """

    words: list[str]
    places: Places
    ends: Sequence[int]

    def over_gap(self, at: int, most: int) -> range:
        """Where a gap of up to `most` words from `at` may end; it covers no end of a sentence."""
        following = bisect_left(self.ends, at)
        stop = self.ends[following] if following < len(self.ends) else len(self.words)
        return range(at, min(at + most, stop) + 1)


@dataclass(frozen=True)
class Compiled:
    """One sequence. `chained` says that its numbers (those of its items, 0 for a gap) tell all.

    `steps` are the words it cannot do without, in order, by their numbers in the lookup, each with
    the furthest it may stand from the one before; `lead` and `trail` are what may surround them.
    """

    group: PatternGroup
    items: tuple[Item, ...]
    numbers: tuple[int, ...]
    steps: tuple[tuple[int, int], ...]
    needs: frozenset[int]
    lead: int
    trail: int
    chained: bool

    def window(self, places: Places) -> tuple[int, int] | None:
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

    def positions(self, text: Text) -> Iterator[tuple[int, int]]:
        """Where the sequence stands: [start, end) in words."""
        if len(self.items) == 1:
            yield from ((place, place + 1) for place in text.places[self.numbers[0]])
        elif self.chained:
            yield from self._chains(text) if self.window(text.places) else ()
        else:
            yield from self.matched(text)

    def matched(self, text: Text) -> Iterator[tuple[int, int]]:
        """The same from spaCy's Matcher."""
        window = self.window(text.places)
        if window is None:
            return
        begin, end = window[0], min(window[1], len(text.words))
        for _, start, stop in self._matcher(_doc(text, begin, end)):
            yield begin + start, begin + stop

    def _chains(self, text: Text) -> Iterator[tuple[int, int]]:
        """From each start the longest, unless it begins in the one before: as a Matcher's FIRST."""
        free = 0
        for start in self._starts(text.places):
            end = self._end(start, text) if start >= free else None
            if end is not None:
                free = end
                yield start, end

    def _starts(self, places: Places) -> Sequence[int]:
        """Where the first word that it needs stands, or one that may come before."""
        first = next(number for number, item in enumerate(self.items) if is_required(item))
        if first == 0:
            return places[self.numbers[0]]
        return sorted({at for one in self.numbers[: first + 1] for at in places.get(one, ())})

    def _end(self, start: int, text: Text) -> int | None:
        """The furthest end of a chain that begins with the word `start`."""
        reached = {start}
        for item, number in zip(self.items, self.numbers, strict=True):
            if item.gap:
                reached = {end for at in reached for end in text.over_gap(at, item.gap)}
                continue
            found = text.places.get(number, ())
            stepped = {at + 1 for at in reached if at in found}
            reached = stepped | reached if item.optional else stepped
            if not reached:
                return None
        return max(reached)

    @cached_property
    def _matcher(self) -> Matcher:
        from spacy.matcher import Matcher  # noqa: PLC0415 (see above)

        vocab, end_flag = _vocab()
        matcher = Matcher(vocab, validate=False)
        matcher.add("p", [[_token(item, end_flag) for item in self.items]], greedy="FIRST")
        return matcher


@cache
def _vocab() -> tuple[Vocab, int]:
    """Words without the shapes, prefixes and so on that spaCy works out for each new one, and the
    flag of what ends a sentence: of a text nothing but these is asked.
    """
    from spacy.vocab import Vocab  # noqa: PLC0415 (see above)

    vocab = Vocab()
    return vocab, vocab.add_flag(SENTENCE_ENDS.__contains__)


def _doc(text: Text, begin: int, end: int) -> Doc:
    """A stretch of a text as a Matcher reads it, what is a name in it tagged."""
    from spacy.tokens import Doc  # noqa: PLC0415 (see above)

    doc = Doc(_vocab()[0], words=text.words[begin:end])
    for special, attribute in ((_WHO, "tag_"), (_TO, "lemma_")):
        for place in text.places.get(special, ()):
            if begin <= place < end:
                setattr(doc[place - begin], attribute, SPECIALS[special])
    return doc


def compile_sequence(
    group: PatternGroup, items: tuple[Item, ...], number_of: Callable[[Item], int]
) -> Compiled:
    """A sequence ready to be found."""
    numbers = tuple(0 if item.gap else number_of(item) for item in items)
    steps, reach = list[tuple[int, int]](), 0
    for item, number in zip(items, numbers, strict=True):
        reach += item.gap or 1
        if is_required(item):
            steps.append((number, reach))
            reach = 0
    needs = frozenset(number for number, _ in steps)
    before = itertools.takewhile(lambda item: not is_required(item), items)
    chained = not (any(item.gap for item in before) or any(item.negated for item in items))
    return Compiled(group, items, numbers, tuple(steps), needs, steps[0][1] - 1, reach, chained)


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
        affixes: dict[str, dict[str, list[int]]] = {}
        for spec, number in specs.items():
            for word in spec.exact:
                self._exact.setdefault(word, []).append(number)
            for head, tail in spec.affixes:
                affixes.setdefault(head, {}).setdefault(tail, []).append(number)
        # By the start of a word the lengths of its ends, and the numbers by end.
        self._affixes = {
            head: (tuple({len(tail) for tail in tails}), tails) for head, tails in affixes.items()
        }
        self._longest = max(map(len, affixes), default=0)
        self.specs_of = lru_cache(maxsize=100_000)(self._find)

    def _find(self, word: str) -> tuple[int, ...]:
        found = set(self._exact.get(word, ()))
        if _NUMERAL.fullmatch(word):
            found.add(_NUM)
        size = len(word)
        for length in range(min(size, self._longest) + 1):
            lengths, tails = self._affixes.get(word[:length], _NO_AFFIXES)
            for tail in lengths:
                if tail <= size - length:
                    found.update(tails.get(word[size - tail :], ()))
        return tuple(found)


_NO_AFFIXES: tuple[tuple[int, ...], dict[str, list[int]]] = ((), {})


def is_required(item: Item) -> bool:
    """Whether a text without such a word cannot have the sequence."""
    return not (item.gap or item.optional or item.negated)


def breadth(item: Item) -> int:
    """Roughly how many texts have such a word: a name or a number is nearly everywhere."""
    return 10_000 if item.special else len(item.spec.exact) + 20 * len(item.spec.affixes)
