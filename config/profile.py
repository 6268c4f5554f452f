"""A checked profile and its register become an Election, with the hash of all that is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date

from config.profile_schema import RawContest, RawElection, RawFact, RawNames, RawWindow
from core.election import (
    Candidate,
    Constituency,
    Contest,
    Election,
    LawFact,
    Names,
    Party,
    Region,
    Window,
)
from core.identity import Json, digest
from core.when import WallTime


def build_election(raw: RawElection, candidates: Mapping[str, Candidate]) -> Election:
    """The Election of a profile that passed its checks, with the people of the register."""
    election = Election(
        id=raw.id,
        country=raw.country,
        names=_names(raw.names),
        voting_day=raw.voting_day,
        default_zone=raw.default_zone,
        languages=tuple(raw.languages),
        regions={
            code: Region(code, _names(region.names), tuple(region.zones))
            for code, region in raw.regions.items()
        },
        contests={id_: _contest(id_, raw) for id_ in raw.contests},
        parties={
            id_: Party(id_, _names(party.names), tuple(party.aliases), tuple(party.contests))
            for id_, party in raw.parties.items()
        },
        candidates=dict(candidates),
        facts={
            id_: _fact(id_, fact) for id_, fact in {**raw.facts, **raw.supporting_facts}.items()
        },
        barred_roles=dict(raw.barred_roles),
        acts=dict(raw.acts),
        penalties={rule: tuple(cited) for rule, cited in raw.penalties.items()},
        audience_threshold=raw.audience_threshold,
        retention_days=raw.retention_days,
        hash="",
    )
    return replace(election, hash=digest(_canonical(election)))


def _names(raw: RawNames | None) -> Names:
    return Names(raw.kk, raw.ru, raw.en) if raw else Names()


def _fact(id_: str, raw: RawFact) -> LawFact:
    return LawFact(id_, raw.article, tuple(raw.basis), raw.edition, raw.url, _names(raw.says))


def _window(raw: RawWindow) -> Window:
    return Window(raw.start, raw.end)


def _contest(id_: str, raw: RawElection) -> Contest:
    contest = raw.contests[id_]
    return Contest(
        id=id_,
        level=contest.level,
        names=_names(contest.names),
        called=contest.called,
        opens=contest.opens,
        silence=_window(contest.silence),
        voting=_window(contest.voting),
        poll_bans=tuple(_window(ban) for ban in contest.poll_bans),
        constituencies=tuple(_places(contest, raw)),
    )


def _places(contest: RawContest, raw: RawElection) -> Iterator[Constituency]:
    """Whole regions first (one a zone, all under the region's code), then the listed ones."""
    if contest.every_region:
        for code, region in raw.regions.items():
            for zone in region.zones:
                yield Constituency(code, code, zone, _names(region.names))
    for place in contest.constituencies:
        zone = place.zone or raw.regions[place.region].zones[0]
        yield Constituency(place.id, place.region, zone, _names(place.names))


def _canonical(value: object) -> Json:
    """Any part of an Election as JSON: what its hash is made of."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, WallTime):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: _canonical(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    raise TypeError(f"no canonical form of {type(value).__name__}")
