"""Finds the patterns of the lexicons in a text: words are folded, sequences go to spaCy's Matcher.

Only patterns whose words all occur are handed to a Matcher: measured on one core, that is what
makes thousands of short posts a second of what were 400 with every pattern tried.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from core.lexicon import Lexicon, PatternGroup
from core.model import Span
from core.ports import Document
from nlp.folding import SENTENCE_ENDS, Word, fold, words_of
from nlp.notation import SPECIALS, Item, Spec, class_spec, parse, union
from nlp.sequences import Compiled, Lookup, breadth, compile_sequence, is_required

NAMED_LABELS = frozenset({"candidate", "party", "against_all"})
_WHO, _TO = SPECIALS.index("<WHO>"), SPECIALS.index("<TO>")
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
        self._by_rarest: dict[int, list[Compiled]] = {}
        for lexicon in lexicons:
            for group in lexicon.groups:
                self._compile(group, f"{lexicon.language}: {group.name}")
        self._not_name = self._number(self._classes.get("not_name", Spec()))
        self._surname = self._number(
            union([self._classes.get("surname_like", Spec()), _given_names()])
        )
        self._lookup = Lookup(self._specs)
        self._read = functools.lru_cache(maxsize=_KEPT_READINGS)(self._read_words)

    def read(self, document: Document) -> Reading:
        """All hits in a text; at most 20,000 code points of it, head and tail, are looked at."""
        return self._read(document.normal, _named_ranges(document))

    def _compile(self, group: PatternGroup, where: str) -> None:
        """Each sequence is filed under the one of its words that fewest texts have."""
        for pattern in group.patterns:
            for items in parse(pattern, self._classes, f"{where}: {pattern}"):
                compiled = compile_sequence(
                    group, items, self._number_of, self._nlp.vocab, self._end_flag
                )
                rarest = min(filter(is_required, items), key=breadth)
                self._by_rarest.setdefault(self._number_of(rarest), []).append(compiled)

    def _number_of(self, item: Item) -> int:
        return SPECIALS.index(item.special) if item.special else self._number(item.spec)

    def _number(self, spec: Spec) -> int:
        return self._specs.setdefault(spec, len(SPECIALS) + len(self._specs))

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
            for start, end in compiled.positions(doc, places):
                hits.setdefault(group.role, []).append(
                    Hit(group.role, group.name, group.weight, start, end, sentence_of[start])
                )
        return Reading(words, sentence_of, hits, bool(named), _quoted(words))

    def _candidates(self, places: Mapping[int, Sequence[int]]) -> Iterator[Compiled]:
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


def _given_names() -> Spec:
    """First names with any ending: such a word with a capital is a name even where it opens."""
    path = Path(__file__).parent / "data" / "first_names.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    names = {fold(name) for line in lines if not line.startswith("#") for name in line.split()}
    return Spec(affixes=frozenset((name, "") for name in names if len(name) > 3))


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
