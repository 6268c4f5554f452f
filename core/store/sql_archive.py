"""The archive in a SQL database: SQLite by default, PostgreSQL by another URL.

Each method opens one transaction and leaves the work to the module of its matter; all promises
are those of core.ports.Archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import Connection

from core.errors import InvalidInput, SchemaMismatch, StoreUnavailable
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
    transactions,
    watched,
)

P = ParamSpec("P")
T = TypeVar("T")
Job: TypeAlias = Callable[Concatenate[Connection, P], T]

SETTING = "BAQYLAU_ARCHIVE"


def open_archive(url: str, *, called: str = SETTING) -> SqlArchive:
    """The archive at `url`, made or migrated where needed; safe to call from several processes.

    Raises InvalidInput for a URL of no use, SchemaMismatch for a database of a newer program,
    StoreUnavailable where it cannot be reached; each names the setting that the URL is `called`.
    """
    with naming(called):
        engine = dialect.make_engine(url)
        try:
            migrate.upgrade(engine)
        finally:
            engine.dispose()
    return SqlArchive(url, called=called)


@contextmanager
def naming(setting: str) -> Iterator[None]:
    """Errors of opening begin with the setting that is to be put right."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"{setting}: {error.where}", error.expected) from error
    except (SchemaMismatch, StoreUnavailable) as error:
        raise type(error)(f"{setting}: {error}") from error


class SqlArchive:
    """An Archive whose schema is there already: `open_archive` makes it.

    What is safe to do twice is done again where the connection was lost; see `transactions`.
    """

    def __init__(self, url: str, *, called: str = SETTING) -> None:
        """Raises as `open_archive`, and SchemaMismatch where the schema is not ours."""
        with naming(called):
            self._engine = dialect.make_engine(url)
            self._closed = False
            try:
                self._require_schema()
            except BaseException:
                self._engine.dispose()
                raise

    def _require_schema(self) -> None:
        if not migrate.is_current(self._engine):
            where = dialect.place(self._engine)
            raise SchemaMismatch(f"{where}: no archive, or an older one; use open_archive")

    def _read(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return transactions.read(self._engine, self._job(job, *args, **kwargs))

    def _write(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For a job that may run again: done twice, it leaves what it leaves done once."""
        return transactions.write(self._engine, self._job(job, *args, **kwargs), again=True)

    def _write_once(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return transactions.write(self._engine, self._job(job, *args, **kwargs), again=False)

    def _job(self, job: Job[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[Connection], T]:
        def run(connection: Connection) -> T:
            return job(connection, *args, **kwargs)

        self._require_open()
        return run

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
        self._write(watched.register, sources, now)

    def claim_sources(
        self, worker: str, now: datetime, *, ttl_s: float, limit: int
    ) -> list[SourceClaim]:
        """Due sources, longest due first, each leased."""
        return self._write(watched.claim, worker, now, ttl_s=ttl_s, limit=limit)

    def finish_source(
        self, lease: Lease, *, at: datetime, next_due: datetime, gap: Gap | None = None
    ) -> None:
        """End a claim, with a gap where it failed."""
        self._write_once(watched.finish, lease, at=at, next_due=next_due, gap=gap)

    def record_gap(self, gap: Gap) -> None:
        """Append a gap."""
        self._write_once(watched.record_gap, gap)

    def source_health(self, now: datetime) -> list[SourceHealth]:
        """Every source ever registered, by id."""
        return self._read(watched.health, now)

    def gaps(self, source_id: str, *, limit: int) -> list[Gap]:
        """The newest gaps of a source."""
        return self._read(watched.newest_gaps, source_id, limit)

    def validators(self, url: str) -> Validators:
        """What was last saved for a URL."""
        return self._read(watched.load_validators, url)

    def save_validators(self, url: str, validators: Validators) -> None:
        """Remember validators."""
        self._write(watched.save_validators, url, validators)

    # posts

    def save_posts(
        self,
        source_id: str,
        posts: Sequence[Post],
        *,
        seen_at: datetime,
        evidence: Evidence | None,
        baselines: Mapping[str, Post] | None = None,
        first_looks: Sequence[datetime | None] = (),
    ) -> list[Saved]:
        """Save what one capture showed."""
        return self._write(
            saving.save_posts,
            source_id,
            posts,
            seen_at=seen_at,
            evidence=evidence,
            baselines=baselines or {},
            first_looks=first_looks,
        )

    def save_gone(self, post_ids: Sequence[str], *, at: datetime, evidence: Evidence) -> int:
        """Note what is no longer there."""
        return self._write(looks.save_gone, post_ids, at=at, evidence=evidence)

    def known(self, platform: str, native_ids: Sequence[str]) -> set[str]:
        """Those that the archive has."""
        return self._read(identities.known, platform, native_ids)

    def live_posts(self, source_id: str, *, limit: int) -> list[LivePost]:
        """Posts of a source that are not gone, newest first."""
        return self._read(looks.live_posts, source_id, limit)

    def due_looks(self, source_id: str, now: datetime, *, limit: int) -> list[LivePost]:
        """Posts whose second look is due, longest due first."""
        return self._read(looks.due_looks, source_id, now, limit)

    def schedule_looks(self, due: Mapping[str, datetime | None]) -> None:
        """When to look again."""
        self._write(looks.schedule_looks, due)

    # judging

    def lease_work(self, worker: str, *, ttl_s: float, limit: int) -> list[Work]:
        """Revisions that wait for a judgement, each leased."""
        return self._write(queue.lease_work, worker, ttl_s=ttl_s, limit=limit)

    def stored_annotations(
        self, text_hashes: Iterable[str], annotator_version: str
    ) -> dict[str, tuple[Annotation, ...]]:
        """What this version already said of these texts."""
        return self._read(states.stored_annotations, list(text_hashes), annotator_version)

    def save_outcomes(self, outcomes: Sequence[Outcome]) -> list[Work]:
        """Save what became of work; returns the work whose lease was lost."""
        return self._write(judging.save_outcomes, outcomes)

    def release_work(self, work: Sequence[Work], *, error: str = "", park: bool = False) -> None:
        """Give work back."""
        self._write(queue.release, work, error=error, park=park)

    def requeue(self, *, after: str = "", limit: int = 10_000) -> str:
        """Queue posts for judging again; the last id, or "" at the end."""
        return self._write(queue.requeue, after=after, limit=limit)

    # index

    def index_batch(self, *, limit: int) -> list[tuple[str, int]]:
        """What the index has not acknowledged."""
        return self._read(outbox.batch, limit)

    def index_done(self, acknowledged: Sequence[tuple[str, int]]) -> None:
        """These versions are durable in the index."""
        self._write(outbox.done, acknowledged)

    def post_ids(self, *, after: str = "", limit: int = 1_000) -> list[str]:
        """Post ids in order."""
        return self._read(records.post_ids, after=after, limit=limit)

    # reading

    def states(
        self, post_ids: Sequence[str], *, with_captures: bool = True
    ) -> dict[str, PostState]:
        """What is known of these posts."""
        return self._read(states.load_states, post_ids, with_captures=with_captures)

    def flag_posts(self, flag_ids: Sequence[str]) -> dict[str, str]:
        """The post of each of these flags."""
        return self._read(states.flag_posts, flag_ids)

    def captures(self, sha256: str) -> list[Evidence]:
        """Every capture with this body."""
        return self._read(evidence.by_hash, sha256)

    def counts(self) -> Counts:
        """How much there is and how much is owed."""
        return self._read(states.counts)

    # people

    def append_decision(self, decision: Decision) -> None:
        """Append a person's word."""
        self._write_once(people.append_decision, decision)

    def append_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Json]
    ) -> AuditEntry:
        """Append a line to the audit log."""
        return self._write_once(
            people.append_audit, at=at, actor=actor, action=action, subject=subject, detail=detail
        )

    def audit(self, *, after: int = 0, limit: int = 1_000) -> list[AuditEntry]:
        """Lines of the audit log, in order."""
        return self._read(people.audit_lines, after=after, limit=limit)

    def verify_audit(self) -> int | None:
        """The first line that does not hold."""
        return self._read(people.verify_audit)

    # leases

    def acquire(self, key: str, worker: str, *, ttl_s: float) -> Lease | None:
        """A lease by name."""
        return self._write(leases.acquire, key, worker, ttl_s)

    def renew(self, lease: Lease, *, ttl_s: float) -> Lease:
        """The same lease, ending later."""
        return self._write(leases.renew, lease, ttl_s)

    def release(self, lease: Lease) -> None:
        """Give a lease up."""
        self._write(leases.end, [lease])

    # health

    def check(self) -> None:
        """It answers, and its schema is ours."""
        self._require_open()
        self._require_schema()
