"""The words of the pages and the labels of the API in Kazakh, Russian and English.

One file a language in `api/language/`; a test holds that all three have the same keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from core.election import Election, Names

LANGUAGES: tuple[str, ...] = ("kk", "ru", "en")
FOLDER = Path(__file__).parent / "language"


@dataclass(frozen=True, slots=True)
class Words:
    """Dotted keys to sentences, one mapping a language."""

    by_language: Mapping[str, Mapping[str, str]]
    months: Mapping[str, tuple[str, ...]]

    def say(self, language: str, key: str, **values: object) -> str:
        """The sentence of `key`; a key that nobody wrote is a mistake of ours and raises."""
        return self.by_language[language][key].format(**values)

    def plural(self, language: str, key: str, count: int) -> str:
        """The form of `key` that goes with a number; Kazakh has one, English two, Russian three."""
        form = plural_form(language, count)
        return self.say(language, f"{key}.{form}", count=f"{count:,}".replace(",", "\u00a0"))

    def label(self, group: str, value: str) -> Names:
        """What a value is called; the value itself where the catalogues do not know it."""
        return Names(*(self.by_language[tag].get(f"{group}.{value}", value) for tag in LANGUAGES))

    def plain(self, key: str) -> Names:
        """One sentence in the three languages."""
        return Names(*(self.by_language[tag][key] for tag in LANGUAGES))


def plural_form(language: str, count: int) -> str:
    """`one`, `few` or `many`, by the CLDR rules for whole numbers."""
    if language == "en":
        return "one" if count == 1 else "many"
    if language == "ru":
        if count % 10 == 1 and count % 100 != 11:
            return "one"
        if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
            return "few"
    return "many"


def load_words(folder: Path = FOLDER) -> Words:
    """Read the catalogues."""
    by_language: dict[str, dict[str, str]] = {}
    months: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        data: dict[str, Any] = yaml.safe_load((folder / f"{language}.yml").read_text("utf-8"))
        months[language] = tuple(data.pop("months"))
        by_language[language] = dict(_flat(data))
    return Words(by_language, months)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


class _Named(Protocol):
    @property
    def names(self) -> Names: ...


def facet_label(
    facet: str, value: str, election: Election, words: Words, sources: Mapping[str, Names]
) -> Names:
    """What a value of a facet is called in the three languages; the value itself where unknown."""
    tables: dict[str, Mapping[str, _Named]] = {
        "region": election.regions,
        "contest": election.contests,
        "party": election.parties,
        "candidate": election.candidates,
        "election": {election.id: election},
    }
    table = tables.get(facet, {})
    if value in table:
        return _complete(table[value].names)
    if facet == "source" and value in sources:
        return _complete(sources[value])
    if facet == "region" and value == election.country:
        return words.plain("country")
    if facet == "contest" and value == "other":
        return words.plain("other_contest")
    return words.label(facet, value)


def _complete(names: Names) -> Names:
    return Names(*(names.in_language(tag) for tag in LANGUAGES))
