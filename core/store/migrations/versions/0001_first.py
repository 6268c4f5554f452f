"""The first schema: sources, posts with their evidence, judgements, audit, queues and leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.types import CodeText, JsonText, RowNumber, UtcInstant, WhenText

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, and the counters at zero."""
    _watched()
    _fetched()
    _judged()
    _queues()


def _watched() -> None:
    """What is watched, and what was missed."""
    op.create_table(
        "gaps",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("source_id", CodeText(), nullable=False),
        sa.Column("url", CodeText(), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("error", CodeText(), nullable=False),
        sa.Column("reason", CodeText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("gaps_of_source", "gaps", ["source_id", "at"])
    op.create_table(
        "sources",
        sa.Column("id", CodeText(), nullable=False),
        sa.Column("definition", JsonText(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_due", UtcInstant(), nullable=True),
        sa.Column("last_attempt", UtcInstant(), nullable=True),
        sa.Column("last_success", UtcInstant(), nullable=True),
        sa.Column("last_new_post", UtcInstant(), nullable=True),
        sa.Column("posts_total", sa.BigInteger(), nullable=False),
        sa.Column("failures_in_a_row", sa.Integer(), nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("last_gap_id", RowNumber, nullable=True),
        sa.ForeignKeyConstraint(
            ["last_gap_id"],
            ["gaps.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sources_due", "sources", ["active", "next_due"])
    op.create_table(
        "validators",
        sa.Column("url_hash", CodeText(), nullable=False),
        sa.Column("url", CodeText(), nullable=False),
        sa.Column("etag", CodeText(), nullable=False),
        sa.Column("last_modified", CodeText(), nullable=False),
        sa.PrimaryKeyConstraint("url_hash"),
        sqlite_with_rowid=False,
    )


def _fetched() -> None:
    """What was fetched, and what proves it."""
    op.create_table(
        "captures",
        sa.Column("id", CodeText(), nullable=False),
        sa.Column("sha256", CodeText(), nullable=False),
        sa.Column("url", CodeText(), nullable=False),
        sa.Column("fetched_at", UtcInstant(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", JsonText(), nullable=False),
        sa.Column("content_type", CodeText(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("warc_file", CodeText(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("captures_by_hash", "captures", ["sha256"])
    op.create_table(
        "posts",
        sa.Column("id", CodeText(), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("source_id", CodeText(), nullable=False),
        sa.Column("platform", CodeText(), nullable=False),
        sa.Column("native_id", CodeText(), nullable=False),
        sa.Column("url", CodeText(), nullable=False),
        sa.Column("claimed_published", WhenText(), nullable=True),
        sa.Column("claimed_us", sa.BigInteger(), nullable=True),
        sa.Column("edited", WhenText(), nullable=True),
        sa.Column("first_seen", UtcInstant(), nullable=False),
        sa.Column("last_seen", UtcInstant(), nullable=False),
        sa.Column("gone_at", UtcInstant(), nullable=True),
        sa.Column("mark_seen", sa.Boolean(), nullable=False),
        sa.Column("mark_at", WhenText(), nullable=True),
        sa.Column("next_look", UtcInstant(), nullable=True),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("index_version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sort_key"),
    )
    op.create_index("posts_of_source", "posts", ["source_id", "sort_key"])
    op.create_index(
        "posts_looks",
        "posts",
        ["source_id", "next_look"],
        unique=False,
        sqlite_where=sa.text("gone_at IS NULL AND next_look IS NOT NULL"),
        postgresql_where=sa.text("gone_at IS NULL AND next_look IS NOT NULL"),
    )
    op.create_index("posts_recent", "posts", ["first_seen", "source_id"])
    op.create_table(
        "aliases",
        sa.Column("id", CodeText(), nullable=False),
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("alias", CodeText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "annotators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", CodeText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version"),
    )
    op.create_table(
        "revisions",
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_seen", UtcInstant(), nullable=False),
        sa.Column("act", JsonText(), nullable=False),
        sa.Column("post", JsonText(), nullable=False),
        sa.Column("text_hash", CodeText(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotators.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("post_id", "number"),
    )
    op.create_table(
        "rereads",
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parser", CodeText(), nullable=False),
        sa.Column("version", CodeText(), nullable=False),
        sa.Column("post", JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id", "number"],
            ["revisions.post_id", "revisions.number"],
        ),
        sa.PrimaryKeyConstraint("post_id", "number", "parser", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revision_captures",
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("capture_id", CodeText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["captures.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id", "number"],
            ["revisions.post_id", "revisions.number"],
        ),
        sa.PrimaryKeyConstraint("post_id", "number", "capture_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gone_facts",
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("capture_id", CodeText(), nullable=False),
        sa.Column("last_seen", UtcInstant(), nullable=False),
        sa.Column("gone_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"],
            ["captures.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("post_id", "capture_id"),
        sqlite_with_rowid=False,
    )


def _judged() -> None:
    """What the machine thinks, and what people say."""
    op.create_table(
        "annotations",
        sa.Column("text_hash", CodeText(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("found", JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"],
            ["annotators.id"],
        ),
        sa.PrimaryKeyConstraint("text_hash", "annotator_id"),
    )
    op.create_table(
        "judgements",
        sa.Column("id", CodeText(), nullable=False),
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("election_id", CodeText(), nullable=False),
        sa.Column("act", CodeText(), nullable=False),
        sa.Column("ruleset_hash", CodeText(), nullable=False),
        sa.Column("profile_hash", CodeText(), nullable=False),
        sa.Column("annotations_hash", CodeText(), nullable=False),
        sa.Column("tzdata", CodeText(), nullable=False),
        sa.Column("judged_at", UtcInstant(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id", "revision"],
            ["revisions.post_id", "revisions.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("judgements_of_post", "judgements", ["post_id"])
    op.create_index(
        "judgements_one_current",
        "judgements",
        ["post_id", "revision", "act", "election_id"],
        unique=True,
        sqlite_where=sa.text("is_current = 1"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "flags",
        sa.Column("id", CodeText(), nullable=False),
        sa.Column("judgement_id", CodeText(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("flag", JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["judgement_id"],
            ["judgements.id"],
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sort_key"),
    )
    op.create_index(
        "flags_current",
        "flags",
        ["is_current"],
        unique=False,
        sqlite_where=sa.text("is_current = 1"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index("flags_of_judgement", "flags", ["judgement_id"])
    op.create_index("flags_of_post", "flags", ["post_id"])
    op.create_table(
        "decisions",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("flag_id", CodeText(), nullable=False),
        sa.Column("ruling", CodeText(), nullable=False),
        sa.Column("reviewer", CodeText(), nullable=False),
        sa.Column("reason", CodeText(), nullable=False),
        sa.Column("decided_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flag_id"],
            ["flags.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decisions_of_flag", "decisions", ["flag_id"])
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("actor", CodeText(), nullable=False),
        sa.Column("action", CodeText(), nullable=False),
        sa.Column("subject", CodeText(), nullable=False),
        sa.Column("detail", JsonText(), nullable=False),
        sa.Column("chain", CodeText(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _queues() -> None:
    """Queues, leases, counters."""
    op.create_table(
        "work_queue",
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("lease_key", CodeText(), nullable=False),
        sa.Column("queued_at", UtcInstant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("error", CodeText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id", "number"],
            ["revisions.post_id", "revisions.number"],
        ),
        sa.PrimaryKeyConstraint("post_id", "number"),
    )
    op.create_index("work_waiting", "work_queue", ["parked", "position"])
    op.create_table(
        "index_pending",
        sa.Column("post_id", CodeText(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("since", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
        ),
        sa.PrimaryKeyConstraint("post_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("index_pending_longest", "index_pending", ["since", "post_id"])
    op.create_table(
        "leases",
        sa.Column("key", CodeText(), nullable=False),
        sa.Column("worker", CodeText(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counters",
        sa.Column("name", CodeText(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    names = ("posts", "flags", "queue", "lease", "audit")
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in names])
