"""The detector that says which candidates and parties of an election a text names, in any case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import or_

from core.election import Election
from core.identity import Json, digest
from core.model import Annotation, Span
from core.ports import Document
from nlp.names import against
from nlp.names.parties import Parties
from nlp.names.people import Mention, People
from nlp.names.words import Words, keys
from nlp.tokens import link_key

RULES_VERSION = "2"
_LETTERS = re.compile(r"[^\W\d_]+")
_HANDLES = re.compile(
    r"(?<![\w@])@(\w{2,})|\b(?:https?://)?(?:t\.me|vk\.com|instagram\.com)/(\w{2,})"
)
_MOST_REMEMBERED = 200_000
_PERSON, _PARTY, _AGAINST = 1, 2, 4


class NameLinker:
    """Emits `candidate`, `party` and `against_all` annotations, one a name with all its spans.

    The score is a measure of what stands around the name (full name 0.99, a lone rare surname
    0.55), not a probability. `data`: `forms` as they stand in the text, `how` it was recognised,
    `context` the word of elections near, `ambiguous` the others who may be meant.
    """

    name = "names"

    def __init__(self, election: Election) -> None:
        self._people = People(election.candidates.values())
        self._parties = Parties(election.parties.values())
        self._handles = _handles(election)
        self.gazetteer_hash = _gazetteer_hash(election)
        self.version = f"{RULES_VERSION}+{self.gazetteer_hash[:12]}"
        self._hint_of = lru_cache(maxsize=_MOST_REMEMBERED)(self._hint)

    def detect(self, document: Document) -> Sequence[Annotation]:
        """Everything named in the text; most texts name nobody and cost a look at each word."""
        normal = document.normal
        handles = self._by_handle(normal) if "@" in normal or "/" in normal else []
        hints = self._hints(normal)
        found: list[Annotation] = []
        if hints & (_PERSON | _PARTY):
            words = Words(normal)
            people = self._people.find(words, self._at(words, _PERSON)) if hints & _PERSON else []
            mentions = [(_bounds(words, m.start, m.end), m) for m in people]
            found += self._candidates(document, [*mentions, *handles])
            found += self._party_annotations(document, words) if hints & _PARTY else []
        elif handles:
            found += self._candidates(document, handles)
        lines = list(against.find(normal)) if hints & _AGAINST else []
        if lines:
            spans = tuple(document.original(line.start, line.end) for line in lines)
            found.append(self._annotation("against_all", "against_all", lines[0].score, spans, {}))
        return found

    def _hints(self, normal: str) -> int:
        """What the words of the text may be, all together: the cheap test that most texts fail."""
        return reduce(or_, map(self._hint_of, _LETTERS.findall(normal)), 0)

    def _hint(self, word: str) -> int:
        hint = 0
        for k in (*keys(word), word.lower()):
            hint |= _PERSON if self._people.knows(k) else 0
            hint |= _PARTY if self._parties.knows(k) else 0
            hint |= _AGAINST if k.startswith(against.HINTS) else 0
        return hint

    def _at(self, words: Words, hint: int) -> list[int]:
        """The tokens at which it is worth looking."""
        return [
            index
            for index, token in enumerate(words.tokens)
            if token.kind == "word" and self._hint_of(token.text) & hint
        ]

    def _by_handle(self, normal: str) -> list[tuple[tuple[int, int], Mention]]:
        found = []
        for match in _HANDLES.finditer(normal):
            ids = self._handles.get((match[1] or match[2]).lower())
            if ids:
                found.append((match.span(), Mention(0, 0, ids, "handle", 0.95)))
        return found

    def _candidates(
        self, document: Document, mentions: Sequence[tuple[tuple[int, int], Mention]]
    ) -> list[Annotation]:
        by_id: dict[str, list[tuple[tuple[int, int], Mention]]] = {}
        for bounds, mention in mentions:
            for candidate in mention.ids:
                by_id.setdefault(candidate, []).append((bounds, mention))
        return [
            self._annotation(
                "candidate",
                candidate,
                max(mention.score for _, mention in of_him),
                tuple(sorted(document.original(*bounds) for bounds, _ in of_him)),
                _data(document, candidate, of_him),
            )
            for candidate, of_him in by_id.items()
        ]

    def _party_annotations(self, document: Document, words: Words) -> list[Annotation]:
        spans: dict[str, list[Span]] = {}
        scores: dict[str, float] = {}
        for mention in self._parties.find(words, self._at(words, _PARTY)):
            bounds = _bounds(words, mention.start, mention.end)
            spans.setdefault(mention.party, []).append(document.original(*bounds))
            scores[mention.party] = max(mention.score, scores.get(mention.party, 0.0))
        return [
            self._annotation("party", party, scores[party], tuple(where), _forms(document, where))
            for party, where in spans.items()
        ]

    def _annotation(
        self, label: str, value: str, score: float, spans: tuple[Span, ...], data: dict[str, Json]
    ) -> Annotation:
        return Annotation(self.name, self.version, label, value, score, spans, data)


def _bounds(words: Words, start: int, end: int) -> tuple[int, int]:
    return words.tokens[start].start, words.tokens[end - 1].end


def _forms(document: Document, spans: Sequence[Span]) -> dict[str, Json]:
    return {"forms": list(dict.fromkeys(document.text[span.start : span.end] for span in spans))}


def _data(
    document: Document, candidate: str, mentions: Sequence[tuple[tuple[int, int], Mention]]
) -> dict[str, Json]:
    best = max((mention for _, mention in mentions), key=lambda mention: mention.score)
    data = _forms(document, [document.original(*bounds) for bounds, _ in mentions])
    data |= {"how": best.how, "context": best.context}
    others = [other for other in best.ids if other != candidate]
    return data | {"ambiguous": others} if others else data


def _handles(election: Election) -> dict[str, tuple[str, ...]]:
    """Handles of candidates' accounts on platforms that have them."""
    found: dict[str, list[str]] = {}
    for candidate in election.candidates.values():
        for account in candidate.accounts:
            if account.platform != "web":
                handle = link_key(account.handle).removeprefix("@").rpartition("/")[2]
                found.setdefault(handle, []).append(candidate.id)
    return {handle: tuple(ids) for handle, ids in found.items()}


def _gazetteer_hash(election: Election) -> str:
    """The same for the same names; whatever else a profile changes leaves it alone."""
    people: list[Json] = [
        [c.id, c.names.kk, c.names.ru, c.names.en, c.gender, [str(a) for a in c.accounts]]
        for c in sorted(election.candidates.values(), key=lambda c: c.id)
    ]
    parties: list[Json] = [
        [p.id, p.names.kk, p.names.ru, p.names.en, list(p.aliases)]
        for p in sorted(election.parties.values(), key=lambda p: p.id)
    ]
    return digest([RULES_VERSION, people, parties])
