"""A Post as the one line of JSON that `baqylau parse` prints."""

from __future__ import annotations

from core.identity import Json
from core.model import Media, Post
from core.when import When, format_when


def to_record(post: Post) -> dict[str, Json]:
    """The fields of the command line. What is not known is null; `text` has the title in front.

    Times are ISO 8601 with offset, or a bare date where only the day is known.
    """
    return {
        "native_id": post.native_id,
        "url": post.url,
        "author": post.author or None,
        "text": post.full_text,
        "lang": post.language or None,
        "published_at": _when(post.published),
        "edited": post.edited,
        "edited_at": _when(post.edited_at),
        "media": [_media(item) for item in post.media],
        "links": list(post.links),
        "forwarded_from": post.forwarded_from or None,
        "views": post.views,
    }


def _when(when: When | None) -> str | None:
    return None if when is None else format_when(when)


def _media(item: Media) -> dict[str, Json]:
    """`kind` and `url` always; title, duration and data where there are any."""
    record: dict[str, Json] = {"kind": item.kind, "url": item.url}
    if item.title:
        record["title"] = item.title
    if item.duration_s is not None:
        record["duration_s"] = item.duration_s
    if item.data:
        record["data"] = dict(item.data)
    return record
