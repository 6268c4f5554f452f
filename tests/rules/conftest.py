"""The real profiles, with two candidates of our own in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from config.loader import load_election
from core.election import Candidate, Election, Names, StatusChange


def _candidate(name: str, contest: str, region: str) -> Candidate:
    return Candidate(
        id=name, contest=contest, constituency="", region=region, district="",
        nomination="self", party="", gender="f",
        history=(StatusChange("registered", date(2023, 2, 10)),),
        names=Names(name, name, name), accounts=(), source="invented", as_of=date(2023, 2, 20),
    )  # fmt: skip


@pytest.fixture(scope="session")
def kz() -> Election:
    """Kazakhstan 2023 with candidates in Almaty (UTC+6), in Aqtobe (UTC+5), of the country."""
    election = load_election("kz-maslikhat-2023")
    ours = (
        _candidate("in-almaty", "maslikhat-oblast", "KZ-75"),
        _candidate("in-aqtobe", "maslikhat-oblast", "KZ-15"),
        _candidate("of-a-list", "mazhilis", "KZ"),
    )
    return replace(election, candidates={one.id: one for one in ours})


@pytest.fixture(scope="session")
def pl() -> Election:
    """Poland 2024: the silence ends when the polls close, and the clocks change on the way."""
    return load_election("pl-samorzad-2024")
