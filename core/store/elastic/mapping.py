"""What an Elasticsearch index of ours holds, and an IndexDocument as one of its documents. Pure.

The document number n of a post has the `_id` `POST.n` and, as its external version, the version of
the post. Number 0 is always there: its `documents` says how many there are. Where nothing is to be
found of a post it is a mark, `removed` or `rejected`, that no search asks for.

Raise VERSION with any change here: it is part of every name, so no program reads what another
version wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from core.errors import InvalidInput
from core.identity import portable_text
from core.model import FACETS, IndexDocument
from core.store.elastic.terms import joined

Body: TypeAlias = dict[str, Any]

VERSION = 1
PROGRAM = "baqylau"
DOC_TYPES = ("post", "flag")
REMOVED = "removed"
REJECTED = "rejected"
_INT64 = 1 << 63
_REASON_LENGTH = 2_000
_LONGEST_ID = 480  # an `_id` has at most 512 bytes

# One shard: only then are the counts of the most frequent values exact, and does one refresh show
# a whole commit. It holds two thousand million documents. No refresh but our own, at a commit.
SETTINGS: Mapping[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": -1,
}


def mappings() -> Body:
    """Strict: a field that is not named here is an error. Words are searched and not kept."""
    words = {
        "type": "text", "analyzer": "whitespace", "index_options": "positions", "norms": False,
    }  # fmt: skip
    kept = {"type": "keyword", "index": False, "doc_values": False}
    return {
        "dynamic": "strict",
        "_meta": {"program": PROGRAM, "schema": VERSION},
        "_source": {"excludes": [lemma_field("kk"), lemma_field("ru")]},
        "properties": {
            lemma_field("kk"): words,
            lemma_field("ru"): words,
            "doc_type": {"type": "keyword"},
            "doc_id": kept,
            "post_id": kept,
            "reason": kept,
            "sort_key": {"type": "long", "coerce": False},
            "published_us": {"type": "long", "coerce": False},
            "documents": {"type": "integer", "index": False, "doc_values": False},
            **{facet_field(name): {"type": "keyword"} for name in FACETS},
        },
    }


def is_ours(meta: Mapping[str, Any] | None) -> bool:
    """True for the `_meta` of an index that this version of the program made."""
    return bool(meta) and (meta or {}) == {"program": PROGRAM, "schema": VERSION}


def lemma_field(language: str) -> str:
    """The field with the words, by their lemmas in `language`."""
    return f"words_{language}"


def facet_field(name: str) -> str:
    """The field of a facet: a namespace of its own, so that none can meet `doc_type`."""
    return f"facet_{name}"


_FACET_FIELDS = {name: facet_field(name) for name in FACETS}
_WORDS_KK, _WORDS_RU = lemma_field("kk"), lemma_field("ru")


def document_id(post_id: str, number: int) -> str:
    """The `_id` of the document `number` of a post."""
    return f"{portable_text(post_id)[0]}.{number}"


def check(post_id: str, version: int, documents: Sequence[IndexDocument]) -> None:
    """Raises InvalidInput for what cannot be put."""
    if not 0 <= version < _INT64:
        raise InvalidInput(f"version {version} of post {post_id}", "0 or a 63-bit number above it")
    if len(post_id.encode("utf-8", "ignore")) > _LONGEST_ID:
        raise InvalidInput(f"post {post_id[:40]}…", f"an id of at most {_LONGEST_ID} bytes")
    for document in documents:
        where = f"document {document.doc_id}"
        if document.post_id != post_id:
            raise InvalidInput(where, f"post_id {post_id}, as it is put")
        if document.doc_type not in DOC_TYPES:
            raise InvalidInput(f"{where}: doc_type {document.doc_type!r}", " or ".join(DOC_TYPES))
        if unknown := document.facets.keys() - _FACET_FIELDS.keys():
            raise InvalidInput(f"{where}: facet {min(unknown)}", ", ".join(FACETS))
        for name, number in (
            ("sort_key", document.sort_key),
            ("published_us", document.published_us),
        ):
            if not -_INT64 <= number < _INT64:
                raise InvalidInput(f"{where}: {name} {number}", "a signed 64-bit number")


def sources(post_id: str, documents: Sequence[IndexDocument]) -> list[Body]:
    """The documents of a post as the index holds them; never none."""
    if not documents:
        return [_mark(post_id, REMOVED)]
    found = [_source(document) for document in documents]
    found[0]["documents"] = len(found)
    return found


def rejected(post_id: str, reason: str) -> list[Body]:
    """What stands in for a post that the index refused."""
    return [_mark(post_id, REJECTED) | {"reason": portable_text(reason)[0][:_REASON_LENGTH]}]


def _mark(post_id: str, doc_type: str) -> Body:
    return {"doc_type": doc_type, "post_id": portable_text(post_id)[0], "documents": 1}


@lru_cache(maxsize=20_000)
def _values(values: tuple[str, ...]) -> tuple[str, ...]:
    """A facet's values, each once: few sets of them there are, and each comes a thousand times."""
    return tuple(dict.fromkeys(portable_text(value)[0] for value in values))


def _source(document: IndexDocument) -> Body:
    """A document as the index holds it. Values that repeat within a facet count once."""
    body: Body = {
        "doc_type": document.doc_type,
        "doc_id": portable_text(document.doc_id)[0],
        "post_id": portable_text(document.post_id)[0],
        "sort_key": document.sort_key,
        "published_us": document.published_us,
        _WORDS_KK: joined(document.lemmas_kk),
        _WORDS_RU: joined(document.lemmas_ru),
    }
    for name, values in document.facets.items():
        if values:
            body[_FACET_FIELDS[name]] = _values(values)
    return body
