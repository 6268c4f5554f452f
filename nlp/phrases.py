"""Finds the patterns of the lexicons in a text: words are folded, sequences go to spaCy's Matcher.

Only patterns whose words all occur are handed to a Matcher: measured on one core, that is what
makes thousands of short posts a second of what were 400 with every pattern tried.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import spacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc

from core.lexicon import Lexicon, PatternGroup
from core.model import Span
from core.ports import Document
from nlp.folding import SENTENCE_ENDS, Word, words_of
from nlp.notation import SPECIALS, Item, Spec, class_spec, parse

NAMED_LABELS = frozenset({"candidate", "party", "against_all"})
_SPECIAL_TOKENS: Mapping[str, Mapping[str | int, object]] = {
    "<WHO>": {"TAG": "WHO"},
    "<TO>": {"LEMMA": "TO"},
    "<NUM>": {"LIKE_NUM": True},
}
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
    """The spans of `hits` in order; one that lies within another is left out."""
    spans: list[Span] = []
    ordered = sorted({reading.span(document, hit) for hit in hits}, key=lambda s: (s.start, -s.end))
    for span in ordered:
        if not spans or span.end > spans[-1].end:
            spans.append(span)
    return tuple(spans)


# --- compiled ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One sequence: the bits of the words it needs, and its Matcher (None: a single word)."""

    group: PatternGroup
    needs: int
    matcher: Matcher | None


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
        self._special_bits = {special: 1 << number for number, special in enumerate(SPECIALS)}
        self._compiled = [
            compiled
            for lexicon in lexicons
            for group in lexicon.groups
            for compiled in self._compile(group, f"{lexicon.language}: {group.name}")
        ]
        self._lookup = _Lookup(self._specs)
        self._not_names = self._classes.get("not_name", Spec())
        self._surnames = self._classes.get("surname_like", Spec())
        self._read = lru_cache(maxsize=_KEPT_READINGS)(self._read_words)

    def read(self, document: Document) -> Reading:
        """All hits in a text; at most 20,000 code points of it, head and tail, are looked at."""
        return self._read(document.normal, _named_ranges(document))

    def _compile(self, group: PatternGroup, where: str) -> Iterator[_Compiled]:
        for pattern in group.patterns:
            for items in parse(pattern, self._classes, f"{where}: {pattern}"):
                yield self._sequence(group, items)

    def _sequence(self, group: PatternGroup, items: Sequence[Item]) -> _Compiled:
        needs = 0
        for item in items:
            needs |= self._bit(item)
        if len(items) == 1:
            return _Compiled(group, needs, None)
        matcher = Matcher(self._nlp.vocab, validate=False)
        matcher.add("p", [[self._token(item) for item in items]], greedy="FIRST")
        return _Compiled(group, needs, matcher)

    def _bit(self, item: Item) -> int:
        """The bit of what a text must have for this item; 0 where it can do without."""
        if item.gap or item.optional or item.negated:
            return 0
        if item.special:
            return self._special_bits[item.special]
        return self._specs.setdefault(item.spec, 1 << (len(SPECIALS) + len(self._specs)))

    def _token(self, item: Item) -> dict[str | int, object]:
        """The item as spaCy's Matcher wants it."""
        token: dict[str | int, object]
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
        masks = [self._lookup.mask(word.folded) for word in words]
        masks = [mask | self._special_bits["<NUM>"] * token.like_num
                 for mask, token in zip(masks, doc, strict=True)]  # fmt: skip
        self._mark_names(words, doc, sentence_of, named, masks)
        present = 0
        for mask in masks:
            present |= mask
        hits: dict[str, list[Hit]] = {}
        for compiled in self._compiled:
            if compiled.needs & present != compiled.needs:
                continue
            group = compiled.group
            for start, end in _positions(compiled, doc, masks):
                hits.setdefault(group.role, []).append(
                    Hit(group.role, group.name, group.weight, start, end, sentence_of[start])
                )
        return Reading(words, sentence_of, hits, bool(named), _quoted(words))

    def _mark_names(
        self,
        words: Sequence[Word],
        doc: Doc,
        sentence_of: Sequence[int],
        named: tuple[tuple[int, int], ...],
        masks: list[int],
    ) -> None:
        who, to = self._special_bits["<WHO>"], self._special_bits["<TO>"]
        title = [word.title and not self._not_names.accepts(word.folded) for word in words]
        for number, word in enumerate(words):
            first = number == 0 or sentence_of[number - 1] != sentence_of[number]
            if number and words[number - 1].folded in _OPENERS:
                first = not _is_quoted_name(words, number)
            follows = number + 1 < len(words) and title[number + 1]
            surname = self._surnames.accepts(word.folded)
            looks = title[number] and (not first or surname or follows)
            known = any(start < word.end and word.start < end for start, end in named)
            if known or looks:
                doc[number].tag_ = "WHO"
                masks[number] |= who
                if word.folded.endswith(_DATIVE):
                    doc[number].lemma_ = "TO"
                    masks[number] |= to


class _Lookup:
    """Which specs accept a word, as bits; remembered, since posts repeat their words."""

    def __init__(self, specs: Mapping[Spec, int]) -> None:
        self._exact: dict[str, int] = {}
        self._heads: dict[str, list[tuple[str, int]]] = {}
        for spec, bit in specs.items():
            for word in spec.exact:
                self._exact[word] = self._exact.get(word, 0) | bit
            for head, tail in spec.affixes:
                self._heads.setdefault(head, []).append((tail, bit))
        self._longest = max(map(len, self._heads), default=0)
        self.mask = lru_cache(maxsize=100_000)(self._find)

    def _find(self, word: str) -> int:
        mask = self._exact.get(word, 0)
        for length in range(min(len(word), self._longest) + 1):
            for tail, bit in self._heads.get(word[:length], ()):
                if len(word) - length >= len(tail) and word.endswith(tail):
                    mask |= bit
        return mask


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
    numbers, number = [], -1
    for token in doc:
        number += bool(token.is_sent_start) or number < 0
        numbers.append(number)
    return numbers


def _positions(compiled: _Compiled, doc: Doc, masks: Sequence[int]) -> Iterator[tuple[int, int]]:
    if compiled.matcher is None:
        yield from ((i, i + 1) for i, mask in enumerate(masks) if mask & compiled.needs)
    else:
        yield from ((start, end) for _, start, end in compiled.matcher(doc))


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
