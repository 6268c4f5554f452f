"""What the model reads of a text: repaired letters, Latin Kazakh in Cyrillic, and the way back.

The vocabulary was learnt on Cyrillic Kazakh; a Latin spelling falls into single letters there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.model import Annotation
from core.ports import Document
from nlp.kazakh_latin import LATIN_WORD, to_cyrillic

# More than any 512 tokens hold; what lies beyond is cut before it costs anything.
MOST_CHARACTERS = 6_000


@dataclass(frozen=True, slots=True)
class Reading:
    """`text` is what the model reads; `origin[i]` the index in the original of its character i.

    `origin` ends with the index where reading stopped, so `len(origin) == len(text) + 1`.
    """

    text: str
    origin: Sequence[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """original[start:end] as a stretch of `text`; empty where it was not read."""
        within = [i for i, at in enumerate(self.origin[:-1]) if start <= at < end]
        return (within[0], within[-1] + 1) if within else (0, 0)


def reading_of(document: Document) -> Reading:
    """The text as the model is to read it; the language must have been found before."""
    normal, origin = document.normal[:MOST_CHARACTERS], document.origin
    if not any(_is_latin_kazakh(one) for one in document.annotations):
        return Reading(normal, origin[: len(normal) + 1])
    characters: list[str] = []
    places: list[int] = []
    at = 0
    for match in LATIN_WORD.finditer(normal):
        characters += normal[at : match.start()]
        places += range(at, match.start())
        word = to_cyrillic(match[0])
        characters += word
        places += [min(match.start() + i, match.end() - 1) for i in range(len(word))]
        at = match.end()
    characters += normal[at:]
    places += range(at, len(normal))
    back = [origin[place] for place in places]
    return Reading("".join(characters), [*back, origin[len(normal)]])


def _is_latin_kazakh(one: Annotation) -> bool:
    return one.label == "language" and one.value == "kk" and one.data.get("script") == "latin"
