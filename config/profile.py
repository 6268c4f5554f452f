"""One profile: what must hold between its values, and the Election they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from config.problems import KeyPath, Problems, choice_hint, spell_path
from config.profile_schema import (
    ACTS,
    ROLES,
    RULES,
    RawContest,
    RawElection,
    RawFact,
    RawNames,
    RawWindow,
)
from config.yaml_file import YamlFile
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

# Means "about another election" wherever a contest is named, so no contest may be called so.
RESERVED_CONTEST = "other"


def check_profile(raw: RawElection, file: YamlFile, problems: Problems) -> None:
    """Note every contradiction between the values of a profile that is well-formed by itself."""
    _Check(raw, file, problems).all()


class _Check:
    """The checks of one profile. Each is a short method; `all` is their order."""

    def __init__(self, raw: RawElection, file: YamlFile, problems: Problems) -> None:
        self.raw, self.file, self.problems = raw, file, problems

    def all(self) -> None:
        self._regions()
        for contest_id in self.raw.contests:
            self._contest(contest_id)
        self._parties()
        self._law()

    def _note(self, path: KeyPath, expected: str) -> None:
        self.problems.add(spell_path(path), expected, self.file.line(path))

    def _regions(self) -> None:
        for code, region in self.raw.regions.items():
            if not code.startswith(f"{self.raw.country}-"):
                self._note(("regions", code), f"a code of {self.raw.country}, which starts with it")
            if len(set(region.zones)) < len(region.zones):
                self._note(("regions", code, "zones"), "each zone once")

    def _contest(self, contest_id: str) -> None:
        contest, path = self.raw.contests[contest_id], ("contests", contest_id)
        if contest_id == RESERVED_CONTEST:
            self._note(path, "another id: `other` stands for elections outside the profile")
        self._constituencies(contest, path)
        self._windows(contest, path)
        self._order(contest, path)

    def _constituencies(self, contest: RawContest, path: KeyPath) -> None:
        if not contest.every_region and not contest.constituencies:
            self._note(
                (*path, "constituencies"), "at least one {id, region}, or `every_region: true`"
            )
        seen = set(self.raw.regions) if contest.every_region else set()
        for number, place in enumerate(contest.constituencies):
            here = (*path, "constituencies", number)
            if place.id in seen:
                self._note((*here, "id"), f"an id of its own: {place.id} is there already")
            seen.add(place.id)
            region = self.raw.regions.get(place.region)
            if region is None:
                hint = choice_hint(place.region, list(self.raw.regions))
                self._note((*here, "region"), f"a region of the profile, {hint}")
            elif place.zone is not None and place.zone not in region.zones:
                self._note((*here, "zone"), f"a zone of {place.region}: {', '.join(region.zones)}")
            elif place.zone is None and len(region.zones) > 1:
                self._note((*here, "zone"), f"missing; one of {', '.join(region.zones)}")

    def _windows(self, contest: RawContest, path: KeyPath) -> None:
        for key, window in _named_windows(contest):
            if _moment(window.end) <= _moment(window.start):
                self._note(
                    (*path, *key, "end"),
                    f"after its start {window.start}, got {window.end}"
                    + (" (an empty window bans nothing)" if window.end == window.start else ""),
                )
                continue
            for zone in sorted(
                {zone for region in self.raw.regions.values() for zone in region.zones}
            ):
                if window.end.in_zone(ZoneInfo(zone)) <= window.start.in_zone(ZoneInfo(zone)):
                    self._note((*path, *key), f"a window that is not skipped by clocks of {zone}")
        bans = sorted(contest.poll_bans, key=lambda ban: _moment(ban.start))
        for first, second in pairwise(bans):
            if _moment(second.start) < _moment(first.end):
                self._note(
                    (*path, "poll_bans"),
                    f"windows that do not overlap; {second.start} lies before {first.end}",
                )

    def _order(self, contest: RawContest, path: KeyPath) -> None:
        if _moment(contest.called) > _moment(contest.opens):
            self._note(
                (*path, "called"),
                f"no later than the opening {contest.opens}, got {contest.called}",
            )
        if _moment(contest.opens) >= _moment(contest.silence.start):
            self._note(
                (*path, "silence", "start"),
                f"after campaigning opens ({contest.opens}), got {contest.silence.start}",
            )
        midnight = datetime.combine(self.raw.voting_day, time())
        for key, moment in (("start", contest.voting.start), ("end", contest.voting.end)):
            if not midnight <= _moment(moment) <= midnight + timedelta(days=1):
                self._note(
                    (*path, "voting", key), f"on the voting day {self.raw.voting_day}, got {moment}"
                )
        if _moment(contest.silence.start) > _moment(contest.voting.start):
            self._note(
                (*path, "silence", "start"),
                f"no later than voting starts ({contest.voting.start}), "
                f"got {contest.silence.start}",
            )

    def _parties(self) -> None:
        owners: dict[str, str] = {}
        for party_id, party in self.raw.parties.items():
            for name in {party.names.kk, party.names.ru, party.names.en, *party.aliases} - {""}:
                owner = owners.setdefault(name.casefold(), party_id)
                if owner != party_id:
                    self._note(
                        ("parties", party_id), f"names of its own; {name} is {owner} already"
                    )
            for number, contest in enumerate(party.contests):
                self._known(("parties", party_id, "contests", number), contest, self.raw.contests)

    def _law(self) -> None:
        facts = [*self.raw.facts, *self.raw.supporting_facts]
        for rule in self.raw.facts:
            self._known(("facts", rule), rule, RULES, "a flag rule")
        for fact in self.raw.supporting_facts:
            if fact in RULES or fact in self.raw.facts:
                self._note(("supporting_facts", fact), "an id that is no flag rule's name")
        for role, fact in self.raw.barred_roles.items():
            self._known(("barred_roles", role), role, ROLES, "a role")
            self._known(("barred_roles", role), fact, facts, "the id of a fact")
        for act, fact in self.raw.acts.items():
            self._known(("acts", act), act, ACTS, "an act")
            self._known(("acts", act), fact, facts, "the id of a fact")
        for rule, cited in self.raw.penalties.items():
            self._known(("penalties", rule), rule, RULES, "a flag rule")
            for number, fact in enumerate(cited):
                self._known(("penalties", rule, number), fact, facts, "the id of a fact")

    def _known(
        self,
        path: KeyPath,
        given: str,
        known: Iterable[str],
        what: str = "a contest of the profile",
    ) -> None:
        names = list(known)
        if given not in names:
            self._note(path, f"{what}, {choice_hint(given, names)}; got {given!r}")


def _named_windows(contest: RawContest) -> Iterator[tuple[KeyPath, RawWindow]]:
    yield ("silence",), contest.silence
    yield ("voting",), contest.voting
    for number, ban in enumerate(contest.poll_bans):
        yield ("poll_bans", number), ban


def _moment(at: WallTime) -> datetime:
    """For comparing wall times with each other only; it is the time of no place."""
    return datetime.combine(at.day, at.clock)


# --- the Election it makes -----------------------------------------------------------------------


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
