"""How an election profile is written in YAML: its keys, and what each value must be by itself.

What must hold between values (a party of a contest, the order of windows): profile_checks.py.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias, get_args

from pydantic import Field, model_validator

from config.fields import (
    DayText,
    IdText,
    RegionText,
    Strict,
    UrlText,
    WallTimeText,
    Words,
    ZoneText,
)
from core.election import Basis
from core.model import ActKind, Role

# The flag rules of the house; a fact under any other name would support nothing.
RULES: tuple[str, ...] = (
    "silence_violation", "early_campaigning", "missing_imprint", "barred_campaigner", "poll_ban",
    "vote_buying", "intimidation", "voting_misinfo", "abuse", "synthetic_media",
    "unlabelled_synthetic", "coordinated",
)  # fmt: skip
ROLES: tuple[str, ...] = get_args(Role)
ACTS: tuple[str, ...] = get_args(ActKind)
LanguageText: TypeAlias = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class RawNames(Strict):
    """One name in the languages of the pages; at least one of them."""

    kk: str = ""
    ru: str = ""
    en: str = ""

    @model_validator(mode="after")
    def _at_least_one(self) -> RawNames:
        if not (self.kk or self.ru or self.en):
            raise ValueError("a name in at least one of kk, ru, en")
        return self


class RawWindow(Strict):
    """Half-open: the first moment inside, and the first moment after."""

    start: WallTimeText
    end: WallTimeText = Field(description="the first local time after it; midnight is T00:00")


class RawRegion(Strict):
    names: RawNames
    zones: Annotated[list[ZoneText], Field(min_length=1)] = Field(
        description="the IANA zones its clocks kept on the days of this election, as a list: "
        "[Asia/Almaty]"
    )


class RawConstituency(Strict):
    id: IdText
    region: RegionText
    zone: ZoneText | None = None
    names: RawNames | None = None


class RawContest(Strict):
    level: Words = Field(description="what is elected: oblast, city, district, parliament, ...")
    names: RawNames
    called: WallTimeText = Field(description="when the vote was called, such as 2023-01-19T00:00")
    opens: WallTimeText = Field(description="when campaigning opens, such as 2023-02-18T18:00")
    silence: RawWindow
    voting: RawWindow
    poll_bans: list[RawWindow] = Field(description="a list of windows; [] where there is no ban")
    every_region: bool = False
    constituencies: list[RawConstituency] = Field(default_factory=list)


class RawParty(Strict):
    names: RawNames
    aliases: list[Words] = Field(default_factory=list)
    contests: list[str] = Field(description="the contests in which it has a list; [] for none")


class RawFact(Strict):
    article: Words = Field(description="the article, or the plan or speech, as a flag cites it")
    basis: Annotated[list[Basis], Field(min_length=1)] = Field(
        description="how we know: a list of statute, commission, official_speech, press, book, "
        "inference"
    )
    edition: DayText = Field(description="the day of the text that was read, such as 2022-11-05")
    url: UrlText = Field(description="where it can be read")
    says: RawNames = Field(description="what it says, in kk, ru, en")


class RawElection(Strict):
    id: IdText
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = Field(
        description="ISO 3166-1, two letters, such as KZ"
    )
    names: RawNames
    voting_day: DayText = Field(description="a day such as 2023-03-19")
    default_zone: ZoneText = Field(description="the zone pages show times in, such as Asia/Almaty")
    languages: Annotated[list[LanguageText], Field(min_length=1)] = Field(
        description="the languages of the country, such as [kk, ru]"
    )
    audience_threshold: Annotated[int, Field(ge=0)] = Field(
        description="the audience above which a public page is watched"
    )
    retention_days: Annotated[int, Field(ge=1)] = Field(
        description="the days for which what was collected is kept"
    )
    register_file: Words | None = Field(default=None, alias="register")
    regions: Annotated[dict[RegionText, RawRegion], Field(min_length=1)]
    contests: Annotated[dict[IdText, RawContest], Field(min_length=1)]
    parties: dict[IdText, RawParty]
    facts: dict[str, RawFact] = Field(description="the law under each flag rule")
    supporting_facts: dict[IdText, RawFact] = Field(default_factory=dict)
    barred_roles: dict[str, str] = Field(description="role: id of the fact that bars it")
    acts: dict[str, str] = Field(description="act: id of the fact that makes it one")
    penalties: dict[str, list[str]] = Field(default_factory=dict)
