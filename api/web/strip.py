"""The strip on every page: where the election stands now, zone by zone. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.calendar import Line, ZoneGroup, lines
from api.web.tongue import Tongue
from core.election import Election

_QUIET = ("silence", "voting")


def strip(election: Election, now: datetime, tongue: Tongue) -> list[dict[str, Any]]:
    """A row a calendar: its contests, and for each group of zones its clock and state."""
    return [_row(line, now, tongue) for line in lines(election, now)]


def _row(line: Line, now: datetime, tongue: Tongue) -> dict[str, Any]:
    return {
        "contests": [contest.names.in_language(tongue.code) for contest in line.contests],
        "groups": [_group(group, now, tongue) for group in line.groups],
    }


def _group(group: ZoneGroup, now: datetime, tongue: Tongue) -> dict[str, Any]:
    here = ZoneInfo(group.zones[0])
    until = group.standing.until
    ends = ""
    if until:
        local = until.astimezone(here).isoformat()
        ends = tongue.t(f"strip.until_{group.standing.state}", when=tongue.moment(local))
    return {
        "state": group.standing.state,
        "quiet": group.standing.state in _QUIET,
        "label": tongue.t(f"state.{group.standing.state}"),
        "offset": group.offset,
        "zones": tongue.zones(group.zones),
        "now": now.astimezone(here).isoformat(),
        "ends": ends,
    }
