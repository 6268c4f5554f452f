"""A page of flags or of posts: one search, one read of the archive, shapes.

Posts asked for by rule or verdict are found through flags, for a post with two flags would
otherwise match the rule of one with the verdict of the other. Each post then stands where its
newest matching flag stands, and once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from api.context import Context
from api.highlight import snippet, terms
from api.params import Asked, ListQuery, cursor_key, facet_names, understand
from api.problems import NOT_FOUND, Problem
from api.shapes import (
    flag_shape,
    gravest_first,
    judged_flag,
    names_shape,
    revision_of,
    snippet_shape,
    summary_shape,
)
from api.words import facet_label
from core.documents import QUEUED
from core.identity import POST_ID_LENGTH
from core.model import Span
from core.ports import JudgedFlag, PostState
from core.query import Hit, SearchPage, SearchRequest

DocType = Literal["post", "flag"]
# Up to here matching flags are read to the end to count their posts; 2,000 ids take milliseconds.
COUNTED = 2_000
_POST_ID = re.compile(rf"[0-9a-f]{{{POST_ID_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Found:
    """One page: hits in order, what the archive knows of their posts, totals, facets."""

    hits: tuple[Hit, ...]
    states: Mapping[str, PostState]
    total: int
    counted: Literal["flags", "posts"]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    next_before: int | None


def one_post(context: Context, post_id: str) -> PostState:
    """A post by its id. Raises Problem where there is none."""
    known = context.archive.states([post_id]) if _POST_ID.fullmatch(post_id) else {}
    state = known.get(post_id)
    if state is None or not state.record.revisions:
        raise Problem(NOT_FOUND, f"there is no post {post_id[:80]}")
    return state


def list_flags(context: Context, query: ListQuery) -> dict[str, Any]:
    """Flags that match, newest first."""
    asked = understand(query, context.election, context.analyzer)
    found = find(context, request_for(query, asked, "flag", context.election.id))
    items = []
    for hit in found.hits:
        state = found.states.get(hit.post_id)
        judged = _flag_of(hit, state) if state else None
        if state and judged:
            items.append(flag_item(context, asked, state, judged))
    return listing(context, found, items)


def list_posts(context: Context, query: ListQuery) -> dict[str, Any]:
    """Posts that match, newest first, each with its current flags."""
    asked = understand(query, context.election, context.analyzer)
    doc_type: DocType = "flag" if asked.needs_flags else "post"
    request = request_for(query, asked, doc_type, context.election.id)
    found = find_by_flags(context, request) if asked.needs_flags else find(context, request)
    items = [
        post_item(context, asked, state)
        for hit in found.hits
        if (state := found.states.get(hit.post_id)) and state.record.revisions
    ]
    return listing(context, found, items)


def for_type(
    filters: Mapping[str, tuple[str, ...]], doc_type: DocType, election_id: str
) -> dict[str, tuple[str, ...]]:
    """Filters for documents of that type: flags are those of the election in force."""
    return {**filters, "election": (election_id,)} if doc_type == "flag" else dict(filters)


def request_for(
    query: ListQuery, asked: Asked, doc_type: DocType, election_id: str
) -> SearchRequest:
    """The search of a page."""
    return SearchRequest(
        node=asked.listed,
        doc_type=doc_type,
        filters=for_type(asked.filters, doc_type, election_id),
        since_us=asked.since_us,
        until_us=asked.until_us,
        before=cursor_key(query.cursor),
        limit=query.limit,
        facets=facet_names(query.facets),
    )


def find(context: Context, request: SearchRequest) -> Found:
    """Search, then read every post of the page at once."""
    context.index.refresh()
    page = context.index.search(request)
    post_ids = list(dict.fromkeys(hit.post_id for hit in page.hits))
    states = context.archive.states(post_ids, with_captures=False)
    counted: Literal["flags", "posts"] = "flags" if request.doc_type == "flag" else "posts"
    return Found(page.hits, states, page.total, counted, page.facets, page.next_before)


def find_by_flags(context: Context, request: SearchRequest) -> Found:
    """A page of posts that have a matching flag; facets count flags."""
    context.index.refresh()
    step = replace(request, limit=request.limit + 10)
    first = page = context.index.search(step)
    picked: dict[str, Hit] = {}
    states: dict[str, PostState] = {}
    last: int | None = None
    while True:
        fresh = dict.fromkeys(hit.post_id for hit in page.hits if hit.post_id not in states)
        states.update(context.archive.states(list(fresh), with_captures=False))
        for hit in page.hits:
            if hit.post_id not in picked and not _shown_before(context, request, hit, states):
                if len(picked) == request.limit:
                    return _posts(context, request, first, picked, states, last)
                picked[hit.post_id] = hit
            last = hit.sort_key
        if page.next_before is None:
            return _posts(context, request, first, picked, states, None)
        page = context.index.search(replace(step, before=page.next_before, facets=()))


def _posts(  # noqa: PLR0917
    context: Context,
    request: SearchRequest,
    first: SearchPage,
    picked: Mapping[str, Hit],
    states: Mapping[str, PostState],
    next_before: int | None,
) -> Found:
    """The page; its total counts posts where that is cheap, else flags."""
    hits = tuple(picked.values())
    if first.total > COUNTED:
        return Found(hits, states, first.total, "flags", first.facets, next_before)
    everything = replace(request, before=None, limit=max(first.total, 1), facets=())
    posts = {hit.post_id for hit in context.index.search(everything).hits}
    return Found(hits, states, len(posts), "posts", first.facets, next_before)


def _shown_before(
    context: Context, request: SearchRequest, hit: Hit, states: Mapping[str, PostState]
) -> bool:
    """True where a flag of the same post matched on an earlier page.

    Only flags of the post that stand before the cursor can have; each is looked up by its place.
    """
    state = states.get(hit.post_id)
    if request.before is None or state is None:
        return False
    for flag in state.flags:
        if flag.current and flag.sort_key >= request.before:
            there = replace(request, before=flag.sort_key + 1, limit=1, facets=())
            top = context.index.search(there).hits
            if top and top[0].doc_id == flag.id:
                return True
    return False


def _flag_of(hit: Hit, state: PostState) -> JudgedFlag | None:
    """The flag of a hit; None where the index is behind the archive."""
    return next((one for one in state.flags if one.id == hit.doc_id), None)


def flag_item(
    context: Context, asked: Asked, state: PostState, judged: JudgedFlag
) -> dict[str, Any]:
    """A flag and the summary of its post, as the text stood when it was judged."""
    revision = revision_of(state.record, judged.judgement.revision)
    spans = judged_flag(judged).spans
    shown = _snippet(context, asked, revision.post.full_text, spans)
    return {
        **flag_shape(judged, state, context.election),
        "post": summary_shape(state, revision, shown, context.election),
    }


def post_item(context: Context, asked: Asked, state: PostState) -> dict[str, Any]:
    """The summary of a post and its current flags; what was cleared is with the post itself."""
    revision = state.record.revisions[-1]
    here = context.election.id
    queued = (one for one in state.flags if one.current and judged_flag(one).verdict in QUEUED)
    current = gravest_first([one for one in queued if one.judgement.election_id == here])
    spans = [
        span
        for one in current
        if one.judgement.revision == revision.number
        for span in judged_flag(one).spans
    ]
    shown = _snippet(context, asked, revision.post.full_text, spans)
    return {
        **summary_shape(state, revision, shown, context.election),
        "flags": [flag_shape(one, state, context.election) for one in current],
    }


def listing(context: Context, found: Found, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole answer."""
    return {
        "items": items,
        "total": found.total,
        "total_counts": found.counted,
        "facets": facets_shape(context, found.facets),
        "next": None if found.next_before is None else str(found.next_before),
        "notice": names_shape(context.words.plain("app.notice")),
    }


def facets_shape(
    context: Context, facets: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, list[dict[str, Any]]]:
    """Values, counts and what the values are called."""
    sources = context.source_names() if "source" in facets else {}
    return {
        name: [
            {
                "value": value,
                "count": count,
                "label": names_shape(
                    facet_label(name, value, context.election, context.words, sources)
                ),
            }
            for value, count in values
        ]
        for name, values in facets.items()
    }


def _snippet(context: Context, asked: Asked, text: str, spans: Sequence[Span]) -> dict[str, Any]:
    piece = snippet(text, terms(asked.node), context.analyzer, spans)
    return snippet_shape(piece, text, spans)
