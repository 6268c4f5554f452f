"""The health of sources and the profile of the election as plain JSON."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from api import times
from api.calendar import standing
from api.context import Context
from api.shapes import law_shape, names_shape
from api.trends import silence_shape
from core.election import Contest, Window
from core.model import Gap, SourceHealth


def sources_shape(context: Context) -> dict[str, Any]:
    """Every source; those with an alarm first, then those that are watched, by id."""
    now = context.clock.now()
    items = [source_shape(one, context, now) for one in context.archive.source_health(now)]
    items.sort(key=lambda one: (one["alarm"] is None, not one["active"], one["id"]))
    alarming = sum(one["alarm"] is not None for one in items)
    return {"now": times.utc(now), "alarming": alarming, "items": items}


def source_shape(health: SourceHealth, context: Context, now: datetime) -> dict[str, Any]:
    """How a source does."""
    source = health.source
    account = source.account
    return {
        "id": source.id,
        "kind": source.kind,
        "url": source.url,
        "account": {
            "ref": str(account.ref),
            "name": names_shape(account.name) if account.name.in_language("en") else None,
            "role": account.role,
            "party": account.party or None,
            "candidate": account.candidate or None,
            "regions": list(account.regions),
        },
        "language": source.language,
        "checked": source.checked,
        "active": health.active,
        "next_due": _utc(health.next_due),
        "last_attempt": _utc(health.last_attempt),
        "last_success": _utc(health.last_success),
        "last_new_post": _utc(health.last_new_post),
        "lag_s": _since(health.last_success, now),
        "quiet_s": _since(health.last_new_post, now),
        "posts_total": health.posts_total,
        "observed_per_day": health.posts_last_day,
        "expected_per_day": source.expected_per_day,
        "failures_in_a_row": health.failures_in_a_row,
        "last_gap": gap_shape(health.last_gap) if health.last_gap else None,
        "alarm": alarm_shape(context, health),
    }


def alarm_shape(context: Context, health: SourceHealth) -> dict[str, str] | None:
    """Why somebody should look at a source, or None."""
    said = context.alarm(health)
    return names_shape(said) if said is not None else None


def gap_shape(gap: Gap) -> dict[str, Any]:
    """A time in which a source was not seen."""
    return {"url": gap.url, "at": times.utc(gap.at), "error": gap.error, "reason": gap.reason}


def election_shape(context: Context) -> dict[str, Any]:
    """The profile in force, in short."""
    election, now = context.election, context.clock.now()
    status = Counter(one.history[-1].status for one in election.candidates.values() if one.history)
    return {
        "id": election.id,
        "country": election.country,
        "names": names_shape(election.names),
        "voting_day": election.voting_day.isoformat(),
        "default_zone": election.default_zone,
        "languages": list(election.languages),
        "hash": election.hash,
        "now": times.utc(now),
        "demo": context.demo,
        "contests": [contest_shape(one, now) for one in election.contests.values()],
        "regions": [
            {"code": one.code, "names": names_shape(one.names), "zones": list(one.zones)}
            for one in election.regions.values()
        ],
        "parties": [
            {"id": one.id, "names": names_shape(one.names), "contests": list(one.contests)}
            for one in election.parties.values()
        ],
        "candidates": dict(status),
        "law": {rule: law_shape(fact) for rule, fact in election.facts.items()},
        "notice": names_shape(context.words.plain("app.notice")),
    }


def contest_shape(contest: Contest, now: datetime) -> dict[str, Any]:
    """A contest: its calendar in wall time, and what holds now in each zone."""
    zones = []
    for window in silence_shape(contest)["zones"]:
        stands = standing(contest, window["zone"], now)
        zones.append({
            "zone": window["zone"],
            "state": stands.state,
            "until": _utc(stands.until),
            "silence_start_utc": window["start_utc"],
            "silence_end_utc": window["end_utc"],
        })  # fmt: skip
    return {
        "id": contest.id,
        "level": contest.level,
        "names": names_shape(contest.names),
        "called": str(contest.called),
        "opens": str(contest.opens),
        "silence": _window(contest.silence),
        "voting": _window(contest.voting),
        "poll_bans": [_window(one) for one in contest.poll_bans],
        "zones": zones,
        "constituencies": len(contest.constituencies),
    }


def _window(window: Window) -> dict[str, str]:
    return {"start": str(window.start), "end": str(window.end)}


def _utc(at: datetime | None) -> str | None:
    return times.utc(at) if at else None


def _since(at: datetime | None, now: datetime) -> int | None:
    return max(0, int((now - at).total_seconds())) if at else None
