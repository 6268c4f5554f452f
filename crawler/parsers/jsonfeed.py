"""JSON Feed 1.0 and 1.1 (jsonfeed.org): items as strings, no other type believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ParseError
from core.identity import portable_text

_VERSION = "https://jsonfeed.org/version/1"


@dataclass(frozen=True, slots=True)
class Item:
    """An item; "" for what is absent. Attachments are (url, MIME type, title, seconds)."""

    id: str
    url: str
    title: str
    html: str
    text: str
    author: str
    language: str
    published: str
    modified: str
    attachments: tuple[tuple[str, str, str, int | None], ...]


def read_json_feed(text: str, url: str) -> tuple[list[Item], list[str]]:
    """The items of a JSON Feed, and a note for each field or item of a wrong type."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(url, f"JSON that cannot be read: {str(error)[:200]}") from error
    version = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(version, str) or not version.replace("http:", "https:").startswith(_VERSION):
        raise ParseError(url, "JSON that is no JSON Feed: no version of jsonfeed.org")
    raw = feed.get("items", [])
    if not isinstance(raw, list):
        raise ParseError(url, "a JSON Feed whose items are no list")
    notes: list[str] = []
    items = []
    for number, item in enumerate(raw, start=1):
        if isinstance(item, dict):
            items.append(_item(item, feed, f"item {number}", notes))
        else:
            notes.append(f"item {number} is no object, left out")
    return items, notes


def _item(item: Mapping[str, Any], feed: Mapping[str, Any], where: str, notes: list[str]) -> Item:
    def text(name: str, source: Mapping[str, Any] = item) -> str:
        value = source.get(name)
        if isinstance(value, str):
            value, stripped = portable_text(value)
            notes.extend(f"{where}: {name}: {what}" for what in stripped)
            return value
        if value is None:
            return ""
        notes.append(f"{where}: {name} is no string, left out")
        return ""

    number = item.get("id")
    # Version 1.0 asks readers to take numbers as ids; a boolean is an int to Python only.
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return Item(
        id=str(number) if is_number else text("id"),
        url=text("url") or text("external_url"),
        title=text("title"),
        html=text("content_html"),
        text=text("content_text") or text("summary"),
        author=_author(item) or _author(feed),
        language=text("language") or text("language", feed),
        published=text("date_published"),
        modified=text("date_modified"),
        attachments=_attachments(item, where, notes),
    )


def _author(holder: Mapping[str, Any]) -> str:
    authors = holder.get("authors")
    people = authors if isinstance(authors, list) else [holder.get("author")]
    names = (person.get("name") for person in people if isinstance(person, dict))
    return ", ".join(portable_text(name)[0] for name in names if isinstance(name, str))


def _attachments(
    item: Mapping[str, Any], where: str, notes: list[str]
) -> tuple[tuple[str, str, str, int | None], ...]:
    found: list[tuple[str, str, str, int | None]] = []
    image = item.get("image") or item.get("banner_image")
    if isinstance(image, str):
        found.append((image, "image", "", None))
    attachments = item.get("attachments") or []
    for part in attachments if isinstance(attachments, list) else []:
        address = part.get("url") if isinstance(part, dict) else None
        if not isinstance(address, str):
            notes.append(f"{where}: an attachment without a url, left out")
            continue
        seconds = part.get("duration_in_seconds")
        found.append(
            (
                address,
                str(part.get("mime_type") or ""),
                portable_text(part["title"])[0] if isinstance(part.get("title"), str) else "",
                int(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 1e9 else None,
            )
        )
    return tuple(found)
