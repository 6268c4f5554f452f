"""The notation in which lexicons write patterns, read into sequences of items.

Items are separated by spaces; each matches one word or sign:

| item             | matches                                                          |
|------------------|------------------------------------------------------------------|
| `голос`          | the word, in any spelling that folds to the same                 |
| `голос*`, `*ов`  | words that start so, words that end so; `а*б` both               |
| `бер(ем|ді)`     | either ending; `голос(а)?` with it or without                    |
| `за|против`      | either word                                                      |
| `(в маслихат|депутаты)` | either of the sequences; `(в|на)?` or none of them        |
| `a b | c d`      | either of the patterns                                           |
| `<goods>`        | a word of that class                                             |
| `<WHO>`, `<TO>`  | a candidate, a party, or what looks like a name; in the dative   |
| `<NUM>`          | a number                                                         |
| `~за`            | one or none                                                      |
| `!за`            | any one word but this, not the end of the sentence               |
| `..`, `...`      | up to 3, up to 8 words of the same sentence                      |
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import InvalidProfile
from nlp.folding import fold

GAPS = {"..": 3, "...": 8}
SPECIALS = ("<WHO>", "<TO>", "<NUM>")
# More is a mistake of the writer: it is compiled into as many matchers.
MAX_SEQUENCES = 64
_AFFIXES = re.compile(r"\(([^()]*)\)(\?)?")


@dataclass(frozen=True, slots=True)
class Spec:
    """The words that an item accepts: whole ones, and (start, end) of others. All folded."""

    exact: frozenset[str] = frozenset()
    affixes: frozenset[tuple[str, str]] = frozenset()

    def accepts(self, word: str) -> bool:
        """Whether a folded word is one of these."""
        return word in self.exact or any(
            len(word) >= len(head) + len(tail) and word.startswith(head) and word.endswith(tail)
            for head, tail in self.affixes
        )

    def regex(self) -> str:
        """The same as a regular expression, without anchors."""
        parts = [re.escape(word) for word in sorted(self.exact)]
        parts += [f"{re.escape(head)}.*{re.escape(tail)}" for head, tail in sorted(self.affixes)]
        return f"(?:{'|'.join(parts)})"


@dataclass(frozen=True, slots=True)
class Item:
    """One place of a sequence: words, or a special, or a gap of up to that many words."""

    spec: Spec = Spec()
    special: str = ""
    gap: int = 0
    optional: bool = False
    negated: bool = False

    @property
    def plain(self) -> bool:
        """Words and nothing else: alternatives of this sort become one item."""
        return not (self.special or self.gap or self.optional or self.negated)


Sequences = list[tuple[Item, ...]]


def class_spec(words: Sequence[str], where: str) -> Spec:
    """The words of a class as one spec. Raises InvalidProfile."""
    specs = []
    for word in words:
        for sequence in _word(word, where):
            if len(sequence) != 1:
                raise InvalidProfile(where, f"a class holds single words, not {word!r}")
            specs.append(sequence[0].spec)
    return union(specs)


def parse(pattern: str, classes: Mapping[str, Spec], where: str) -> Sequences:
    """The sequences that a pattern stands for. Raises InvalidProfile."""
    sequences = _alternatives(pattern, classes, where, loose=True)
    for sequence in sequences:
        if not any(_required(item) for item in sequence):
            raise InvalidProfile(where, "one item at least that is neither ~, ! nor a gap")
    if len(sequences) > MAX_SEQUENCES:
        raise InvalidProfile(where, f"at most {MAX_SEQUENCES} readings, not {len(sequences)}")
    return sequences


def _required(item: Item) -> bool:
    return not (item.optional or item.negated or item.gap)


def _split(text: str, separator: str, where: str) -> list[str]:
    """Split at separators that stand outside brackets."""
    if "(" not in text and ")" not in text:
        return text.split(separator)
    parts, depth = [""], 0
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            break
        if char == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    if depth:
        raise InvalidProfile(where, f"brackets that close, not {text!r}")
    return parts


def _alternatives(text: str, classes: Mapping[str, Spec], where: str, *, loose: bool) -> Sequences:
    """The readings of `text`; `loose` where a bar separates only with spaces around it."""
    chunks = [chunk for chunk in _split(text, " ", where) if chunk]
    if loose:
        runs: list[list[str]] = [[]]
        for chunk in chunks:
            if chunk == "|":
                runs.append([])
            else:
                runs[-1].append(chunk)
    else:
        runs = [[c for c in _split(part, " ", where) if c] for part in _split(text, "|", where)]
    found: Sequences = []
    for run in runs:
        choices = [_chunk(chunk, classes, where) for chunk in run]
        found += [tuple(itertools.chain.from_iterable(c)) for c in itertools.product(*choices)]
    return _merged(found)


def _chunk(chunk: str, classes: Mapping[str, Spec], where: str) -> Sequences:
    """One item as written, which may stand for several sequences."""
    if chunk in GAPS:
        return [(Item(gap=GAPS[chunk]),)]
    mark = chunk[0] if len(chunk) > 1 and chunk[0] in "~!" else ""
    body = chunk[len(mark) :]
    optional = mark == "~"
    if body.startswith("(") and body.endswith(")?") and _is_group(body[:-1]):
        body, optional = body[:-1], True
    if _is_group(body):
        sequences = _alternatives(body[1:-1], classes, where, loose=False)
    elif len(parts := _split(body, "|", where)) > 1 and body != "|":
        sequences = _merged([s for part in parts for s in _chunk(part, classes, where)])
    elif body in SPECIALS:
        sequences = [(Item(special=body),)]
    elif body.startswith("<") and body.endswith(">"):
        if body[1:-1] not in classes:
            raise InvalidProfile(where, f"a class of words that exists, not {body}")
        sequences = [(Item(spec=classes[body[1:-1]]),)]
    else:
        sequences = _word(body, where)
    if mark == "!":
        return _negated(sequences, where)
    return _optional(sequences) if optional else sequences


def _is_group(body: str) -> bool:
    """Whether the bracket that opens `body` closes at its very end."""
    if not (body.startswith("(") and body.endswith(")")):
        return False
    depth = 0
    for number, char in enumerate(body):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return number == len(body) - 1
    return False


def _optional(sequences: Sequences) -> Sequences:
    if len(sequences) == 1 and len(sequences[0]) == 1:
        return [(replace(sequences[0][0], optional=True),)]
    return [*sequences, ()]


def _negated(sequences: Sequences, where: str) -> Sequences:
    if len(sequences) != 1 or len(sequences[0]) != 1 or not sequences[0][0].plain:
        raise InvalidProfile(where, "single words after !")
    return [(replace(sequences[0][0], negated=True),)]


def _merged(sequences: Sequences) -> Sequences:
    """Alternatives of one plain word each become one item."""
    if len(sequences) == 1:
        return sequences
    plain = [s[0].spec for s in sequences if len(s) == 1 and s[0].plain]
    rest = [s for s in dict.fromkeys(sequences) if not (len(s) == 1 and s[0].plain)]
    return ([(Item(spec=union(plain)),)] if plain else []) + rest


def union(specs: Sequence[Spec]) -> Spec:
    """What any of the specs accepts."""
    return Spec(
        frozenset().union(*(spec.exact for spec in specs)),
        frozenset().union(*(spec.affixes for spec in specs)),
    )


def _word(body: str, where: str) -> Sequences:
    """A word with its endings; one with a hyphen is three words in a text."""
    pieces: list[list[str]] = []
    last = 0
    for match in _AFFIXES.finditer(body):
        pieces.append([body[last : match.start()]])
        pieces.append(match.group(1).split("|") + ([""] if match.group(2) else []))
        last = match.end()
    pieces.append([body[last:]])
    words = ["".join(parts).replace("**", "*") for parts in itertools.product(*pieces)]
    sequences = [_literal(word, where) for word in words]
    return _merged(sequences)


def _literal(word: str, where: str) -> tuple[Item, ...]:
    parts = [word] if len(word) < 3 else re.split(r"(-)", word)
    return tuple(Item(spec=_literal_spec(part, where)) for part in parts if part)


def _literal_spec(word: str, where: str) -> Spec:
    if set(word) & set("()<>|?~") and len(word) > 1:
        raise InvalidProfile(where, f"a word with its endings in brackets, not {word!r}")
    head, star, tail = word.partition("*")
    if "*" in tail or word == "*":
        raise InvalidProfile(where, f"one * and some letters in a word, not {word!r}")
    if star:
        return Spec(affixes=frozenset({(fold(head) if head else "", fold(tail) if tail else "")}))
    return Spec(exact=frozenset({fold(word)}))
