"""Whom an act addresses: the contest first, its zones next.

The contest comes from the candidate or party named, then from what was given, then from the
account, then from the region. A named candidate fixes the zone of the constituency; a party list
or an account of the whole country addresses every zone of its contest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.election import Candidate, Contest, Election
from core.model import Subject

OTHER_CONTEST = "other"


@dataclass(frozen=True, slots=True)
class Addressed:
    """One contest (or several with one calendar, then the first of the profile) and its zones.

    `certain` is False where the contest or the region had to be left open.
    """

    contest: Contest
    zones: tuple[str, ...]
    certain: bool


def is_other(subject: Subject) -> bool:
    """True for an act about another election: no calendar of this profile speaks of it."""
    return subject.contest == OTHER_CONTEST


def addressed(subject: Subject, election: Election) -> tuple[Addressed, ...]:
    """Every calendar the act may fall under; none where it is about another election.

    More than one only where the contests that come into question have different calendars.
    """
    if is_other(subject):
        return ()
    return (
        _by_candidates(subject, subject.candidates, election)
        or _by_parties(subject, subject.parties, election)
        or _by_account(subject, election)
        or _by_region(subject, election)
    )


def _by_candidates(
    subject: Subject, names: Iterable[str], election: Election
) -> tuple[Addressed, ...]:
    zones: dict[str, set[str]] = {}
    for name in names:
        candidate = election.candidates.get(name)
        if candidate is None or (subject.contest and candidate.contest != subject.contest):
            continue
        contest = election.contests[candidate.contest]
        found = _constituency_zones(contest, candidate, election)
        zones.setdefault(contest.id, set()).update(found)
    return _group(zones, election, certain=True)


def _constituency_zones(contest: Contest, candidate: Candidate, election: Election) -> set[str]:
    named = {place.zone for place in contest.constituencies if place.id == candidate.constituency}
    return named or _zones_of(contest, (candidate.region,), election)


def _by_parties(
    subject: Subject, names: Iterable[str], election: Election
) -> tuple[Addressed, ...]:
    contests = [
        contest
        for name in names
        if name in election.parties
        for contest in election.parties[name].contests
        if not subject.contest or contest == subject.contest
    ]
    regions = subject.regions or subject.account_regions
    zones = {
        contest: _zones_of(election.contests[contest], regions, election)
        or set(election.contests[contest].zones)
        for contest in contests
    }
    return _group(zones, election, certain=True)


def _by_account(subject: Subject, election: Election) -> tuple[Addressed, ...]:
    if subject.regions:
        return ()
    if subject.account_candidate:
        found = _by_candidates(subject, (subject.account_candidate,), election)
        if found:
            return found
    if subject.account_party and not subject.account_contest:
        return _by_parties(subject, (subject.account_party,), election)
    return ()


def _by_region(subject: Subject, election: Election) -> tuple[Addressed, ...]:
    regions = subject.regions or subject.account_regions
    named = subject.contest or subject.account_contest
    contests = (
        [election.contests[named]]
        if named in election.contests
        else list(election.contests.values())
    )
    zones = {contest.id: _zones_of(contest, regions, election) for contest in contests}
    zones = {contest: found for contest, found in zones.items() if found}
    if zones:
        return _group(zones, election, certain=True)
    return _group({contest.id: set(contest.zones) for contest in contests}, election, certain=False)


def _zones_of(contest: Contest, regions: Iterable[str], election: Election) -> set[str]:
    """Zones of the contest in these regions; the country's code stands for all of them."""
    wanted = set(regions)
    if election.country in wanted:
        return set(contest.zones)
    return {place.zone for place in contest.constituencies if place.region in wanted}


def _group(
    zones: dict[str, set[str]], election: Election, *, certain: bool
) -> tuple[Addressed, ...]:
    """One entry a calendar, in the order of the profile."""
    calendars: dict[object, tuple[Contest, set[str]]] = {}
    for contest in election.contests.values():
        if contest.id in zones:
            key = (contest.called, contest.opens, contest.silence, contest.poll_bans)
            calendars.setdefault(key, (contest, set()))[1].update(zones[contest.id])
    return tuple(
        Addressed(contest, tuple(sorted(found)), certain) for contest, found in calendars.values()
    )
