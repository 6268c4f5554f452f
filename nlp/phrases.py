"""Finds the patterns of the lexicons in a text: words are folded, sequences go to spaCy's Matcher.

Only patterns whose words all occur are handed to a Matcher: measured on one core, that is what
makes thousands of short posts a second of what were 400 with every pattern tried.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import spacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc

from core.lexicon import Lexicon, PatternGroup
from core.model import Span
from core.ports import Document
from nlp.folding import SENTENCE_ENDS, Word, fold, words_of
from nlp.notation import SPECIALS, Item, Spec, class_spec, parse, union

NAMED_LABELS = frozenset({"candidate", "party", "against_all"})
_SPECIAL_TOKENS: Mapping[str, Mapping[str | int, object]] = {
    "<WHO>": {"TAG": "WHO"},
    "<TO>": {"LEMMA": "TO"},
    "<NUM>": {"ORTH": {"REGEX": r"^\d+(?:[.,:]\d+)*$"}},
}
_WHO, _TO, _NUM = range(len(SPECIALS))
_NUMERAL = re.compile(r"\d+(?:[.,:]\d+)*")
_DATIVE = ("га", "ге", "ка", "ке", "на", "не")
# What may stand before the first word of a clause, so that its capital says little.
_OPENERS = frozenset({'"', ":", "-"})
_KEPT_READINGS = 64


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern found: words [start, end) of the reading, and the number of the sentence."""

    role: str
    group: str
    weight: float
    start: int
    end: int
    sentence: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the detectors see it: its words, the sentence of each, and every hit by role."""

    words: Sequence[Word]
    sentence_of: Sequence[int]
    hits: Mapping[str, Sequence[Hit]]
    named: bool
    quoted: frozenset[int]

    def of(self, *roles: str) -> list[Hit]:
        """The hits of these roles, in the order of the roles given."""
        return [hit for role in roles for hit in self.hits.get(role, ())]

    def sentences(self, *roles: str) -> set[int]:
        """The sentences in which any of these roles occurs."""
        return {hit.sentence for hit in self.of(*roles)}

    def span(self, document: Document, hit: Hit) -> Span:
        """Where a hit stands in the original text."""
        return document.original(self.words[hit.start].start, self.words[hit.end - 1].end)


def spans_of(document: Document, reading: Reading, hits: Iterable[Hit]) -> tuple[Span, ...]:
    """The spans of `hits` in order; those that overlap are one."""
    spans: list[Span] = []
    for span in sorted({reading.span(document, hit) for hit in hits}):
        if spans and span.start < spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, span.end))
        else:
            spans.append(span)
    return tuple(spans)


# --- compiled ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Compiled:
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


class PhraseReader:
    """The lexicons, compiled. Reading is pure; a few readings are kept, for several detectors ask.

    Raises InvalidProfile for a pattern that cannot be read.
    """

    def __init__(self, lexicons: Sequence[Lexicon]) -> None:
        self.version = "+".join(lexicon.digest[:8] for lexicon in lexicons)
        self._classes = {
            name: class_spec(words, f"words.{name}") for name, words in _joined(lexicons).items()
        }
        self._nlp = _pipeline()
        self._end_flag = self._nlp.vocab.add_flag(SENTENCE_ENDS.__contains__)
        self._specs: dict[Spec, int] = {}
        self._by_rarest: dict[int, list[_Compiled]] = {}
        for lexicon in lexicons:
            for group in lexicon.groups:
                self._compile(group, f"{lexicon.language}: {group.name}")
        self._not_name = self._number(self._classes.get("not_name", Spec()))
        self._surname = self._number(
            union([self._classes.get("surname_like", Spec()), _given_names()])
        )
        self._lookup = _Lookup(self._specs)
        self._read = functools.lru_cache(maxsize=_KEPT_READINGS)(self._read_words)

    def read(self, document: Document) -> Reading:
        """All hits in a text; at most 20,000 code points of it, head and tail, are looked at."""
        return self._read(document.normal, _named_ranges(document))

    def _compile(self, group: PatternGroup, where: str) -> None:
        """Each sequence is filed under the one of its words that fewest texts have."""
        for pattern in group.patterns:
            for items in parse(pattern, self._classes, f"{where}: {pattern}"):
                compiled = self._sequence(group, items)
                rarest = min(filter(_is_required, items), key=_breadth)
                self._by_rarest.setdefault(self._number_of(rarest), []).append(compiled)

    def _sequence(self, group: PatternGroup, items: Sequence[Item]) -> _Compiled:
        steps, reach = list[tuple[int, int]](), 0
        for item in items:
            reach += item.gap or 1
            if _is_required(item):
                steps.append((self._number_of(item), reach))
                reach = 0
        matcher = None
        if len(items) > 1:
            matcher = Matcher(self._nlp.vocab, validate=False)
            matcher.add(
                "p",
                [cast(list[dict[str, Any]], [self._token(item) for item in items])],
                greedy="FIRST",
            )
        needs = frozenset(number for number, _ in steps)
        return _Compiled(group, matcher, tuple(steps), needs, steps[0][1] - 1, reach)

    def _number_of(self, item: Item) -> int:
        return SPECIALS.index(item.special) if item.special else self._number(item.spec)

    def _number(self, spec: Spec) -> int:
        return self._specs.setdefault(spec, len(SPECIALS) + len(self._specs))

    def _token(self, item: Item) -> dict[str | int, Any]:
        """The item as spaCy's Matcher wants it."""
        token: dict[str | int, Any]
        if item.gap:
            return {self._end_flag: False, "OP": f"{{0,{item.gap}}}"}
        if item.special:
            token = dict(_SPECIAL_TOKENS[item.special])
        elif item.negated:
            token = {"ORTH": {"REGEX": f"^(?!{item.spec.regex()}$)"}, self._end_flag: False}
        elif item.spec.affixes:
            token = {"ORTH": {"REGEX": f"^{item.spec.regex()}$"}}
        elif len(item.spec.exact) == 1:
            token = {"ORTH": next(iter(item.spec.exact))}
        else:
            token = {"ORTH": {"IN": sorted(item.spec.exact)}}
        return {**token, "OP": "?"} if item.optional else token

    # reading

    def _read_words(self, text: str, named: tuple[tuple[int, int], ...]) -> Reading:
        words = words_of(text)
        doc = _doc(self._nlp, words)
        sentence_of = _sentences(doc)
        kinds = [self._lookup.specs_of(word.folded) for word in words]
        names = self._mark_names(words, doc, sentence_of, named, kinds)
        places: dict[int, list[int]] = {}
        for number, specs in enumerate(kinds):
            for spec in (*specs, *names.get(number, ())):
                places.setdefault(spec, []).append(number)
        hits: dict[str, list[Hit]] = {}
        for compiled in self._candidates(places):
            group = compiled.group
            for start, end in _positions(compiled, doc, places):
                hits.setdefault(group.role, []).append(
                    Hit(group.role, group.name, group.weight, start, end, sentence_of[start])
                )
        return Reading(words, sentence_of, hits, bool(named), _quoted(words))

    def _candidates(self, places: Mapping[int, Sequence[int]]) -> Iterator[_Compiled]:
        """The sequences all of whose words are somewhere in the text."""
        present = places.keys()
        for spec in present:
            for compiled in self._by_rarest.get(spec, ()):
                if compiled.needs <= present:
                    yield compiled

    def _mark_names(
        self,
        words: Sequence[Word],
        doc: Doc,
        sentence_of: Sequence[int],
        named: tuple[tuple[int, int], ...],
        kinds: Sequence[tuple[int, ...]],
    ) -> dict[int, tuple[int, ...]]:
        """Tags what is or looks like a name, and says which specials each such word is."""
        names: dict[int, tuple[int, ...]] = {}
        title = [
            word.title and self._not_name not in specs
            for word, specs in zip(words, kinds, strict=True)
        ]
        for number, word in enumerate(words):
            known = any(start < word.end and word.start < end for start, end in named)
            if not (known or title[number]):
                continue
            first = number == 0 or sentence_of[number - 1] != sentence_of[number]
            if number and words[number - 1].folded in _OPENERS:
                first = not _is_quoted_name(words, number)
            follows = number + 1 < len(words) and title[number + 1]
            if not (known or not first or follows or self._surname in kinds[number]):
                continue
            names[number] = (_WHO,)
            doc[number].tag_ = "WHO"
            if word.folded.endswith(_DATIVE):
                names[number] = (_WHO, _TO)
                doc[number].lemma_ = "TO"
        return names


class _Lookup:
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


def _given_names() -> Spec:
    """First names with any ending: such a word with a capital is a name even where it opens."""
    path = Path(__file__).parent / "data" / "first_names.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    names = {fold(name) for line in lines if not line.startswith("#") for name in line.split()}
    return Spec(affixes=frozenset((name, "") for name in names if len(name) > 3))


def _is_required(item: Item) -> bool:
    return not (item.gap or item.optional or item.negated)


def _breadth(item: Item) -> int:
    """Roughly how many texts have such a word: a name or a number is nearly everywhere."""
    return 10_000 if item.special else len(item.spec.exact) + 20 * len(item.spec.affixes)


def _joined(lexicons: Sequence[Lexicon]) -> dict[str, tuple[str, ...]]:
    joined: dict[str, tuple[str, ...]] = {}
    for lexicon in lexicons:
        for name, words in lexicon.words.items():
            joined[name] = joined.get(name, ()) + tuple(words)
    return joined


def _pipeline() -> Language:
    """The multi-language pipeline: there is no `kk`, and one sentence may hold several anyway."""
    nlp = spacy.blank("xx")
    nlp.add_pipe("sentencizer", config={"punct_chars": sorted(SENTENCE_ENDS)})
    return nlp


def _doc(nlp: Language, words: Sequence[Word]) -> Doc:
    doc = Doc(nlp.vocab, words=[word.folded for word in words])
    return doc if not words else nlp.get_pipe("sentencizer")(doc)


def _sentences(doc: Doc) -> list[int]:
    """The number of the sentence of each word."""
    starts = doc.to_array("SENT_START")
    numbers, number = [], 0
    for position, start in enumerate(starts):
        number += bool(start == 1 and position)
        numbers.append(number)
    return numbers


def _positions(
    compiled: _Compiled, doc: Doc, places: Mapping[int, Sequence[int]]
) -> Iterator[tuple[int, int]]:
    window = compiled.window(places)
    if window is None:
        return
    if compiled.matcher is None:
        yield from ((place, place + 1) for place in places[compiled.steps[0][0]])
        return
    begin, end = window[0], min(window[1], len(doc))
    for _, start, stop in compiled.matcher(doc[begin:end]):
        yield begin + start, begin + stop


def _is_quoted_name(words: Sequence[Word], number: int) -> bool:
    """Whether the quotation that opens before this word closes after at most three."""
    return words[number - 1].folded == '"' and any(
        word.folded == '"' for word in words[number + 1 : number + 4]
    )


def _quoted(words: Sequence[Word]) -> frozenset[int]:
    """The words inside quotation marks, where at least four stand there: speech, not a name."""
    inside: set[int] = set()
    opened: int | None = None
    for number, word in enumerate(words):
        if word.folded != '"':
            continue
        if opened is not None and number - opened > 4:
            inside.update(range(opened + 1, number))
            opened = None
        elif opened is None:
            opened = number
        else:
            opened = None
    return frozenset(inside)


def _named_ranges(document: Document) -> tuple[tuple[int, int], ...]:
    """Where candidates and parties stand in the normal text, from their spans in the original."""
    spans = {
        (span.start, span.end)
        for annotation in document.annotations
        if annotation.label in NAMED_LABELS
        for span in annotation.spans
    }
    if not spans:
        return ()
    origin = document.origin
    return tuple(
        sorted((bisect_left(origin, start), bisect_left(origin, end)) for start, end in spans)
    )
