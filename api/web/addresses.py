"""Addresses of the list with one thing changed: how facets, tabs and pages are links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

# What a change of the filters makes meaningless.
_OF_THE_PAGE = ("cursor",)


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters of the page that is shown, in their order."""

    path: str
    pairs: tuple[tuple[str, str], ...]

    def added(self, name: str, value: str) -> str:
        """With one more value of a filter, from the first page on."""
        return self._made([*self._kept(), (name, value)])

    def without(self, name: str, value: str) -> str:
        """Without a value of a filter."""
        return self._made([pair for pair in self._kept() if pair != (name, value)])

    def put(self, name: str, value: str) -> str:
        """With another value of a parameter that has one."""
        return self._made([pair for pair in self._kept() if pair[0] != name] + [(name, value)])

    def bare(self, *names: str) -> str:
        """With these parameters alone."""
        return self._made([pair for pair in self.pairs if pair[0] in names])

    def has(self, name: str, value: str) -> bool:
        """True where a filter holds a value."""
        return (name, value) in self.pairs

    def values(self, *names: str) -> list[tuple[str, str]]:
        """The pairs of some parameters."""
        return [pair for pair in self.pairs if pair[0] in names]

    def _kept(self) -> list[tuple[str, str]]:
        return [pair for pair in self.pairs if pair[0] not in _OF_THE_PAGE]

    def _made(self, pairs: Sequence[tuple[str, str]]) -> str:
        said = [pair for pair in pairs if pair[1]]
        return f"{self.path}?{urlencode(said)}" if said else self.path


def address(path: str, pairs: Sequence[tuple[str, str]]) -> Address:
    """The address of a request, without parameters that say nothing."""
    return Address(path, tuple((name, value) for name, value in pairs if value))
