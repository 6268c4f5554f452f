"""What must hold between the values of a profile: each contradiction noted with key and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from config.problems import KeyPath, Problems, choice_hint, spell_path
from config.profile_schema import (
    ACTS,
    ROLES,
    RULES,
    RawContest,
    RawElection,
    RawWindow,
)
from config.yaml_file import YamlFile
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
