"""The shapes of answers for OpenAPI. Answers are plain dicts; tests hold them to these."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.election import Basis, CandidateStatus
from core.model import ActKind, Platform, Role, Ruling, SourceKind, Verdict

Inside = Literal["all", "some", "none"]
_NOTICE = "The machine finds an apparent breach; only a prosecutor or a court finds a breach."


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


class TrendDay(Shape):
    """A local day: what matched, what was collected, which contests were silent."""

    day: str
    count: int
    collected: int
    silence: list[str]


class SilenceZone(Shape):
    """The window's instants in a zone."""

    zone: str
    start_utc: str
    end_utc: str


class SilenceOut(Shape):
    """The silence window of a contest: half-open, in wall time."""

    contest: str
    names: NamesOut
    start: str
    end: str
    zones: list[SilenceZone]


class TrendsOut(Shape):
    """Counts per local day and group, with what was collected beside each."""

    of: Literal["posts", "flags"]
    by: list[str]
    zone: str
    collected_by: list[str] = Field(description="The groups that also narrow `collected` of a row.")
    days: list[TrendDay]
    rows: list[dict[str, str | int]] = Field(
        description="`day`, the facets of `by`, `count`, `collected`.",
        examples=[[{"day": "2023-03-18", "party": "auyl", "count": 3, "collected": 120}]],
    )
    labels: dict[str, dict[str, NamesOut]]
    silence: list[SilenceOut]
    notice: NamesOut


class GapOut(Shape):
    """A time in which a source was not seen, and why."""

    url: str
    at: str
    error: str
    reason: str


class SourceOut(Shape):
    """How a source does."""

    id: str
    kind: SourceKind
    url: str
    account: AccountOut
    language: str
    checked: str = Field(description="The day somebody last saw it answer, or `never`.")
    active: bool
    next_due: str | None
    last_attempt: str | None
    last_success: str | None
    last_new_post: str | None
    lag_s: int | None = Field(description="Seconds since the last success.")
    quiet_s: int | None = Field(description="Seconds since the last new post.")
    posts_total: int
    observed_per_day: int = Field(description="New posts in the last 24 hours.")
    expected_per_day: float
    failures_in_a_row: int
    last_gap: GapOut | None
    alarm: NamesOut | None = Field(description="Why somebody should look, or null.")


class SourceList(Shape):
    """Every source, those that alarm first."""

    now: str
    alarming: int
    items: list[SourceOut]


class SourceDetail(SourceOut):
    """A source and its newest gaps."""

    gaps: list[GapOut]


class ZoneState(Shape):
    """What holds now in a zone, and until when."""

    zone: str
    state: Literal["uncalled", "called", "campaign", "silence", "voting", "over"]
    until: str | None
    silence_start_utc: str
    silence_end_utc: str


class WindowPlan(Shape):
    """Half-open, in wall time."""

    start: str
    end: str


class ContestOut(Shape):
    """One vote of the election."""

    id: str
    level: str
    names: NamesOut
    called: str
    opens: str
    silence: WindowPlan
    voting: WindowPlan
    poll_bans: list[WindowPlan]
    zones: list[ZoneState]
    constituencies: int


class RegionOut(Shape):
    """A region and its zones on the days of the election."""

    code: str
    names: NamesOut
    zones: list[str]


class PartyOut(Shape):
    """A party and the contests in which it has a list."""

    id: str
    names: NamesOut
    contests: list[str]


class ElectionOut(Shape):
    """The profile in force, in short."""

    id: str
    country: str
    names: NamesOut
    voting_day: str
    default_zone: str
    languages: list[str]
    hash: str
    now: str
    demo: bool
    contests: list[ContestOut]
    regions: list[RegionOut]
    parties: list[PartyOut]
    candidates: dict[CandidateStatus, int]
    law: dict[str, Law]
    notice: NamesOut


class Health(Shape):
    """The process is alive."""

    status: Literal["ok"]
    version: str


class Ready(Shape):
    """The archive and the index answer."""

    status: Literal["ready"]
    version: str


class ProblemError(Shape):
    """One parameter that is not right."""

    parameter: str
    detail: str
    expected: str


class ProblemOut(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/invalid-parameter"])
    title: str = Field(examples=["A parameter is not right"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["verdikt: there is no such parameter, one of q, rule, verdict"])
    instance: str = Field(examples=["/api/flags?verdikt=violation"])
    errors: list[ProblemError] | None = None
    position: int | None = None
    missing: list[str] | None = None
