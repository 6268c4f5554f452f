"""The answers of the lists and of one post."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.schemas.parts import (
    AccountOut,
    FlaggedAct,
    FlagOut,
    NamesOut,
    PostSummary,
    Shape,
    SpanWords,
    WhenOut,
)
from core.model import Platform


class FlagItem(FlagOut):
    """A flag in a list, with its post."""

    post: PostSummary


class PostItem(PostSummary):
    """A post in a list, with its current flags; those that were cleared are in the post itself."""

    flags: list[FlagOut]


class FacetValue(Shape):
    """A value, how many documents hold it, what it is called."""

    value: str
    count: int
    label: NamesOut


class Listing(Shape):
    """A page of a list, newest first."""

    total: int = Field(description="Everything that matches, on all pages.")
    total_counts: Literal["flags", "posts"] = Field(description="What `total` counts.")
    facets: dict[str, list[FacetValue]]
    next: str | None = Field(description="`cursor` of the next page; null on the last.")
    notice: NamesOut


class FlagList(Listing):
    """Flags."""

    items: list[FlagItem]


class PostList(Listing):
    """Posts. Asked for by rule or verdict, facets count flags."""

    items: list[PostItem]


class Clocks(Shape):
    """The four times of a post, and its end."""

    published: WhenOut | None
    edited: WhenOut | None
    first_seen: WhenOut
    last_seen: WhenOut
    gone: WhenOut | None


class RevisionAct(FlaggedAct):
    """What made a revision."""

    added: list[SpanWords] | None = Field(description="What an edit added; null: all is new.")


class MediaOut(Shape):
    """An attachment, by its address."""

    kind: str
    url: str | None
    title: str | None
    duration_s: int | None
    data: dict[str, Any]


class RevisionOut(Shape):
    """A text as it stood from `first_seen` on."""

    number: int
    text: str
    first_seen: str
    act: RevisionAct
    url: str
    aliases: list[str]
    media: list[MediaOut]
    links: list[str]
    forwarded_from: str | None
    reply_to: str | None
    views: int | None
    parser: str
    parser_version: str
    notes: list[str]
    captures: list[str]


class AnnotationOut(Shape):
    """One opinion of one detector on the newest text that was read."""

    detector: str
    version: str
    label: str
    value: str
    score: float
    spans: list[SpanWords]
    data: dict[str, Any]


class WarcPlace(Shape):
    """Where the record lies: bytes of the compressed record."""

    file: str
    offset: int
    length: int


class CaptureOut(Shape):
    """One capture."""

    id: str
    sha256: str
    url: str
    fetched_at: str
    status: int
    content_type: str
    size: int
    warc: WarcPlace
    download: str


class PostOut(Shape):
    """All that is known of a post."""

    id: str
    url: str
    platform: Platform
    native_id: str
    author: str
    source: str
    account: AccountOut
    title: str
    text: str
    clocks: Clocks
    zones: list[str] = Field(description="Zones the account speaks to.")
    revisions: list[RevisionOut]
    annotations: list[AnnotationOut]
    flags: list[FlagOut]
    older_flags: list[FlagOut]
    captures: list[CaptureOut]
    notice: NamesOut
