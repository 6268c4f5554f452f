"""Work is leased on its row of the queue: what is free has an index, and leases end by another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.types import CodeText, UtcInstant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leases that stand go on; those of work leave the table of all others."""
    op.add_column("work_queue", sa.Column("leased_by", CodeText(), nullable=True))
    op.add_column("work_queue", sa.Column("lease_token", sa.BigInteger(), nullable=True))
    op.add_column("work_queue", sa.Column("leased_until", UtcInstant(), nullable=True))
    op.execute("""
        UPDATE work_queue
        SET leased_by = leases.worker, lease_token = leases.token, leased_until = leases.until
        FROM leases
        WHERE leases.key = work_queue.lease_key AND NOT work_queue.parked
    """)
    op.execute("DELETE FROM leases WHERE key LIKE 'work:%'")
    op.drop_index("work_waiting", "work_queue")
    op.drop_column("work_queue", "lease_key")
    _index("work_free", ["parked", "position"], "leased_until IS NULL")
    _index("work_leased", ["leased_until"], "leased_until IS NOT NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "work_queue", columns, sqlite_where=only, postgresql_where=only)
