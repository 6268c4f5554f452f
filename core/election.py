"""An election as data: its calendar, its law, who stands. Read from config/elections/<id>.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from core.when import WallTime

Basis: TypeAlias = Literal["statute", "commission", "official_speech", "press", "book", "inference"]
Nomination: TypeAlias = Literal["list", "party", "association", "self"]
CandidateStatus: TypeAlias = Literal["nominated", "registered", "withdrawn", "cancelled"]

BASES: tuple[Basis, ...] = (
    "statute", "commission", "official_speech", "press", "book", "inference",
)  # fmt: skip
# Law facts that rest only on these never give a `violation`.
WEAK_BASES: frozenset[Basis] = frozenset({"press"})


@dataclass(frozen=True, slots=True)
class Names:
    """One name in the languages of the pages; an empty string where it was never given."""

    kk: str = ""
    ru: str = ""
    en: str = ""

    def in_language(self, language: str) -> str:
        """The name in `language`, or in the next one that has it: en, ru, kk."""
        return getattr(self, language, "") or self.en or self.ru or self.kk


@dataclass(frozen=True, slots=True)
class LawFact:
    """One thing the law says, and how we know. `article` is what a flag cites."""

    id: str
    article: str
    basis: tuple[Basis, ...]
    edition: date
    url: str
    says: Names

    @property
    def is_weak(self) -> bool:
        """True where nothing better than the press says so: then no flag is a `violation`."""
        return set(self.basis) <= WEAK_BASES


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open [start, end) in wall time: each zone has its own instants."""

    start: WallTime
    end: WallTime


@dataclass(frozen=True, slots=True)
class Region:
    """An ISO 3166-2 region and the IANA zones its clocks kept on the days of this election."""

    code: str
    names: Names
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constituency:
    """A constituency of a contest. A whole region is one where the register names none."""

    id: str
    region: str
    zone: str
    names: Names = field(default_factory=Names)


@dataclass(frozen=True, slots=True)
class Contest:
    """One vote of the election, with a calendar of its own. All times are wall times."""

    id: str
    level: str
    names: Names
    called: WallTime
    opens: WallTime
    silence: Window
    voting: Window
    poll_bans: tuple[Window, ...]
    constituencies: tuple[Constituency, ...]

    @property
    def zones(self) -> tuple[str, ...]:
        """Every zone of the contest, each once, in order of code points."""
        return tuple(sorted({place.zone for place in self.constituencies}))


@dataclass(frozen=True, slots=True)
class Party:
    """A party and the contests in which it stands with a list."""

    id: str
    names: Names
    aliases: tuple[str, ...] = ()
    contests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusChange:
    """From `day` on (inclusive, civil date of the region) the candidate is `status`."""

    status: CandidateStatus
    day: date


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account somebody speaks through: `telegram:handle`, `web:host`, `vk:handle`."""

    platform: str
    handle: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.handle}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of the register. `names` are full names: surname, first name, patronymic."""

    id: str
    contest: str
    constituency: str
    region: str
    district: str
    nomination: Nomination
    party: str
    gender: Literal["f", "m", ""]
    history: tuple[StatusChange, ...]
    names: Names
    accounts: tuple[AccountRef, ...]
    source: str
    as_of: date
    private_accounts: bool = False


@dataclass(frozen=True, slots=True)
class Election:
    """A whole profile. `hash` is the SHA-256 (hex) of its canonical JSON, register included."""

    id: str
    country: str
    names: Names
    voting_day: date
    default_zone: str
    languages: tuple[str, ...]
    regions: Mapping[str, Region]
    contests: Mapping[str, Contest]
    parties: Mapping[str, Party]
    candidates: Mapping[str, Candidate]
    # Law facts by the flag rule they support: "silence_violation" -> the article, and so on.
    facts: Mapping[str, LawFact]
    # Roles that may not campaign, each with the id of the fact that says so.
    barred_roles: Mapping[str, str]
    # Acts that count as campaigning anew (repost, pin, ...), each with the id of its fact.
    acts: Mapping[str, str]
    audience_threshold: int
    retention_days: int
    hash: str
    # What the law threatens, by flag rule: ids of facts, for pages to show beside the flag.
    penalties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def zone(self, name: str) -> ZoneInfo:
        """The zone of that IANA name; the profile's loader has checked that it exists."""
        return ZoneInfo(name)
