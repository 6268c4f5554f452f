"""Posts and flags as plain JSON. Pure functions; the pages are drawn from the same shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api import times
from api.highlight import Snippet
from api.words import LANGUAGES
from core.election import Election, LawFact, Names
from core.identity import Json
from core.model import (
    Annotation,
    Decision,
    Evidence,
    Flag,
    Media,
    PostRecord,
    Revision,
    Span,
    Verdict,
)
from core.ports import JudgedFlag, PostState

# A span may be a whole article; its words are there to be recognised, the offsets to be exact.
WORDS_SHOWN = 200
GRAVITY: Mapping[Verdict, int] = {"violation": 0, "indeterminate": 1, "cleared": 2}


def names_shape(names: Names) -> dict[str, str]:
    """A name in the three languages, each filled from the next that has it."""
    return {tag: names.in_language(tag) for tag in LANGUAGES}


def span_shape(span: Span, text: str) -> dict[str, Any]:
    """A span with its words."""
    return {
        "start": span.start,
        "end": span.end,
        "text": text[span.start : min(span.end, span.start + WORDS_SHOWN)],
    }


def snippet_shape(snippet: Snippet, text: str, marks: Sequence[Span] = ()) -> dict[str, Any]:
    """A piece of a text; `start` and `highlights` count code points of the whole text."""
    span = snippet.span
    seen = [
        Span(max(mark.start, span.start), min(mark.end, span.end))
        for mark in marks
        if mark.start < span.end and mark.end > span.start
    ]
    return {
        "text": text[span.start : span.end],
        "start": span.start,
        "end": span.end,
        "whole_length": len(text),
        "highlights": [{"start": one.start, "end": one.end} for one in snippet.highlights],
        "marks": [{"start": one.start, "end": one.end} for one in seen],
    }


def account_shape(record: PostRecord) -> dict[str, Any]:
    """Who speaks."""
    account = record.account
    return {
        "ref": str(account.ref),
        "name": names_shape(account.name) if account.name.in_language("en") else None,
        "role": account.role,
        "party": account.party or None,
        "candidate": account.candidate or None,
        "regions": list(account.regions),
    }


def summary_shape(
    state: PostState, revision: Revision, snippet: dict[str, Any], election: Election
) -> dict[str, Any]:
    """What a list shows of a post: who, where, when, and a piece of what."""
    record, post = state.record, revision.post
    zones = times.zones_of(record.account, election)
    kind = opinion(state.annotations, "kind")
    language = opinion(state.annotations, "language")
    return {
        "id": record.id,
        "url": post.url,
        "platform": post.platform,
        "author": post.author,
        "source": record.source_id,
        "account": account_shape(record),
        "title": post.title,
        "language": language.value if language else post.language or "und",
        "kind": {"value": kind.value, "score": kind.score} if kind else None,
        "signals": sorted({one.value for one in state.annotations if one.label == "signal"}),
        "published": times.when_shape(record.claimed_published, zones),
        "edited": times.when_shape(record.edited, zones),
        "first_seen": times.when_shape(record.first_seen, zones),
        "gone": times.when_shape(record.gone, zones),
        "revision": revision.number,
        "revisions": len(record.revisions),
        "snippet": snippet,
        "links": {"api": f"/api/posts/{record.id}", "page": f"/posts/{record.id}"},
    }


def flag_shape(judged: JudgedFlag, state: PostState, election: Election) -> dict[str, Any]:
    """A flag with all it rests on."""
    flag = judged_flag(judged)
    revision = revision_of(state.record, judged.judgement.revision)
    contest = election.contests.get(flag.contest)
    zones = times.zones_of_flag(flag, state.record.account, election)
    return {
        "id": judged.id,
        "post_id": state.record.id,
        "rule": flag.rule,
        "rule_version": flag.rule_version,
        "verdict": flag.verdict,
        "reason": names_shape(flag.reason),
        "law": law_shape(flag.fact),
        "contest": {
            "id": flag.contest,
            "names": names_shape(contest.names) if contest else None,
        },
        "clock": times.clock_shape(flag.clock, zones),
        "score": flag.score,
        "spans": [span_shape(span, revision.post.full_text) for span in flag.spans],
        "revision": judged.judgement.revision,
        "act": {
            "kind": judged.judgement.act,
            "at": times.when_shape(revision.act.at, zones),
            "marked": revision.act.marked,
        },
        "election": judged.judgement.election_id,
        "judged_at": times.utc(judged.judgement.judged_at),
        "current": judged.current,
        "decisions": [decision_shape(one) for one in judged.decisions],
    }


def post_shape(state: PostState, election: Election) -> dict[str, Any]:
    """All that is known of a post."""
    record = state.record
    newest = record.revisions[-1]
    zones = times.zones_of(record.account, election)
    flags = [flag_shape(one, state, election) for one in gravest_first(state.flags)]
    return {
        "id": record.id,
        "url": newest.post.url,
        "platform": newest.post.platform,
        "native_id": newest.post.native_id,
        "author": newest.post.author,
        "source": record.source_id,
        "account": account_shape(record),
        "title": newest.post.title,
        "text": newest.post.full_text,
        "clocks": {
            "published": times.when_shape(record.claimed_published, zones),
            "edited": times.when_shape(record.edited, zones),
            "first_seen": times.when_shape(record.first_seen, zones),
            "last_seen": times.when_shape(record.last_seen, zones),
            "gone": times.when_shape(record.gone, zones),
        },
        "zones": list(zones),
        "revisions": [revision_shape(one, zones) for one in record.revisions],
        "annotations": [annotation_shape(one, newest.post.full_text) for one in state.annotations],
        "flags": [flag for flag in flags if flag["current"]],
        "older_flags": [flag for flag in flags if not flag["current"]],
        "captures": [capture_shape(one) for one in state.captures],
    }


def revision_shape(revision: Revision, zones: Sequence[str]) -> dict[str, Any]:
    """A text as it stood, what made it, and what an edit brought."""
    post, text = revision.post, revision.post.full_text
    added = revision.act.added
    return {
        "number": revision.number,
        "text": text,
        "first_seen": times.utc(revision.first_seen),
        "act": {
            "kind": revision.act.kind,
            "at": times.when_shape(revision.act.at, zones),
            "marked": revision.act.marked,
            "added": None if added is None else [span_shape(span, text) for span in added],
        },
        "url": post.url,
        "aliases": list(post.aliases),
        "media": [media_shape(one) for one in post.media],
        "links": list(post.links),
        "forwarded_from": post.forwarded_from or None,
        "reply_to": post.reply_to or None,
        "views": post.views,
        "parser": post.parser,
        "parser_version": post.parser_version,
        "notes": list(post.notes),
        "captures": list(revision.captures),
    }


def annotation_shape(annotation: Annotation, text: str) -> dict[str, Any]:
    """One opinion of one detector."""
    return {
        "detector": annotation.detector,
        "version": annotation.version,
        "label": annotation.label,
        "value": annotation.value,
        "score": annotation.score,
        "spans": [span_shape(span, text) for span in annotation.spans],
        "data": plain(annotation.data),
    }


def capture_shape(evidence: Evidence) -> dict[str, Any]:
    """One capture: its hash, its time, where its record lies, where its bytes can be had."""
    return {
        "id": evidence.capture_id,
        "sha256": evidence.sha256,
        "url": evidence.url,
        "fetched_at": times.utc(evidence.fetched_at),
        "status": evidence.status,
        "content_type": evidence.content_type,
        "size": evidence.size,
        "warc": {
            "file": evidence.warc_file,
            "offset": evidence.offset,
            "length": evidence.length,
        },
        "download": f"/api/evidence/{evidence.sha256}",
    }


def law_shape(fact: LawFact | None) -> dict[str, Any] | None:
    """The article a flag cites, and how we know of it."""
    if fact is None:
        return None
    return {
        "id": fact.id,
        "article": fact.article,
        "basis": list(fact.basis),
        "edition": fact.edition.isoformat(),
        "url": fact.url,
        "says": names_shape(fact.says),
    }


def decision_shape(decision: Decision) -> dict[str, Any]:
    """A person's word on a flag."""
    return {
        "flag_id": decision.flag_id,
        "ruling": decision.ruling,
        "reviewer": decision.reviewer,
        "reason": decision.reason,
        "decided_at": times.utc(decision.decided_at),
    }


def media_shape(media: Media) -> dict[str, Any]:
    """A picture, a video, a poll: by address and title, never fetched by a page of ours."""
    return {
        "kind": media.kind,
        "url": media.url or None,
        "title": media.title or None,
        "duration_s": media.duration_s,
        "data": plain(media.data),
    }


def gravest_first(flags: Sequence[JudgedFlag]) -> list[JudgedFlag]:
    """Apparent breaches, then what is undecided, then what was cleared; else as they came."""
    return sorted(flags, key=lambda one: GRAVITY[judged_flag(one).verdict])


def opinion(annotations: Sequence[Annotation], label: str) -> Annotation | None:
    """The first opinion under a label."""
    return next((one for one in annotations if one.label == label), None)


def judged_flag(judged: JudgedFlag) -> Flag:
    """The flag within its judgement."""
    return judged.judgement.flags[judged.flag_number]


def revision_of(record: PostRecord, number: int) -> Revision:
    """The revision of that number; the newest where it is not kept."""
    return next((one for one in record.revisions if one.number == number), record.revisions[-1])


def plain(data: Mapping[str, Json]) -> dict[str, Json]:
    """A mapping as a dict that any JSON encoder takes."""
    return {key: _plain(value) for key, value in data.items()}


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value
