"""How much a day: counts by local day and up to two facets, beside how much was collected.

The denominator of a count is what was collected the same day of the same population: filters and
groups by what is known of a post without reading it (source, platform, role, region, zone) narrow
it, what detectors and rules say does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from api import times
from api.context import Context
from api.lists import DocType, for_type
from api.params import FLAG_FACETS, Filters, facet_names, understand
from api.problems import TOO_MUCH, Problem, bad_parameter
from api.shapes import names_shape
from api.words import facet_label
from core.election import Contest, Election
from core.model import FACETS
from core.query import SearchRequest

# What a post has before anybody reads it.
POPULATION = frozenset({"source", "platform", "role", "region", "zone"})
SCOPE = POPULATION | {"local_day"}
# What singles out one account: there, posts of private people are left out (law-and-labels).
ACCOUNTS = frozenset({"source", "candidate"})
ROWS_MOST = 50_000
GROUPS = tuple(name for name in FACETS if name != "local_day")


class TrendsQuery(Filters):
    """Which counts."""

    by: list[str] = Field(
        default_factory=list,
        description=f"Up to two facets, repeated or with commas: {', '.join(GROUPS)}.",
        examples=[["party", "region"]],
    )
    of: Literal["", "posts", "flags"] = Field(
        "",
        description="Count posts or flags; flags where a rule or a verdict is asked for, else "
        "posts.",
        examples=["flags"],
    )
    format: Literal["json", "csv"] = Field("json", description="JSON, or CSV as a file.")


@dataclass(frozen=True, slots=True)
class Row:
    """A count of one day and group, and what was collected of it."""

    day: str
    group: tuple[str, ...]
    count: int
    collected: int


@dataclass(frozen=True, slots=True)
class Trends:
    """Rows in order of day and group; totals of each day."""

    by: tuple[str, ...]
    of: Literal["posts", "flags"]
    rows: tuple[Row, ...]
    days: Mapping[str, tuple[int, int]]


def count(context: Context, query: TrendsQuery) -> Trends:
    """Ask the index for the counts and their denominators."""
    asked = understand(query, context.election, context.analyzer)
    by = _groups(query.by)
    wants_flags = asked.needs_flags or bool(FLAG_FACETS & set(by))
    if query.of == "posts" and wants_flags:
        raise bad_parameter("of", "posts have no single rule or verdict", "flags, or leave it out")
    of: Literal["posts", "flags"] = "flags" if wants_flags or query.of == "flags" else "posts"
    context.index.refresh()
    doc_type: DocType = "flag" if of == "flags" else "post"
    narrowed = SearchRequest(
        node=asked.listed if ACCOUNTS & set(by) else asked.node,
        doc_type=doc_type,
        filters=for_type(asked.filters, doc_type, context.election.id),
        since_us=asked.since_us,
        until_us=asked.until_us,
    )
    everything = SearchRequest(
        node=None,
        filters={key: value for key, value in asked.filters.items() if key in SCOPE},
        since_us=asked.since_us,
        until_us=asked.until_us,
    )
    known = tuple(name for name in by if name in POPULATION)
    counted = context.index.count_by(narrowed, ("local_day", *by))
    matching = context.index.count_by(narrowed, ("local_day",))
    collected = context.index.count_by(everything, ("local_day",))
    of_group = context.index.count_by(everything, ("local_day", *known)) if known else collected
    return assemble(
        by, of, counted=counted, matching=matching, collected=collected, of_group=of_group
    )


def assemble(
    by: tuple[str, ...],
    of: Literal["posts", "flags"],
    *,
    counted: Mapping[tuple[str, ...], int],
    matching: Mapping[tuple[str, ...], int],
    collected: Mapping[tuple[str, ...], int],
    of_group: Mapping[tuple[str, ...], int],
) -> Trends:
    """Counts and denominators together. Pure."""
    if len(counted) > ROWS_MOST:
        raise Problem(TOO_MUCH, f"{len(counted)} rows; at most {ROWS_MOST} are given")
    known = [place for place, name in enumerate(by) if name in POPULATION]
    rows = [
        Row(day, tuple(group), number, of_group.get((day, *(group[place] for place in known)), 0))
        for (day, *group), number in sorted(counted.items())
    ] if by else []  # fmt: skip
    days = {
        day: (matching.get((day,), 0), collected.get((day,), 0))
        for day in _days({key[0] for key in (*matching, *collected)})
    }
    return Trends(by, of, tuple(rows), days)


def shape(trends: Trends, context: Context) -> dict[str, Any]:
    """The counts as JSON."""
    quiet = silence_days(context.election)
    sources = context.source_names() if "source" in trends.by else {}
    values = {
        name: sorted({row.group[place] for row in trends.rows})
        for place, name in enumerate(trends.by)
    }
    return {
        "of": trends.of,
        "by": list(trends.by),
        "zone": context.election.default_zone,
        "collected_by": [name for name in trends.by if name in POPULATION],
        "days": [
            {"day": day, "count": number, "collected": total, "silence": sorted(quiet.get(day, ()))}
            for day, (number, total) in trends.days.items()
        ],
        "rows": [
            {
                "day": row.day,
                **dict(zip(trends.by, row.group, strict=True)),
                "count": row.count,
                "collected": row.collected,
            }
            for row in trends.rows
        ],
        "labels": {
            name: {
                value: names_shape(
                    facet_label(name, value, context.election, context.words, sources)
                )
                for value in found
            }
            for name, found in values.items()
        },
        "silence": [silence_shape(contest) for contest in context.election.contests.values()],
        "notice": names_shape(context.words.plain("app.notice")),
    }


def csv_lines(trends: Trends, context: Context) -> Iterator[list[str]]:
    """The same counts as a table: a row a day and group; without groups a row a day."""
    quiet = silence_days(context.election)
    notice = context.words.say("en", "app.notice").strip()
    yield ["day", *trends.by, trends.of, "collected", "silence_of", "notice"]
    rows = trends.rows or [
        Row(day, (), number, total) for day, (number, total) in trends.days.items()
    ]
    for row in rows:
        yield [
            row.day, *(_cell(value) for value in row.group), str(row.count), str(row.collected),
            " ".join(sorted(quiet.get(row.day, ()))), notice,
        ]  # fmt: skip


def silence_shape(contest: Contest) -> dict[str, Any]:
    """The silence window of a contest, in wall time and as instants of each of its zones."""
    return {
        "contest": contest.id,
        "names": names_shape(contest.names),
        "start": str(contest.silence.start),
        "end": str(contest.silence.end),
        "zones": [
            {
                "zone": zone,
                "start_utc": times.utc(times.wall(contest.silence.start, zone)),
                "end_utc": times.utc(times.wall(contest.silence.end, zone)),
            }
            for zone in contest.zones
        ],
    }


def silence_days(election: Election) -> dict[str, set[str]]:
    """Local days on which some silence window is open, with its contests."""
    days: dict[str, set[str]] = {}
    for contest in election.contests.values():
        day, end = contest.silence.start.day, contest.silence.end
        while day < end.day or (day == end.day and end.clock.isoformat() != "00:00:00"):
            days.setdefault(day.isoformat(), set()).add(contest.id)
            day += timedelta(days=1)
    return days


def _groups(values: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part for value in values for part in value.split(",") if part))
    expected = f"at most two of {', '.join(GROUPS)}"
    if "local_day" in names:
        raise bad_parameter("by", "the local day is always there", expected)
    if len(names) > 2:
        raise bad_parameter("by", f"{len(names)} facets", expected)
    return facet_names(names, "by", GROUPS)


def _days(found: set[str]) -> list[str]:
    """Every day from the first to the last, so that a day with nothing is seen as nothing.

    Years apart (a post claims 1970) only the days that are there, or the list would be endless.
    """
    days = sorted(found)
    try:
        first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    except (IndexError, ValueError):
        return days
    if (last - first).days > 366:
        return days
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _cell(value: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
