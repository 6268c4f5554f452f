"""What a search asks for: a tree of our own that both indexes answer alike.

`parse` turns text into the tree with an Analyzer's lemmas already in it; adapters turn the tree
into their own queries. Neither engine's query parser is ever used.

    query  = or ;  or = and { OR and } ;  and = not { [AND] not } ;  not = [NOT | -] atom
    atom   = word | "a phrase" | field:value | field:"a value" | ( query )
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """Matches a token whose Kazakh lemma is `kk` or whose Russian lemma is `ru`."""

    text: str
    kk: str
    ru: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Matches adjacent tokens, all by their Kazakh lemmas or all by their Russian ones."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class FieldIs:
    """Matches documents whose facet `name` holds `value` (exact, by code points)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """Everything that `node` does not match."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """What all match."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What any matches."""

    nodes: tuple[Node, ...]


Node: TypeAlias = Word | Phrase | FieldIs | Not | And | Or


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One page of a search. Filters: any value within a name, all names together.

    Times are microseconds, half-open [since_us, until_us). `before` is a cursor: only documents
    with `sort_key < before`. `facets` names what to count, over all documents that match (the
    cursor set aside, every filter applied), at most `facet_size` values each.
    """

    node: Node | None = None
    doc_type: Literal["post", "flag"] = "post"
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    since_us: int | None = None
    until_us: int | None = None
    before: int | None = None
    limit: int = 50
    facets: tuple[str, ...] = ()
    facet_size: int = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that matches; what to show of it comes from the archive."""

    doc_id: str
    post_id: str
    sort_key: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Hits newest first (`sort_key` descending), the exact total, and the facets asked for.

    Facet values come by count descending, then by code point. `next_before` is None on the last
    page.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    next_before: int | None
