"""The parameters of a list: read strictly, documented once, turned into a search of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from api.problems import bad_parameter
from core.election import Election
from core.errors import InvalidWhen
from core.grammar import parse
from core.model import FACETS, ActKind, Kind, Language, Platform, Role, Signal, Verdict
from core.ports import Analyzer
from core.query import And, FieldIs, Node, Not, Or
from core.rules import RULE_NAMES
from core.when import CivilDate, Instant, WallTime, micros, parse_when

LIMIT_MOST = 200
# Facets that only a flag has: with one of them a search for posts goes through flags.
FLAG_FACETS = frozenset({"rule", "verdict"})
# What observers hand in of private people is counted and kept out of lists (law-and-labels).
NOT_PRIVATE = Not(FieldIs("role", "private"))

_LOST_PLUS = re.compile(r"(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) (\d{2}:?\d{2})$")


def _field(description: str, example: object = None, **extra: Any) -> Any:
    return Field(
        default_factory=list,
        description=description,
        examples=[example] if example is not None else None,
        **extra,
    )


class Filters(BaseModel):
    """What narrows a list. Values of one filter are alternatives, all filters hold together."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        "",
        description='Words in any of the languages, in any form; `"a phrase"`, `AND`, `OR`, '
        "`NOT` or `-`, brackets, `field:value` with the names of the facets.",
        examples=['кандидат OR "үміткерге дауыс" -rule:abuse'],
    )
    rule: list[str] = _field(
        "Rule of the flag.", ["silence_violation"],
        json_schema_extra={"items": {"type": "string", "enum": list(RULE_NAMES)}},
    )  # fmt: skip
    verdict: list[Verdict] = _field(
        "What the machine found: `violation` is an apparent one; `cleared` flags are kept with "
        "their posts and never listed."
    )
    contest: list[str] = _field("Contest of the election's profile, or `other`.")
    kind: list[Kind] = _field("What the text sets out to do.")
    signal: list[Signal] = _field("What is in the text, whatever its kind.")
    region: list[str] = _field("ISO 3166-2 region, or the country's code.", ["KZ-75"])
    zone: list[str] = _field("IANA time zone addressed.", ["Asia/Almaty"])
    party: list[str] = _field("Party named, by its id in the profile.")
    candidate: list[str] = _field("Candidate named, by id in the register.")
    platform: list[Platform] = _field("Where it was published.")
    role: list[Role] = _field("Role of the account; posts of `private` ones are never listed.")
    language: list[Language] = _field("Language of the text.")
    source: list[str] = _field("Id of the source.")
    act: list[ActKind] = _field("What the account did.")
    local_day: list[str] = _field(
        "Day on the clocks of the account: of its zone, or of the election's default one.",
        ["2023-03-18"],
    )
    gone: list[Literal["yes", "no"]] = _field("Whether the post was taken down.")
    from_: str = Field(
        "",
        alias="from",
        description="Published, as claimed, from this instant on (with offset or Z); a bare date "
        "is that day's start in the default zone of the election.",
        examples=["2023-03-18", "2023-03-18T00:00:00+06:00"],
    )
    to: str = Field(
        "",
        description="Before this instant; a bare date includes that whole day in the default zone "
        "of the election.",
        examples=["2023-03-19"],
    )


class ListQuery(Filters):
    """A page of a list."""

    facets: list[str] = _field(
        f"Facets to count, repeated or with commas: {', '.join(FACETS)}.", ["rule,verdict,region"]
    )
    cursor: str = Field("", description="`next` of the page before.", examples=[""])
    limit: int = Field(50, ge=1, le=LIMIT_MOST, description="Items a page.", examples=[50])


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters understood: the tree, the facet filters, the time in microseconds."""

    node: Node | None
    filters: Mapping[str, tuple[str, ...]]
    since_us: int | None
    until_us: int | None

    @property
    def needs_flags(self) -> bool:
        """True where only flags can answer: a rule or a verdict is asked for."""
        return bool(FLAG_FACETS & (set(self.filters) | set(fields_in(self.node))))

    @property
    def listed(self) -> Node:
        """The tree without what stays out of lists."""
        return And((self.node, NOT_PRIVATE)) if self.node is not None else NOT_PRIVATE


def once_each(request: Request, query: type[BaseModel]) -> None:
    """Refuse a parameter given twice that has one value: either could be the one meant."""
    single = {
        field.alias or name
        for name, field in query.model_fields.items()
        if field.default_factory is None
    }
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name in seen and name in single:
            raise bad_parameter(name, "given more than once", "give it once")
        seen.add(name)


def no_parameters(request: Request) -> None:
    """Refuse any parameter where none has a meaning."""
    for name in request.query_params:
        raise bad_parameter(name, "there is no such parameter", "this address takes none")


def understand(filters: Filters, election: Election, analyzer: Analyzer) -> Asked:
    """Filters as the index can use them. Raises Problem or InvalidQuery for what cannot be used."""
    chosen = {
        name: tuple(dict.fromkeys(values))
        for name in FACETS
        if (values := getattr(filters, name, None))
    }
    _check_values(chosen, election)
    since = _micros("from", filters.from_, election, end=False)
    until = _micros("to", filters.to, election, end=True)
    if since is not None and until is not None and since >= until:
        raise bad_parameter("to", "is not after `from`", "a later time, or a day not before it")
    return Asked(parse(filters.q, analyzer), chosen, since, until)


def facet_names(
    values: Sequence[str], parameter: str = "facets", known: Sequence[str] = FACETS
) -> tuple[str, ...]:
    """The facets asked for, each once."""
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    for name in names:
        if name not in known:
            expected = f"of {', '.join(known)}"
            raise bad_parameter(parameter, f"there is no facet {name[:80]!r}", expected)
    return tuple(dict.fromkeys(names))


def cursor_key(cursor: str) -> int | None:
    """The sort key in a cursor."""
    if not cursor:
        return None
    if not (re.fullmatch(r"[0-9]{1,19}", cursor) and int(cursor) < 1 << 63):
        raise bad_parameter("cursor", f"{cursor[:40]!r} is no cursor", "`next` of an earlier page")
    return int(cursor)


def fields_in(node: Node | None) -> list[str]:
    """The names of all fields that a tree asks for."""
    if isinstance(node, FieldIs):
        return [node.name]
    if isinstance(node, Not):
        return fields_in(node.node)
    if isinstance(node, And | Or):
        return [name for child in node.nodes for name in fields_in(child)]
    return []


def _check_values(chosen: Mapping[str, tuple[str, ...]], election: Election) -> None:
    zones = {zone for region in election.regions.values() for zone in region.zones}
    known = {
        "rule": set(RULE_NAMES),
        "contest": {*election.contests, "other"},
        "region": {*election.regions, election.country},
        "zone": {*zones, *(zone for one in election.contests.values() for zone in one.zones)},
    }
    for name, values in known.items():
        for value in chosen.get(name, ()):
            if value not in values:
                raise bad_parameter(
                    name, f"{value[:80]!r} is unknown", f"one of {', '.join(sorted(values))}"
                )
    if "private" in chosen.get("role", ()):
        raise bad_parameter("role", "posts of private people are not listed", "another role")


def _micros(name: str, text: str, election: Election, *, end: bool) -> int | None:
    if not text.strip():
        return None
    # A plus sign that was not escaped arrives as a blank.
    text = _LOST_PLUS.sub(r"\1+\2", text.strip())
    expected = "an instant such as 2023-03-18T09:00:00+06:00 or a day such as 2023-03-18"
    try:
        when = parse_when(text)
        if isinstance(when, Instant):
            return micros(when.at)
        if isinstance(when, CivilDate):
            day = when.day + timedelta(days=1) if end else when.day
            return micros(WallTime(day, time()).in_zone(election.zone(election.default_zone)))
    except (InvalidWhen, OverflowError) as error:
        raise bad_parameter(name, f"{text[:80]!r} is no time we can use", expected) from error
    raise bad_parameter(name, f"{text[:80]!r} is an interval", expected)
