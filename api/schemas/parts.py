"""What answers are made of: names, times, accounts, flags and the summary of a post."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.election import Basis
from core.model import ActKind, Platform, Role, Ruling, Verdict

Inside = Literal["all", "some", "none"]


class Shape(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(extra="forbid")


class NamesOut(Shape):
    """A text in the three languages."""

    kk: str
    ru: str
    en: str


class SpanOut(Shape):
    """Half-open [start, end) in Unicode code points of the text of the revision."""

    start: int
    end: int


class SpanWords(SpanOut):
    """A span with its words (the first 200 code points of them)."""

    text: str


class LocalTime(Shape):
    """What clocks show: zones that agree stand together."""

    offset: str = Field(examples=["+06:00"])
    zones: list[str] = Field(examples=[["Asia/Almaty", "Asia/Qostanay"]])
    at: str = Field(examples=["2023-03-18T09:00:00+06:00"])


class Bound(Shape):
    """An instant, in UTC and locally."""

    utc: str = Field(examples=["2023-03-18T03:00:00Z"])
    local: list[LocalTime]


class InstantOut(Bound):
    """A time that is known exactly."""

    kind: Literal["instant"]


class IntervalOut(Shape):
    """A time that lies between two captures."""

    kind: Literal["interval"]
    earliest: Bound
    latest: Bound


class DateOut(Shape):
    """A day without a time: another stretch of time in each zone."""

    kind: Literal["date"]
    day: str = Field(examples=["2023-03-18"])


WhenOut = InstantOut | IntervalOut | DateOut


class Snippet(Shape):
    """A piece of the text; all numbers are code points of the whole text of the revision."""

    text: str
    start: int
    end: int
    whole_length: int
    highlights: list[SpanOut] = Field(description="Words of the search.")
    marks: list[SpanOut] = Field(description="What the flag or flags point at.")


class AccountOut(Shape):
    """Who speaks through a source."""

    ref: str = Field(examples=["telegram:example"])
    name: NamesOut | None
    role: Role
    party: str | None
    candidate: str | None
    regions: list[str]


class KindOut(Shape):
    """What a text sets out to do, and how sure the detector is."""

    value: str
    score: float


class Links(Shape):
    """Where the post is."""

    api: str
    page: str


class PostSummary(Shape):
    """What a list shows of a post."""

    id: str
    url: str
    platform: Platform
    author: str
    source: str
    account: AccountOut
    title: str
    language: str
    kind: KindOut | None
    signals: list[str]
    published: WhenOut | None = Field(description="As the publisher claims.")
    edited: WhenOut | None
    first_seen: WhenOut
    gone: WhenOut | None
    revision: int
    revisions: int
    snippet: Snippet
    links: Links


class Law(Shape):
    """An article, and how it is known."""

    id: str
    article: str
    basis: list[Basis]
    edition: str
    url: str
    says: NamesOut


class ContestName(Shape):
    """A contest of the election."""

    id: str
    names: NamesOut | None


class WindowOut(Shape):
    """The window of the law in zones that agree, and how much of the act's time lies in it."""

    zones: list[str]
    offset: str
    start: str
    end: str
    start_utc: str
    end_utc: str
    inside: Inside


class ClockOut(Shape):
    """How the time of the act was read."""

    at: WhenOut | None
    windows: list[WindowOut]
    tzdata: str


class FlaggedAct(Shape):
    """The act a flag is about."""

    kind: ActKind
    at: WhenOut | None
    marked: bool = Field(description="False for an edit that the publisher did not mark.")


class DecisionOut(Shape):
    """A person's word on a flag; never the machine's."""

    flag_id: str
    ruling: Ruling
    reviewer: str
    reason: str
    decided_at: str


class FlagOut(Shape):
    """What one rule says of one act, and all it rests on."""

    id: str
    post_id: str
    rule: str
    rule_version: str
    verdict: Verdict = Field(description="`violation` is an apparent breach.")
    reason: NamesOut
    law: Law | None
    contest: ContestName
    clock: ClockOut | None
    score: float
    spans: list[SpanWords]
    revision: int
    act: FlaggedAct
    election: str
    judged_at: str
    current: bool
    decisions: list[DecisionOut]
