"""Everything wrong with one file, gathered first and said at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from core.errors import InvalidInput

KeyPath: TypeAlias = tuple[str | int, ...]


def spell_path(path: KeyPath) -> str:
    """`regions.KZ-15.zones[0]`: how a key is named in every message."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text or "(the whole file)"


def choice_hint(given: str, known: Sequence[str]) -> str:
    """`one of a, b, c`, led by the nearest of them where `given` looks like a slip of the pen."""
    # KZ-16 is as near to KZ-10 as to KZ-71: of codes as short as that, no guess is better.
    near = get_close_matches(given, known, n=1, cutoff=0.75) if len(given) > 5 else []
    lead = f"did you mean {near[0]}? " if near else ""
    if len(known) > 24:
        return f"{lead}one of {', '.join(known[:24])} and {len(known) - 24} more"
    return f"{lead}one of {', '.join(known)}"


class Problems:
    """The problems of one file, in the order they were met."""

    def __init__(self, file: Path, error: type[InvalidInput]) -> None:
        self.file = file
        self._error = error
        self._found: list[tuple[str, str]] = []

    def add(self, key: str, expected: str, line: int | None = None) -> None:
        """Note that `key` is wrong; `expected` says what would be right."""
        where = f"{self.file}:{line}" if line else str(self.file)
        problem = (f"{where}: {key}", expected)
        if problem not in self._found:
            self._found.append(problem)

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self) -> None:
        """One error for all of them; its message has a line for each, the first one leads."""
        if not self._found:
            return
        (where, expected), *others = self._found
        raise self._error(where, "\n".join([expected, *(f"{w}: {e}" for w, e in others)]))


@contextmanager
def gathered(file: Path, error: type[InvalidInput]) -> Iterator[Problems]:
    """Problems noted inside are raised together at the end."""
    problems = Problems(file, error)
    yield problems
    problems.raise_if_any()
