"""Save what one capture showed: load what is known, let core.revisions decide, write in bulk.

The posts of one call are decided one after the other in memory, so a post that stands twice in it
is compared with itself; the rows go out in a few statements at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from core.errors import EvidenceNeeded
from core.identity import text_hash
from core.model import Act, Evidence, Post
from core.ports import Saved
from core.revisions import Intent, decide, earliest, newest_mark, portable_post, reading
from core.store import evidence as evidence_rows
from core.store import outbox, queue, watched
from core.store.codec import to_json
from core.store.counters import sort_keys
from core.store.dialect import SAVING_LOCK, exclusive, store_now
from core.store.entries import CLOCKS, Entry, load_entries
from core.store.identities import Identities
from core.store.tables import aliases, posts, rereads, revisions
from core.when import micros

# Made once: writing them anew for each post took half of the time of a save.
_ADD_POST, _ADD_REVISION = insert(posts), insert(revisions)
_ADD_ALIAS, _ADD_REREAD = insert(aliases), insert(rereads)
_MOVE = (
    update(posts)
    .where(posts.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in CLOCKS})
)


@dataclass(slots=True)
class _Writes:
    """What one call appends, in the order it was decided; clocks wait in the entries."""

    aliases: list[dict[str, Any]] = field(default_factory=list)
    revisions: list[dict[str, Any]] = field(default_factory=list)
    rereads: list[dict[str, Any]] = field(default_factory=list)
    # Posts whose clocks moved in a way that the index must see.
    moved: set[str] = field(default_factory=set)


def save_posts(
    connection: Connection,
    source_id: str,
    seen: Sequence[Post],
    *,
    seen_at: datetime,
    evidence: Evidence | None,
    baselines: Mapping[str, Post],
    first_looks: Sequence[datetime | None],
) -> list[Saved]:
    """One Saved a post, in order. Raises EvidenceNeeded where something new has no capture."""
    exclusive(connection, SAVING_LOCK)
    watched.require(connection, source_id)
    given = [portable_post(post) for post in seen]
    identities = Identities.load(connection, given)
    entries = load_entries(connection, identities.stored_ids(), seen_at)
    writes, saved, touched = _Writes(), list[Saved](), dict[str, Entry]()
    for post, look in zip_longest(given, first_looks):
        known_as = identities.resolve(post)
        entry = entries.get(known_as)
        known = entry.known if entry else None
        intent = decide(known, post, seen_at=seen_at, baseline=baselines.get(known_as))
        saved.append(Saved(known_as, intent.outcome))
        if intent.outcome == "needs_baseline":
            continue
        if entry is None:
            entry = entries[known_as] = Entry.of_new(known_as, source_id, post, seen_at, look)
        touched[known_as] = entry
        writes.aliases += identities.adopt(post, known_as)
        _apply(writes, entry, post, intent, seen_at)
    if writes.revisions:
        _append(connection, writes, _proof(evidence, saved), touched.values())
    _move_clocks(connection, touched.values(), writes)
    _count(connection, source_id, saved, seen_at)
    return _with_captures(connection, saved)


def _proof(evidence: Evidence | None, saved: Sequence[Saved]) -> Evidence:
    if evidence is None:
        new = [one.post_id for one in saved if one.outcome in {"new", "revised"}]
        raise EvidenceNeeded(f"{len(new)} posts are new or revised, the first is {new[0]}")
    return evidence


def _apply(writes: _Writes, entry: Entry, post: Post, intent: Intent, seen_at: datetime) -> None:
    """Carry out one intent: the entry's clocks and readings now, its rows later."""
    row = entry.row
    row["mark_seen"], mark_at = newest_mark(entry.known, post)
    if mark_at != row["mark_at"]:
        row["mark_at"] = row["edited"] = mark_at
    if row["claimed_published"] is None and post.published is not None:
        row["claimed_published"] = post.published
        row["claimed_us"] = micros(earliest(post.published))
        writes.moved.add(entry.id)
    if row["gone_at"] is not None and seen_at > row["gone_at"]:
        row["gone_at"] = None
        writes.moved.add(entry.id)
    row["last_seen"] = max(row["last_seen"], seen_at)
    if intent.act is not None:
        row["newest"] += 1
        if intent.act.kind == "edit":
            row["edited"] = intent.act.at
        writes.revisions.append(_revision(entry, post, intent.act, seen_at))
        entry.begin_revision(reading(post))
    if intent.reread is not None:
        entry.add_reading(reading(intent.reread))
        writes.rereads.append(_reread(entry, intent.reread))


def _revision(entry: Entry, post: Post, act: Act, seen_at: datetime) -> dict[str, Any]:
    return {
        "post_id": entry.id,
        "number": entry.row["newest"],
        "first_seen": seen_at,
        "act": to_json(act),
        "post": to_json(post),
        "text_hash": text_hash(post.full_text),
        "annotator_id": None,
    }


def _reread(entry: Entry, post: Post) -> dict[str, Any]:
    return {
        "post_id": entry.id,
        "number": entry.row["newest"],
        "parser": post.parser,
        "version": post.parser_version,
        "post": to_json(post),
    }


# --- writing -------------------------------------------------------------------------------------


def _append(
    connection: Connection, writes: _Writes, evidence: Evidence, entries: Iterable[Entry]
) -> None:
    """New posts and revisions, what proves them, and the wait for a judgement."""
    new = [entry for entry in entries if entry.is_new]
    seconds = [_seconds(entry.row) for entry in new]
    for entry, key in zip(new, sort_keys(connection, posts, seconds), strict=True):
        entry.row["sort_key"] = key
    now = store_now(connection)
    if new:
        connection.execute(_ADD_POST, [entry.row for entry in new])
        outbox.add_new(connection, [entry.id for entry in new], now)
    connection.execute(_ADD_REVISION, writes.revisions)
    shown = [(row["post_id"], row["number"]) for row in writes.revisions]
    evidence_rows.link(connection, evidence_rows.save(connection, evidence), shown)
    queue.add(connection, shown, now)


def _seconds(row: Mapping[str, Any]) -> int:
    claimed = row["claimed_us"]
    return int(micros(row["first_seen"]) if claimed is None else claimed) // 1_000_000


def _move_clocks(connection: Connection, entries: Iterable[Entry], writes: _Writes) -> None:
    """What changes on posts that were there before, and what the index has to see of it all."""
    if writes.aliases:
        connection.execute(_ADD_ALIAS, writes.aliases)
    if writes.rereads:
        connection.execute(_ADD_REREAD, writes.rereads)
    old = sorted((entry for entry in entries if not entry.is_new), key=attrgetter("id"))
    if not old:
        return
    connection.execute(
        _MOVE, [{f"b_{name}": entry.row[name] for name in ("id", *CLOCKS)} for entry in old]
    )
    changed = writes.moved.union(row["post_id"] for row in writes.revisions)
    outbox.bump(connection, changed.intersection(entry.id for entry in old))


def _count(
    connection: Connection, source_id: str, saved: Sequence[Saved], seen_at: datetime
) -> None:
    new = sum(one.outcome == "new" for one in saved)
    if new:
        watched.count_new(connection, source_id, new, seen_at)


def _with_captures(connection: Connection, saved: Sequence[Saved]) -> list[Saved]:
    """For what needs a baseline, the newest capture that shows the stored revision."""
    asked = sorted({one.post_id for one in saved if one.outcome == "needs_baseline"})
    if not asked:
        return list(saved)
    newest: dict[str, str] = {}
    for (post, _), shown in sorted(evidence_rows.of_revisions(connection, asked).items()):
        newest[post] = shown[-1]
    found = evidence_rows.by_ids(connection, newest.values())
    return [
        Saved(one.post_id, one.outcome, found.get(newest.get(one.post_id, "")))
        if one.outcome == "needs_baseline"
        else one
        for one in saved
    ]
