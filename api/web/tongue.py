"""One language of the pages: its words, and how it writes times, zones and sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from api.words import LANGUAGES, Words

_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one language."""

    words: Words
    code: str

    def t(self, key: str, **values: object) -> str:
        """A sentence."""
        return self.words.say(self.code, key, **values)

    def plural(self, key: str, count: int) -> str:
        """A number with its noun."""
        return self.words.plural(self.code, key, count)

    def label(self, group: str, value: str) -> str:
        """What a value is called."""
        return self.words.label(group, value).in_language(self.code)

    def name(self, names: Mapping[str, str] | None, otherwise: str = "") -> str:
        """A name as the API gives it."""
        return (names or {}).get(self.code, "") or otherwise

    def number(self, count: int) -> str:
        """A whole number with thin gaps between thousands."""
        return f"{count:,}".replace(",", "\u202f")

    def day(self, iso: str) -> str:
        """A day, the month in words: 03/04 is March in one country and April in another."""
        day = date.fromisoformat(iso[:10])
        month = self.words.months[self.code][day.month - 1]
        return f"{day.day}\u00a0{month}\u00a0{day.year}"

    def clock(self, iso: str) -> str:
        """Hours and minutes; seconds where there are any."""
        at = datetime.fromisoformat(iso)
        return at.strftime("%H:%M:%S" if at.second else "%H:%M")

    def moment(self, iso: str) -> str:
        """Day and time as written in `iso`, whatever its offset."""
        return f"{self.day(iso)}, {self.clock(iso)}"

    def utc(self, iso: str) -> str:
        """Day and time in UTC."""
        return f"{self.moment(datetime.fromisoformat(iso).astimezone(UTC).isoformat())}\u00a0UTC"

    def zones(self, names: Sequence[str]) -> str:
        """Zones by their cities."""
        return ", ".join(name.rsplit("/", 1)[-1].replace("_", " ") for name in names)

    def span(self, seconds: int | None) -> str:
        """A length of time in its two largest units."""
        parts: list[str] = []
        left = max(0, seconds or 0)
        for unit, size in _STEPS:
            if left >= size and len(parts) < 2:
                parts.append(f"{left // size}\u00a0{self.t(f'span.{unit}')}")
                left %= size
            elif parts:
                break
        return " ".join(parts) or f"0\u00a0{self.t('span.second')}"

    def size(self, count: int) -> str:
        """Bytes for people."""
        if count < 1_024:
            return f"{count}\u00a0B"
        if count < 1_024**2:
            return f"{count / 1_024:.1f}\u00a0KiB"
        return f"{count / 1_024**2:.1f}\u00a0MiB"


def choose(asked: str, cookie: str, accepted: str, fallback: Sequence[str]) -> str:
    """The language of a page: asked for, remembered, preferred by the browser, the election's."""
    for one in (asked, cookie):
        if one in LANGUAGES:
            return one
    for one in _preferred(accepted):
        if one in LANGUAGES:
            return one
    return next((one for one in fallback if one in LANGUAGES), "en")


def _preferred(accepted: str) -> list[str]:
    """The languages of an Accept-Language header, best first; what cannot be read is left out."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0:
            found.append((-quality, place, tag.strip().lower().split("-")[0]))
    return [tag for _, _, tag in sorted(found)]


def when_lines(when: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The bounds of a time as the API gives it: none, one or two."""
    if when is None or when["kind"] == "date":
        return []
    return [when] if when["kind"] == "instant" else [when["earliest"], when["latest"]]
