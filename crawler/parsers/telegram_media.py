"""Pictures, videos, files, polls, places and link previews of one Telegram message widget."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.identity import Json
from core.model import Media
from crawler.parsers.addresses import absolute
from crawler.parsers.counts import read_count
from crawler.parsers.markup import line_text

_BACKGROUND = re.compile(r"background-image:\s*url\(\s*['\"]?([^'\")]+)")
_BASE = "https://t.me/"
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_POINT = re.compile(r"(-?\d{1,3}\.\d+),(-?\d{1,3}\.\d+)")
_INNER = "tgme_widget_message_"


def has_class(element: Any, name: str) -> bool:
    """True where `name` is one of the classes of the element."""
    return name in (element.get("class") or "").split()


def find_within(element: Any, name: str) -> list[Any]:
    """Every element with that class, the element itself included, in document order."""
    return [item for item in element.iter() if isinstance(item.tag, str) and has_class(item, name)]


def find_first(element: Any, name: str) -> Any:
    """The first element with that class, or None."""
    return next(iter(find_within(element, name)), None)


def media_of(widget: Any) -> tuple[Media, ...]:
    """What the message carries, in the order of the page; not what it replies to."""
    return tuple(_walk(widget))


def unsupported(widget: Any) -> str:
    """Telegram's excuse for media that it does not show at all, "" where it shows them.

    Every player hides the same words inside itself for old browsers; those do not count.
    """
    for label in find_within(widget, "message_media_not_supported_label"):
        parent = label.getparent()
        while parent is not None and parent is not widget:
            if has_class(parent, "media_not_supported_cont") or _reader(parent):
                break
            parent = parent.getparent()
        else:
            return line_text(label)
    return ""


def _walk(element: Any) -> Iterator[Media]:
    for child in element:
        if not isinstance(child.tag, str) or has_class(child, f"{_INNER}reply"):
            continue
        reader = _reader(child)
        if reader is None:
            yield from _walk(child)
            continue
        media = reader(child)
        if media is not None:
            yield media


def _reader(element: Any) -> Callable[[Any], Media | None] | None:
    for name in (element.get("class") or "").split():
        reader = _READERS.get(name.removeprefix(_INNER)) if name.startswith(_INNER) else None
        if reader is not None:
            return reader
    return None


def _photo(element: Any) -> Media:
    return Media("photo", url=_background(element))


def _video(element: Any) -> Media:
    """A video too big for the preview has a thumbnail and no address."""
    return Media("video", _source(element, "video"), "", _duration(element), _thumb(element))


def _round(element: Any) -> Media:
    return Media("round_video", _source(element, "video"), "", _duration(element), _thumb(element))


def _voice(element: Any) -> Media:
    return Media("voice", _source(element, "audio"), duration_s=_duration(element))


def _audio(element: Any) -> Media:
    title = line_text(find_first(element, f"{_INNER}audio_title"))
    return Media("audio", _source(element, "audio"), title, _duration(element))


def _document(element: Any) -> Media:
    icon = find_first(element, f"{_INNER}document_icon")
    extra = line_text(find_first(element, f"{_INNER}document_extra"))
    return Media(
        "audio" if icon is not None and has_class(icon, "audio") else "document",
        url=absolute(_BASE, element.get("href")) or "",
        title=line_text(find_first(element, f"{_INNER}document_title")),
        data={"extra": extra} if extra else {},
    )


def _sticker(element: Any) -> Media:
    for item in element.iter():
        for name in ("data-webp", "srcset", "src"):
            address = absolute(_BASE, item.get(name))
            if address:
                return Media("sticker", url=address)
    return Media("sticker", url=_background(element))


def _poll(element: Any) -> Media:
    options: list[Json] = []
    for option in find_within(element, f"{_INNER}poll_option"):
        percent = _PERCENT.search(line_text(find_first(option, f"{_INNER}poll_option_percent")))
        name = find_first(option, f"{_INNER}poll_option_text")
        options.append(
            {"text": line_text(name), "percent": _number(percent[1]) if percent else None}
        )
    widget = _widget(element)
    return Media(
        "poll",
        title=line_text(find_first(element, f"{_INNER}poll_question")),
        data={
            "type": line_text(find_first(element, f"{_INNER}poll_type")),
            "options": options,
            "voters": read_count(line_text(find_first(widget, f"{_INNER}voters"))),
        },
    )


def _location(element: Any) -> Media:
    address = absolute(_BASE, element.get("href")) or ""
    query = parse_qs(urlsplit(address).query)
    point = _POINT.search(" ".join(query.get("q", []) + query.get("ll", [])))
    title = line_text(find_first(element, f"{_INNER}location_title"))
    data = {"lat": float(point[1]), "lon": float(point[2])} if point else {}
    return Media("location", url=address, title=title, data=data)


def _contact(element: Any) -> Media:
    """The name alone: a phone number is nobody's business here."""
    name = line_text(find_first(element, f"{_INNER}contact_name"))
    return Media("document", title=name, data={"contact": True})


def _link(element: Any) -> Media:
    data: dict[str, Json] = {}
    for key, name in (
        ("site", "link_preview_site_name"),
        ("description", "link_preview_description"),
    ):
        text = line_text(find_first(element, name))
        if text:
            data[key] = text
    for name in ("link_preview_image", "link_preview_right_image", "link_preview_video_thumb"):
        picture = find_first(element, name)
        if picture is not None:
            data["image"] = _background(picture)
    address = absolute(_BASE, element.get("href")) or ""
    return Media("link", address, line_text(find_first(element, "link_preview_title")), data=data)


def _background(element: Any) -> str:
    """The first picture set as a background, of the element or below it; never inline data."""
    for item in element.iter():
        match = _BACKGROUND.search(item.get("style") or "")
        address = absolute(_BASE, match[1]) if match else None
        if address:
            return address
    return ""


def _source(element: Any, tag: str) -> str:
    addresses = (absolute(_BASE, item.get("src")) for item in element.iter(tag))
    return next((address for address in addresses if address), "")


def _thumb(element: Any) -> dict[str, Json]:
    picture = _background(element)
    return {"thumbnail": picture} if picture else {}


def _duration(element: Any) -> int | None:
    """Seconds of 0:27 or 1:02:03."""
    for stamp in element.iter("time"):
        parts = line_text(stamp).split(":")
        if len(parts) > 1 and all(part.isdigit() for part in parts):
            seconds = 0
            for part in parts:
                seconds = seconds * 60 + int(part)
            return seconds
    return None


def _number(text: str) -> float | int:
    value = float(text.replace(",", "."))
    return int(value) if value.is_integer() else value


def _widget(element: Any) -> Any:
    while element.getparent() is not None and not element.get("data-post"):
        element = element.getparent()
    return element


_READERS: dict[str, Callable[[Any], Media | None]] = {
    "photo_wrap": _photo,
    "video_player": _video,
    "roundvideo_player": _round,
    "voice_player": _voice,
    "audio_player": _audio,
    "document_wrap": _document,
    "sticker_wrap": _sticker,
    "tgsticker_wrap": _sticker,
    "videosticker_wrap": _sticker,
    "poll": _poll,
    "location_wrap": _location,
    "contact_wrap": _contact,
    "link_preview": _link,
}
