"""`baqylau search`: the index from the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from rich.console import Console
from rich.table import Table

from config.settings import Settings
from core.errors import InvalidInput
from core.model import FACETS, ActKind, Kind, Language, Platform, Role, Signal, Verdict
from core.ports import Archive, PostState, SearchIndex
from core.query import And, FieldIs, Hit, Not, SearchRequest
from core.rules import RULE_NAMES
from core.when import format_when
from monitor.law import flag_record
from monitor.lines import write_line

PAGE = 200
# What observers hand in of private people is counted, never listed (law-and-labels).
_NOT_PRIVATE = Not(FieldIs("role", "private"))
_VALUES: Mapping[str, tuple[str, ...]] = {
    "rule": tuple(RULE_NAMES),
    "verdict": get_args(Verdict),
    "kind": get_args(Kind),
    "signal": get_args(Signal),
    "platform": get_args(Platform),
    "role": get_args(Role),
    "language": get_args(Language),
    "act": get_args(ActKind),
    "gone": ("yes", "no"),
}


def run_search(
    settings: Settings,
    query: str,
    filters: Sequence[str],
    *,
    flags: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Print what matches, newest first, posts of private people left out.

    Raises InvalidQuery; InvalidInput for a filter, and where nothing was ever collected.
    """
    from core.grammar import parse
    from monitor import wiring

    if not settings.archive and not (settings.data / "archive.sqlite3").exists():
        raise InvalidInput(str(settings.data), "a directory with what `up` or `crawl` collected")
    asked = parse(query, wiring.analyzer())
    request = SearchRequest(
        node=And((asked, _NOT_PRIVATE)) if asked is not None else _NOT_PRIVATE,
        doc_type="flag" if flags else "post",
        filters=read_filters(filters),
        limit=min(limit, PAGE),
    )
    archive = wiring.open_archive(settings)
    index = wiring.open_index(settings, writable=False)
    try:
        records = _records(archive, index, request, limit)
        if as_json:
            for record in records:
                write_line(record, sys.stdout)
        else:
            Console().print(_table(records))
    finally:
        index.close()
        archive.close()


def read_filters(filters: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """`rule=silence_violation` and the like; several values of one facet are alternatives."""
    found: dict[str, tuple[str, ...]] = {}
    for one in filters:
        name, equals, value = one.partition("=")
        if not equals or name not in FACETS or not value:
            raise InvalidInput(f"--filter {one}", f"facet=value with one of {', '.join(FACETS)}")
        known = _VALUES.get(name, (value,))
        if value not in known:
            raise InvalidInput(f"--filter {one}", f"{name} is one of {', '.join(known)}")
        found[name] = (*found.get(name, ()), value)
    return found


def _records(
    archive: Archive, index: SearchIndex, request: SearchRequest, limit: int
) -> Iterator[dict[str, Any]]:
    left = limit
    while left > 0:
        page = index.search(replace(request, limit=min(left, PAGE)))
        states = archive.states([hit.post_id for hit in page.hits], with_captures=False)
        for hit in page.hits:
            if hit.post_id in states:
                yield _record(hit, states[hit.post_id])
        left -= len(page.hits)
        if page.next_before is None or not page.hits:
            return
        request = replace(request, before=page.next_before)


def _record(hit: Hit, state: PostState) -> dict[str, Any]:
    record = state.record
    post = record.revisions[-1].post
    current = [flag for flag in state.flags if flag.current]
    shown: Mapping[str, Any] = {
        "id": hit.doc_id,
        "post_id": hit.post_id,
        "platform": post.platform,
        "url": post.url,
        "source": record.source_id,
        "published_at": format_when(record.claimed_published) if record.claimed_published else None,
        "text": post.full_text,
        "flags": [flag_record(flag.judgement.flags[flag.flag_number]) for flag in current],
    }
    return dict(shown)


def _table(records: Iterator[dict[str, Any]]) -> Table:
    table = Table("published", "source", "flags", "text")
    for record in records:
        flags = ", ".join(
            f"{flag['rule']} ({flag['verdict']})"
            for flag in record["flags"]
            if flag["verdict"] != "cleared"
        )
        text = " ".join(record["text"].split())
        table.add_row(record["published_at"] or "?", record["source"], flags, text[:160])
    return table
