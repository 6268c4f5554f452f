"""Finds the patterns of the lexicons in a text: words are folded, then sequences looked for.

Only those whose words all occur, and only for the roles that somebody asks about: in a post that
nothing was decided about, the disclosures are all that is looked for.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from core.lexicon import Lexicon, PatternGroup
from core.model import Span
from core.ports import Document
from nlp.folding import SENTENCE_ENDS, Word, fold, sentences_of, words_of
from nlp.notation import SPECIALS, Item, Spec, class_spec, parse, union
from nlp.sequences import Compiled, Lookup, Text, breadth, compile_sequence, is_required

NAMED_LABELS = frozenset({"candidate", "party", "against_all"})
_WHO, _TO = SPECIALS.index("<WHO>"), SPECIALS.index("<TO>")
_DATIVE = ("га", "ге", "ка", "ке", "на", "не")
# What may stand before the first word of a clause, so that its capital says little.
_OPENERS = frozenset({'"', ":", "-"})
_KEPT_READINGS = 64

# Sequences by role, then by the number of their rarest word.
Filed: TypeAlias = Mapping[str, Mapping[int, Sequence[Compiled]]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern found: words [start, end) of the reading, and the number of the sentence."""

    role: str
    group: str
    weight: float
    start: int
    end: int
    sentence: int


class LaterHits(dict[str, list[Hit]]):
    """Hits by role, each role looked for when it is first asked about."""

    def __init__(self, text: Text, sentence_of: Sequence[int], filed: Filed) -> None:
        super().__init__()
        self.text, self._sentence_of, self._filed = text, sentence_of, filed

    def __missing__(self, role: str) -> list[Hit]:
        found = self[role] = [
            Hit(role, one.group.name, one.group.weight, start, end, self._sentence_of[start])
            for one in self.candidates(role)
            for start, end in one.positions(self.text)
        ]
        return found

    def candidates(self, role: str) -> Iterator[Compiled]:
        """The sequences all of whose words are somewhere in the text."""
        filed, present = self._filed.get(role, {}), self.text.places.keys()
        for spec in sorted(filed.keys() & present):
            for compiled in filed[spec]:
                if compiled.needs <= present:
                    yield compiled


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the detectors see it: its words, the sentence of each, and every hit by role."""

    words: Sequence[Word]
    sentence_of: Sequence[int]
    hits: LaterHits
    named: bool
    quoted: frozenset[int]

    def of(self, *roles: str) -> list[Hit]:
        """The hits of these roles, in the order of the roles given."""
        return [hit for role in roles for hit in self.hits[role]]

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
        self._specs: dict[Spec, int] = {}
        self._filed: dict[str, dict[int, list[Compiled]]] = {}
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
        """Each sequence is filed by its role under the one of its words that fewest texts have."""
        for pattern in group.patterns:
            for items in parse(pattern, self._classes, f"{where}: {pattern}"):
                compiled = compile_sequence(group, items, self._number_of)
                rarest = min(filter(is_required, items), key=breadth)
                filed = self._filed.setdefault(group.role, {})
                filed.setdefault(self._number_of(rarest), []).append(compiled)

    def _number_of(self, item: Item) -> int:
        return SPECIALS.index(item.special) if item.special else self._number(item.spec)

    def _number(self, spec: Spec) -> int:
        return self._specs.setdefault(spec, len(SPECIALS) + len(self._specs))

    # reading

    def _read_words(self, text: str, named: tuple[tuple[int, int], ...]) -> Reading:
        words = words_of(text)
        sentence_of = sentences_of(words)
        kinds = [self._lookup.specs_of(word.folded) for word in words]
        names = self._mark_names(words, sentence_of, named, kinds)
        places: dict[int, list[int]] = {}
        for number, specs in enumerate(kinds):
            for spec in (*specs, *names.get(number, ())):
                places.setdefault(spec, []).append(number)
        folded = [word.folded for word in words]
        ends = [number for number, word in enumerate(folded) if word in SENTENCE_ENDS]
        hits = LaterHits(Text(folded, places, ends), sentence_of, self._filed)
        return Reading(words, sentence_of, hits, bool(named), _quoted(words))

    def _mark_names(
        self,
        words: Sequence[Word],
        sentence_of: Sequence[int],
        named: tuple[tuple[int, int], ...],
        kinds: Sequence[tuple[int, ...]],
    ) -> dict[int, tuple[int, ...]]:
        """Which specials each word is that is a name or looks like one."""
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
            names[number] = (_WHO, _TO) if word.folded.endswith(_DATIVE) else (_WHO,)
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
