"""The demo's sources and posts, read from `sources.yml` and `posts.jsonl` beside this file.

All people, outlets and texts are invented. Times are of 16 to 18 March 2023; the demo's clock
starts at START, and what lies after it (a live post, an edit, a deletion) happens while somebody
watches.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from core.errors import InvalidRecord

START = datetime.fromisoformat("2023-03-18T14:00:00+06:00")


@dataclass(frozen=True, slots=True)
class Edit:
    """From `at` on the post reads `text`; `marked` where the publisher says that it was edited."""

    at: datetime
    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One post of the world, `number` counting within its site."""

    site: str
    number: int
    at: datetime
    title: str
    text: str
    edit: Edit | None = None
    deleted: datetime | None = None
    forwarded_from: str = ""
    date_only: bool = False
    views: int = 0

    def is_there(self, now: datetime) -> bool:
        """True from its publishing to its deletion."""
        return self.at <= now and (self.deleted is None or now < self.deleted)

    def text_at(self, now: datetime) -> str:
        """What it reads at `now`."""
        return self.edit.text if self.is_edited(now) and self.edit else self.text

    def is_edited(self, now: datetime) -> bool:
        """True once its edit has happened."""
        return self.edit is not None and now >= self.edit.at

    def shows_edit(self, now: datetime) -> bool:
        """True once its edit has happened, where the publisher marks it."""
        return self.edit is not None and self.edit.marked and self.is_edited(now)


@dataclass(frozen=True, slots=True)
class World:
    """All posts by site, oldest first."""

    sites: Mapping[str, Sequence[DemoPost]]

    def visible(self, site: str, now: datetime) -> list[DemoPost]:
        """What a visitor of `site` sees at `now`, newest first."""
        return [post for post in reversed(self.sites.get(site, ())) if post.is_there(now)]


def load_world() -> World:
    """The world of `posts.jsonl`. Raises InvalidRecord that names the line."""
    sites: dict[str, list[DemoPost]] = {}
    text = files("monitor.demo").joinpath("posts.jsonl").read_text(encoding="utf-8")
    rows = [_row(number, line) for number, line in enumerate(text.rstrip().split("\n"), start=1)]
    for row in sorted(rows, key=lambda row: _time(row["at"])):
        posts = sites.setdefault(row["site"], [])
        posts.append(_post(row, len(posts) + 1))
    return World(sites)


def _row(number: int, line: str) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(line)
        _post(row, 1)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = "an object with site, at and text, all times with their offset"
        raise InvalidRecord(f"posts.jsonl line {number}", f"{expected}: {error}") from error
    return row


def _post(row: Mapping[str, Any], number: int) -> DemoPost:
    edited = row.get("edited")
    return DemoPost(
        site=row["site"],
        number=number,
        at=_time(row["at"]),
        title=row.get("title", ""),
        text=row["text"],
        edit=Edit(_time(edited["at"]), edited["text"], edited.get("marked", True))
        if edited
        else None,
        deleted=_time(row["deleted"]) if row.get("deleted") else None,
        forwarded_from=row.get("forwarded_from", ""),
        date_only=row.get("date_only", False),
        views=row.get("views", 40 + number * 7),
    )


def _time(text: str) -> datetime:
    """An instant with offset, or `+90`: seconds after the demo's start."""
    if text.startswith("+"):
        return START + timedelta(seconds=int(text[1:]))
    at = datetime.fromisoformat(text)
    if at.utcoffset() is None:
        raise ValueError(f"{text}: an instant needs its offset")
    return at
