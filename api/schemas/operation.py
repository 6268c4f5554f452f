"""The answers of trends, sources, the election and the probes; problems."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.parts import AccountOut, Law, NamesOut, Shape
from core.election import CandidateStatus
from core.model import SourceKind


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
