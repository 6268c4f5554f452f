"""The ports in memory, small enough to be read: what the API needs of them and no more."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.documents import index_documents
from core.election import Election
from core.errors import StoreUnavailable
from core.identity import Json
from core.model import Decision, Evidence, Gap, IndexDocument, SourceHealth, Token
from core.ports import AuditEntry, Counts, PostState
from core.query import And, FieldIs, Hit, Node, Not, Or, Phrase, SearchPage, SearchRequest, Word

_WORD = re.compile(r"\w+")


class FakeAnalyzer:
    """A word's lemma is its first five letters: enough for forms of one word to meet."""

    version = "fake"

    def tokens(self, text: str) -> Sequence[Token]:
        return [
            Token(m.start(), m.end(), m.group().lower()[:5], m.group().lower()[:5])
            for m in _WORD.finditer(text)
        ]


@dataclass
class FakeClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class FakeArchive:
    """Posts, sources and the audit log. `down` makes every call fail; `calls` counts them."""

    posts: dict[str, PostState] = field(default_factory=dict)
    health: list[SourceHealth] = field(default_factory=list)
    gap_list: list[Gap] = field(default_factory=list)
    log: list[AuditEntry] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    counted: Counts | None = None
    down: bool = False
    calls: Counter[str] = field(default_factory=Counter)

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        if self.down:
            raise StoreUnavailable("the archive is locked")

    def add(self, state: PostState) -> None:
        self.posts[state.record.id] = state

    def decide(self, post_id: str, decision: Decision) -> None:
        state = self.posts[post_id]
        flags = tuple(
            replace(one, decisions=(*one.decisions, decision))
            if one.id == decision.flag_id
            else one
            for one in state.flags
        )
        self.posts[post_id] = replace(state, flags=flags)

    def states(
        self, post_ids: Sequence[str], *, with_captures: bool = True
    ) -> dict[str, PostState]:
        self._called("states")
        known = {one: self.posts[one] for one in post_ids if one in self.posts}
        if with_captures:
            return known
        return {key: replace(state, captures=()) for key, state in known.items()}

    def captures(self, sha256: str) -> list[Evidence]:
        self._called("captures")
        found = {one for state in self.posts.values() for one in state.captures}
        return sorted(
            (one for one in found if one.sha256 == sha256), key=lambda one: one.fetched_at
        )

    def check(self) -> None:
        self._called("check")

    def counts(self) -> Counts:
        self._called("counts")
        flags = sum(one.current for state in self.posts.values() for one in state.flags)
        return self.counted or Counts(len(self.posts), flags, 0, 0, None, 0, None, 0)

    def source_health(self, now: datetime) -> list[SourceHealth]:
        self._called("source_health")
        return sorted(self.health, key=lambda one: one.source.id)

    def gaps(self, source_id: str, *, limit: int) -> list[Gap]:
        self._called("gaps")
        mine = [one for one in self.gap_list if one.source_id == source_id]
        return sorted(mine, key=lambda one: one.at, reverse=True)[:limit]

    def append_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Json]
    ) -> AuditEntry:
        self._called("append_audit")
        entry = AuditEntry(len(self.log) + 1, at, actor, action, subject, detail, "")
        self.log.append(entry)
        return entry

    def read_evidence(self, evidence: Evidence) -> bytes:
        return self.bodies[evidence.capture_id]


@dataclass
class FakeIndex:
    """Every document looked at, every time."""

    documents: list[IndexDocument] = field(default_factory=list)
    down: bool = False
    searches: int = 0

    def put_all(self, archive: FakeArchive, election: Election, analyzer: Any) -> None:
        self.documents = [
            document
            for state in archive.posts.values()
            for document in index_documents(state, election, analyzer)
        ]

    def refresh(self) -> None:
        if self.down:
            raise StoreUnavailable("the index is gone")

    def check(self) -> None:
        self.refresh()

    def refused(self) -> int:
        self.refresh()
        return 0

    def search(self, request: SearchRequest) -> SearchPage:
        self.refresh()
        self.searches += 1
        found = self._matching(request)
        behind = [d for d in found if request.before is None or d.sort_key < request.before]
        page = behind[: request.limit]
        facets = {
            name: tuple(
                sorted(
                    Counter(v for d in found for v in d.facets[name]).items(),
                    key=lambda one: (-one[1], one[0]),
                )[: request.facet_size]
            )
            for name in request.facets
        }
        more = len(behind) > len(page) and page
        return SearchPage(
            tuple(Hit(d.doc_id, d.post_id, d.sort_key) for d in page),
            len(found),
            facets,
            page[-1].sort_key if more else None,
        )

    def count_by(self, request: SearchRequest, by: Sequence[str]) -> dict[tuple[str, ...], int]:
        self.refresh()
        counts: Counter[tuple[str, ...]] = Counter()
        for document in self._matching(request):
            keys: list[tuple[str, ...]] = [()]
            for name in by:
                keys = [(*key, value) for key in keys for value in document.facets[name]]
            counts.update(keys)
        return dict(counts)

    def _matching(self, request: SearchRequest) -> list[IndexDocument]:
        found = [
            d
            for d in self.documents
            if d.doc_type == request.doc_type
            and all(set(v) & set(d.facets[k]) for k, v in request.filters.items())
            and (request.since_us is None or d.published_us >= request.since_us)
            and (request.until_us is None or d.published_us < request.until_us)
            and (request.node is None or holds(request.node, d))
        ]
        return sorted(found, key=lambda d: -d.sort_key)


def holds(node: Node, document: IndexDocument) -> bool:
    """The grammar's meaning, spelt out."""
    match node:
        case Word(_, kk, ru):
            return kk in document.lemmas_kk or ru in document.lemmas_ru
        case Phrase(words):
            return any(
                list(lemmas[place : place + len(words)]) == wanted
                for lemmas, wanted in (
                    (document.lemmas_kk, [w.kk for w in words]),
                    (document.lemmas_ru, [w.ru for w in words]),
                )
                for place in range(len(lemmas))
            )
        case FieldIs(name, value):
            return value in document.facets[name]
        case Not(inner):
            return not holds(inner, document)
        case And(nodes):
            return all(holds(one, document) for one in nodes)
        case Or(nodes):
            return any(holds(one, document) for one in nodes)
    raise TypeError(node)


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
