"""What a tantivy index of ours holds: its fields, and an IndexDocument as one of its documents.

The number in VERSION is part of a directory's name. Raise it with any change here, or an old index
would be read with new eyes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from itertools import product

import tantivy

from core.identity import portable_text
from core.model import FACETS, IndexDocument

VERSION = 1
DOC_TYPES = ("post", "flag")
# Left behind by a post that was removed: a late `put` of an older version must not bring it back.
REMOVED = "removed"
# A term of tantivy ends at 65,530 bytes and longer ones are dropped in silence.
_LONGEST = 200
_SPLITS = re.compile(r"[\s%]")


@cache
def schema() -> tantivy.Schema:
    """Lemmas are split at blanks alone; facets and ids are whole values; all else is numbers.

    Words of posts and of flags are in fields of their own: a search for a word is about one of
    them anyway, and crossing 44,000 hits with `doc_type` took 1.5 ms instead of 0.7.
    """
    builder = tantivy.SchemaBuilder()
    for doc_type, language in product(DOC_TYPES, ("kk", "ru")):
        builder.add_text_field(
            lemma_field(doc_type, language), tokenizer_name="whitespace", index_option="position"
        )
    for name in ("doc_id", "post_id"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("doc_type", tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(
            facet_field(name), fast=True, tokenizer_name="raw", index_option="basic"
        )
    for name in ("sort_key", "published_us", "version"):
        builder.add_integer_field(name, indexed=name != "version", fast=True)
    return builder.build()


def lemma_field(doc_type: str, language: str) -> str:
    """The field with the words, by their lemmas in `language`, of documents of a type."""
    return f"{doc_type}_{language}"


def facet_field(name: str) -> str:
    """The field of a facet: a namespace of its own, so that none can meet `doc_type`."""
    return f"facet_{name}"


def to_tantivy(document: IndexDocument, version: int) -> tantivy.Document:
    """A document as the index holds it. Values that repeat within a facet count once."""
    entry = _entry(document.doc_type, document.post_id, version)
    entry.add_text("doc_id", portable_text(document.doc_id)[0])
    entry.add_integer("sort_key", document.sort_key)
    entry.add_integer("published_us", document.published_us)
    entry.add_text(lemma_field(document.doc_type, "kk"), joined(document.lemmas_kk))
    entry.add_text(lemma_field(document.doc_type, "ru"), joined(document.lemmas_ru))
    for name, values in document.facets.items():
        for value in dict.fromkeys(values):
            entry.add_text(facet_field(name), portable_text(value)[0])
    return entry


def tombstone(post_id: str, version: int) -> tantivy.Document:
    """What stays of a removed post: its id and the version that removed it."""
    return _entry(REMOVED, post_id, version)


def _entry(doc_type: str, post_id: str, version: int) -> tantivy.Document:
    entry = tantivy.Document()
    entry.add_text("doc_type", doc_type)
    entry.add_text("post_id", portable_text(post_id)[0])
    entry.add_integer("version", version)
    return entry


def joined(lemmas: Sequence[str]) -> str:
    """Lemmas as one text from which splitting at blanks makes exactly as many terms again."""
    if lemmas and not _is_plain(lemmas):
        return " ".join(map(term, lemmas))
    return " ".join(lemmas)


def _is_plain(lemmas: Sequence[str]) -> bool:
    """True where no lemma needs `term`; one pass over the whole, for nearly all texts are plain."""
    together = "".join(lemmas)
    return (
        all(lemmas)
        and max(map(len, lemmas)) <= _LONGEST
        and not _SPLITS.search(together)
        and together == portable_text(together)[0]
    )


def term(lemma: str) -> str:
    """A lemma as one term: blanks in it escaped, an empty one named, a long one cut and hashed."""
    lemma = portable_text(lemma)[0]
    if len(lemma) > _LONGEST:
        lemma = f"{lemma[:_LONGEST]}%{hashlib.sha256(lemma.encode()).hexdigest()}"
        return re.sub(r"\s", "%20", lemma)
    return _SPLITS.sub(lambda found: f"%{ord(found[0]):x}%", lemma) or "%"
