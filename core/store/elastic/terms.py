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


def joined(lemmas: Sequence[str]) -> str:
    """Lemmas as one text from which splitting at blanks makes exactly as many terms again."""
    text = " ".join(lemmas)
    return text if _is_plain(text, lemmas) else " ".join(map(term, lemmas))


def _is_plain(text: str, lemmas: Sequence[str]) -> bool:
    """True where no lemma needs `term`; told of the whole, for nearly all texts are plain.

    Splitting gives the same lemmas only where none is empty and none has a blank within.
    """
    return (
        text.split() == list(lemmas)
        and "%" not in text
        and max(map(len, lemmas), default=0) <= _LONGEST
        and text == portable_text(text)[0]
    )


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
