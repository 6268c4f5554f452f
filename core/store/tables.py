"""The tables of the archive, each with the promise it keeps. Migrations make them; a test compares.

Appended and never changed: revisions, rereads, captures, their links, gone_facts, annotations,
judgements, flags, decisions, gaps, audit. What changes: clocks on `posts` and `sources`, which
reading is current, leases, queues, counters.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    text,
)

from core.store.types import CodeText, JsonText, RowNumber, UtcInstant, WhenText

metadata = MetaData()


def _where(condition: str, *, sqlite: str = "") -> dict[str, Any]:
    """The rows that an index holds, for both databases."""
    return {"sqlite_where": text(sqlite or condition), "postgresql_where": text(condition)}


# --- what is watched -----------------------------------------------------------------------------

sources = Table(
    "sources",
    metadata,
    Column("id", CodeText, primary_key=True),
    Column("definition", JsonText, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("next_due", UtcInstant),
    Column("last_attempt", UtcInstant),
    Column("last_success", UtcInstant),
    Column("last_new_post", UtcInstant),
    Column("posts_total", BigInteger, nullable=False),
    Column("failures_in_a_row", Integer, nullable=False),
    Column("runs", BigInteger, nullable=False),
    Column("last_gap_id", RowNumber, ForeignKey("gaps.id")),
)
Index("sources_due", sources.c.active, sources.c.next_due)

# No foreign key: a gap is kept even where its source is not in the register (any more).
gaps = Table(
    "gaps",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("source_id", CodeText, nullable=False),
    Column("url", CodeText, nullable=False),
    Column("at", UtcInstant, nullable=False),
    Column("error", CodeText, nullable=False),
    Column("reason", CodeText, nullable=False),
)
Index("gaps_of_source", gaps.c.source_id, gaps.c.at)

# Keyed by a hash of the URL: PostgreSQL refuses index entries over 2,700 bytes, URLs do not.
validators = Table(
    "validators",
    metadata,
    Column("url_hash", CodeText, primary_key=True),
    Column("url", CodeText, nullable=False),
    Column("etag", CodeText, nullable=False),
    Column("last_modified", CodeText, nullable=False),
    sqlite_with_rowid=False,
)

# --- what was fetched ----------------------------------------------------------------------------

captures = Table(
    "captures",
    metadata,
    Column("id", CodeText, primary_key=True),
    Column("sha256", CodeText, nullable=False),
    Column("url", CodeText, nullable=False),
    Column("fetched_at", UtcInstant, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JsonText, nullable=False),
    Column("content_type", CodeText, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("warc_file", CodeText, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
)
Index("captures_by_hash", captures.c.sha256)

# `gone_at` is the first capture that did not show the post; `gone` is (last_seen, gone_at).
# `claimed_us` is the earliest instant that `claimed_published` allows, None where none is claimed.
posts = Table(
    "posts",
    metadata,
    Column("id", CodeText, primary_key=True),
    Column("sort_key", BigInteger, nullable=False, unique=True),
    Column("source_id", CodeText, ForeignKey("sources.id"), nullable=False),
    Column("platform", CodeText, nullable=False),
    Column("native_id", CodeText, nullable=False),
    Column("url", CodeText, nullable=False),
    Column("claimed_published", WhenText),
    Column("claimed_us", BigInteger),
    Column("edited", WhenText),
    Column("first_seen", UtcInstant, nullable=False),
    Column("last_seen", UtcInstant, nullable=False),
    Column("gone_at", UtcInstant),
    Column("mark_seen", Boolean, nullable=False),
    Column("mark_at", WhenText),
    Column("next_look", UtcInstant),
    Column("newest", Integer, nullable=False),
    Column("index_version", BigInteger, nullable=False),
)
Index("posts_of_source", posts.c.source_id, posts.c.sort_key)
Index(
    "posts_looks",
    posts.c.source_id,
    posts.c.next_look,
    **_where("gone_at IS NULL AND next_look IS NOT NULL"),
)
Index("posts_recent", posts.c.first_seen, posts.c.source_id)

aliases = Table(
    "aliases",
    metadata,
    Column("id", CodeText, primary_key=True),
    Column("post_id", CodeText, ForeignKey("posts.id"), nullable=False),
    Column("alias", CodeText, nullable=False),
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    Column("post_id", CodeText, ForeignKey("posts.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("first_seen", UtcInstant, nullable=False),
    Column("act", JsonText, nullable=False),
    Column("post", JsonText, nullable=False),
    Column("text_hash", CodeText, nullable=False),
    Column("annotator_id", Integer, ForeignKey("annotators.id")),
)

# A revision read again by a later parser version, which saw in it what is on the page now.
rereads = Table(
    "rereads",
    metadata,
    Column("post_id", CodeText, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("parser", CodeText, primary_key=True),
    Column("version", CodeText, primary_key=True),
    Column("post", JsonText, nullable=False),
    ForeignKeyConstraint(["post_id", "number"], ["revisions.post_id", "revisions.number"]),
    sqlite_with_rowid=False,
)

revision_captures = Table(
    "revision_captures",
    metadata,
    Column("post_id", CodeText, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("capture_id", CodeText, ForeignKey("captures.id"), primary_key=True),
    ForeignKeyConstraint(["post_id", "number"], ["revisions.post_id", "revisions.number"]),
    sqlite_with_rowid=False,
)

gone_facts = Table(
    "gone_facts",
    metadata,
    Column("post_id", CodeText, ForeignKey("posts.id"), primary_key=True),
    Column("capture_id", CodeText, ForeignKey("captures.id"), primary_key=True),
    Column("last_seen", UtcInstant, nullable=False),
    Column("gone_at", UtcInstant, nullable=False),
    sqlite_with_rowid=False,
)

# --- what the machine thinks ---------------------------------------------------------------------

# A version of the annotator names every detector in it: long, and the same in a million rows.
annotators = Table(
    "annotators",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", CodeText, nullable=False, unique=True),
)

findings = Table(
    "annotations",
    metadata,
    Column("text_hash", CodeText, primary_key=True),
    Column("annotator_id", Integer, ForeignKey("annotators.id"), primary_key=True),
    Column("found", JsonText, nullable=False),
)

judgements = Table(
    "judgements",
    metadata,
    Column("id", CodeText, primary_key=True),
    Column("post_id", CodeText, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("election_id", CodeText, nullable=False),
    Column("act", CodeText, nullable=False),
    Column("ruleset_hash", CodeText, nullable=False),
    Column("profile_hash", CodeText, nullable=False),
    Column("annotations_hash", CodeText, nullable=False),
    Column("tzdata", CodeText, nullable=False),
    Column("judged_at", UtcInstant, nullable=False),
    Column("is_current", Boolean, nullable=False),
    ForeignKeyConstraint(["post_id", "revision"], ["revisions.post_id", "revisions.number"]),
)
Index("judgements_of_post", judgements.c.post_id)
Index(
    "judgements_one_current",
    judgements.c.post_id,
    judgements.c.revision,
    judgements.c.act,
    judgements.c.election_id,
    unique=True,
    **_where("is_current", sqlite="is_current = 1"),
)

flags = Table(
    "flags",
    metadata,
    Column("id", CodeText, primary_key=True),
    Column("judgement_id", CodeText, ForeignKey("judgements.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("post_id", CodeText, ForeignKey("posts.id"), nullable=False),
    Column("sort_key", BigInteger, nullable=False, unique=True),
    Column("is_current", Boolean, nullable=False),
    Column("flag", JsonText, nullable=False),
)
Index("flags_of_judgement", flags.c.judgement_id)
Index("flags_of_post", flags.c.post_id)
Index(
    "flags_current",
    flags.c.is_current,
    **_where("is_current", sqlite="is_current = 1"),
)

# --- what people say -----------------------------------------------------------------------------

decisions = Table(
    "decisions",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("flag_id", CodeText, ForeignKey("flags.id"), nullable=False),
    Column("ruling", CodeText, nullable=False),
    Column("reviewer", CodeText, nullable=False),
    Column("reason", CodeText, nullable=False),
    Column("decided_at", UtcInstant, nullable=False),
)
Index("decisions_of_flag", decisions.c.flag_id)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcInstant, nullable=False),
    Column("actor", CodeText, nullable=False),
    Column("action", CodeText, nullable=False),
    Column("subject", CodeText, nullable=False),
    Column("detail", JsonText, nullable=False),
    Column("chain", CodeText, nullable=False),
)

# --- queues, leases, counters --------------------------------------------------------------------

# `again`: asked for once more while a worker had it, so its end does not end the wait.
# `leased_by`, `lease_token`, `leased_until`: all three are there or none. The lease is on the row
# itself, so that what is free has an index of its own and nobody walks past what is leased. What is
# parked is not leased.
work_queue = Table(
    "work_queue",
    metadata,
    Column("post_id", CodeText, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("queued_at", UtcInstant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked", Boolean, nullable=False),
    Column("again", Boolean, nullable=False),
    Column("error", CodeText, nullable=False),
    Column("leased_by", CodeText),
    Column("lease_token", BigInteger),
    Column("leased_until", UtcInstant),
    ForeignKeyConstraint(["post_id", "number"], ["revisions.post_id", "revisions.number"]),
)
Index(
    "work_free",
    work_queue.c.parked,
    work_queue.c.position,
    **_where("leased_until IS NULL"),
)
Index(
    "work_leased",
    work_queue.c.leased_until,
    **_where("leased_until IS NOT NULL"),
)

index_pending = Table(
    "index_pending",
    metadata,
    Column("post_id", CodeText, ForeignKey("posts.id"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("since", UtcInstant, nullable=False),
    sqlite_with_rowid=False,
)
Index("index_pending_longest", index_pending.c.since, index_pending.c.post_id)

leases = Table(
    "leases",
    metadata,
    Column("key", CodeText, primary_key=True),
    Column("worker", CodeText, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", UtcInstant, nullable=False),
    sqlite_with_rowid=False,
)

# Numbers that only grow. Taking one locks its row until the transaction ends, which is what
# keeps two writers apart where the database itself lets them run side by side.
counters = Table(
    "counters",
    metadata,
    Column("name", CodeText, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
COUNTERS = ("posts", "flags", "queue", "lease", "audit")
