"""Lemmas as terms of a field with the `whitespace` analyzer: the same in documents and in queries.

Pure. That analyzer splits at what Java calls white space, which all is blank to Python too, and
cuts a term in two after 255 UTF-16 units: so blanks are escaped and long lemmas are hashed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from core.identity import portable_text

_LONGEST = 120  # code points, at most 240 UTF-16 units
_SPLITS = re.compile(r"[\s%]")
_MOST_PLAIN = 100_000  # with their text some 13 MB
_plain: set[str] = set()


def joined(lemmas: Sequence[str]) -> str:
    """Lemmas as one text from which splitting at blanks makes exactly as many terms again."""
    if _plain.issuperset(lemmas) or _learnt(lemmas):
        return " ".join(lemmas)
    return " ".join(map(term, lemmas))


def _learnt(lemmas: Sequence[str]) -> bool:
    """True where each lemma is its own term, as nearly all are; remembers those that are.

    Asking a set for all of a text takes a fifth of the time of looking at each lemma again.
    """
    new = set(lemmas) - _plain
    learnt = {lemma for lemma in new if term(lemma) == lemma}
    if len(_plain) + len(learnt) > _MOST_PLAIN:
        _plain.clear()
    _plain.update(learnt)
    return len(learnt) == len(new)


def term(lemma: str) -> str:
    """A lemma as one term: blanks in it escaped as `%20%`, an empty one `%`, a long one hashed.

    No two lemmas share a term: a `%` of the lemma's own is escaped as well, and an escape ends in
    `%`, which neither the mark of an empty lemma nor that of a hash does.
    """
    plain = portable_text(lemma)[0]
    escaped = _SPLITS.sub(lambda found: f"%{ord(found[0]):x}%", plain) or "%"
    if len(escaped) > _LONGEST:
        return f"%{hashlib.sha256(plain.encode()).hexdigest()}"
    return escaped
