"""The archive in a SQL database: SQLite by default, PostgreSQL by another URL.

Each method opens one transaction and leaves the work to the module of its matter; all promises
are those of core.ports.Archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from core.errors import SchemaMismatch, StoreUnavailable
from core.identity import Json
from core.model import (
    Annotation,
    Decision,
    Evidence,
    Gap,
    Lease,
    Post,
    Source,
    SourceHealth,
)
from core.ports import (
    AuditEntry,
    Counts,
    LivePost,
    Outcome,
    PostState,
    Saved,
    SourceClaim,
    Validators,
    Work,
)
from core.store import (
    dialect,
    evidence,
    identities,
    judging,
    leases,
    looks,
    migrate,
    outbox,
    people,
    queue,
    records,
    saving,
    states,
    watched,
)


def open_archive(url: str) -> SqlArchive:
    """The archive at `url`, made or migrated where needed; safe to call from several processes.

    Raises InvalidInput for a URL of no use, SchemaMismatch for a database of a newer program.
    """
    engine = dialect.make_engine(url)
    try:
        migrate.upgrade(engine)
    finally:
        engine.dispose()
    return SqlArchive(url)


class SqlArchive:
    """An Archive whose schema is there already: `open_archive` makes it."""

    def __init__(self, url: str) -> None:
        """Raises InvalidInput for a URL of no use, SchemaMismatch where the schema is not ours."""
        self._engine = dialect.make_engine(url)
        self._closed = False
        if not migrate.is_current(self._engine):
            where = self._engine.url.render_as_string(hide_password=True)
            raise SchemaMismatch(f"{where}: no archive, or an older one; use open_archive")

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._require_open()
        with dialect.reading(self._engine) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._require_open()
        with dialect.writing(self._engine) as connection:
            yield connection

    def _require_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("this archive was closed")

    def close(self) -> None:
        """Let go of connections and files."""
        self._closed = True
        self._engine.dispose()

    # sources

    def register_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make these the watched sources."""
        with self._writing() as connection:
            watched.register(connection, sources, now)

    def claim_sources(
        self, worker: str, now: datetime, *, ttl_s: float, limit: int
    ) -> list[SourceClaim]:
        """Due sources, longest due first, each leased."""
        with self._writing() as connection:
            return watched.claim(connection, worker, now, ttl_s=ttl_s, limit=limit)

    def finish_source(
        self, lease: Lease, *, at: datetime, next_due: datetime, gap: Gap | None = None
    ) -> None:
        """End a claim, with a gap where it failed."""
        with self._writing() as connection:
            watched.finish(connection, lease, at=at, next_due=next_due, gap=gap)

    def record_gap(self, gap: Gap) -> None:
        """Append a gap."""
        with self._writing() as connection:
            watched.record_gap(connection, gap)

    def source_health(self, now: datetime) -> list[SourceHealth]:
        """Every source ever registered, by id."""
        with self._reading() as connection:
            return watched.health(connection, now)

    def gaps(self, source_id: str, *, limit: int) -> list[Gap]:
        """The newest gaps of a source."""
        with self._reading() as connection:
            return watched.newest_gaps(connection, source_id, limit)

    def validators(self, url: str) -> Validators:
        """What was last saved for a URL."""
        with self._reading() as connection:
            return watched.load_validators(connection, url)

    def save_validators(self, url: str, validators: Validators) -> None:
        """Remember validators."""
        with self._writing() as connection:
            watched.save_validators(connection, url, validators)

    # posts

    def save_posts(
        self,
        source_id: str,
        posts: Sequence[Post],
        *,
        seen_at: datetime,
        evidence: Evidence | None,
        baselines: Mapping[str, Post] | None = None,
    ) -> list[Saved]:
        """Save what one capture showed."""
        with self._writing() as connection:
            return saving.save_posts(
                connection,
                source_id,
                posts,
                seen_at=seen_at,
                evidence=evidence,
                baselines=baselines or {},
            )

    def save_gone(self, post_ids: Sequence[str], *, at: datetime, evidence: Evidence) -> int:
        """Note what is no longer there."""
        with self._writing() as connection:
            return looks.save_gone(connection, post_ids, at=at, evidence=evidence)

    def known(self, platform: str, native_ids: Sequence[str]) -> set[str]:
        """Those that the archive has."""
        with self._reading() as connection:
            return identities.known(connection, platform, native_ids)

    def live_posts(self, source_id: str, *, limit: int) -> list[LivePost]:
        """Posts of a source that are not gone, newest first."""
        with self._reading() as connection:
            return looks.live_posts(connection, source_id, limit)

    def due_looks(self, source_id: str, now: datetime, *, limit: int) -> list[LivePost]:
        """Posts whose second look is due, longest due first."""
        with self._reading() as connection:
            return looks.due_looks(connection, source_id, now, limit)

    def schedule_looks(self, due: Mapping[str, datetime | None]) -> None:
        """When to look again."""
        with self._writing() as connection:
            looks.schedule_looks(connection, due)

    # judging

    def lease_work(self, worker: str, *, ttl_s: float, limit: int) -> list[Work]:
        """Revisions that wait for a judgement, each leased."""
        with self._writing() as connection:
            return queue.lease_work(connection, worker, ttl_s=ttl_s, limit=limit)

    def stored_annotations(
        self, text_hashes: Iterable[str], annotator_version: str
    ) -> dict[str, tuple[Annotation, ...]]:
        """What this version already said of these texts."""
        with self._reading() as connection:
            return states.stored_annotations(connection, text_hashes, annotator_version)

    def save_outcomes(self, outcomes: Sequence[Outcome]) -> list[Work]:
        """Save what became of work; returns the work whose lease was lost."""
        with self._writing() as connection:
            return judging.save_outcomes(connection, outcomes)

    def release_work(self, work: Sequence[Work], *, error: str = "", park: bool = False) -> None:
        """Give work back."""
        with self._writing() as connection:
            queue.release(connection, work, error=error, park=park)

    def requeue(self, *, after: str = "", limit: int = 10_000) -> str:
        """Queue posts for judging again; the last id, or "" at the end."""
        with self._writing() as connection:
            return queue.requeue(connection, after=after, limit=limit)

    # index

    def index_batch(self, *, limit: int) -> list[tuple[str, int]]:
        """What the index has not acknowledged."""
        with self._reading() as connection:
            return outbox.batch(connection, limit)

    def index_done(self, acknowledged: Sequence[tuple[str, int]]) -> None:
        """These versions are durable in the index."""
        with self._writing() as connection:
            outbox.done(connection, acknowledged)

    def post_ids(self, *, after: str = "", limit: int = 1_000) -> list[str]:
        """Post ids in order."""
        with self._reading() as connection:
            return records.post_ids(connection, after=after, limit=limit)

    # reading

    def states(self, post_ids: Sequence[str]) -> dict[str, PostState]:
        """What is known of these posts."""
        with self._reading() as connection:
            return states.load_states(connection, post_ids)

    def flag_posts(self, flag_ids: Sequence[str]) -> dict[str, str]:
        """The post of each of these flags."""
        with self._reading() as connection:
            return states.flag_posts(connection, flag_ids)

    def captures(self, sha256: str) -> list[Evidence]:
        """Every capture with this body."""
        with self._reading() as connection:
            return evidence.by_hash(connection, sha256)

    def counts(self) -> Counts:
        """How much there is and how much is owed."""
        with self._reading() as connection:
            return states.counts(connection)

    # people

    def append_decision(self, decision: Decision) -> None:
        """Append a person's word."""
        with self._writing() as connection:
            people.append_decision(connection, decision)

    def append_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Json]
    ) -> AuditEntry:
        """Append a line to the audit log."""
        with self._writing() as connection:
            return people.append_audit(
                connection, at=at, actor=actor, action=action, subject=subject, detail=detail
            )

    def audit(self, *, after: int = 0, limit: int = 1_000) -> list[AuditEntry]:
        """Lines of the audit log, in order."""
        with self._reading() as connection:
            return people.audit_lines(connection, after=after, limit=limit)

    def verify_audit(self) -> int | None:
        """The first line that does not hold."""
        with self._reading() as connection:
            return people.verify_audit(connection)

    # leases

    def acquire(self, key: str, worker: str, *, ttl_s: float) -> Lease | None:
        """A lease by name."""
        with self._writing() as connection:
            return leases.acquire(connection, key, worker, ttl_s)

    def renew(self, lease: Lease, *, ttl_s: float) -> Lease:
        """The same lease, ending later."""
        with self._writing() as connection:
            return leases.renew(connection, lease, ttl_s)

    def release(self, lease: Lease) -> None:
        """Give a lease up."""
        with self._writing() as connection:
            leases.end(connection, [lease])
