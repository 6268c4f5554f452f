"""Sources: who is due, how they do, what was missed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, insert, select, update

from core.errors import NotFound
from core.identity import normalise_url, text_hash
from core.model import Gap, Lease, Source, SourceHealth
from core.ports import SourceClaim, Validators
from core.store import leases, outbox
from core.store.codec import from_json, to_json
from core.store.dialect import insert_or, pairs
from core.store.tables import gaps, posts, sources, validators
from core.store.types import UtcInstant

_PREFIX = "source:"
_DAY = timedelta(days=1)
_KNOWN = select(sources.c.id).where(sources.c.id == bindparam("b_id"))
_SEEN = bindparam("b_seen", type_=UtcInstant())
_COUNT_NEW = (
    update(sources)
    .where(sources.c.id == bindparam("b_id"))
    .values(
        posts_total=sources.c.posts_total + bindparam("b_number"),
        last_new_post=case((sources.c.last_new_post > _SEEN, sources.c.last_new_post), else_=_SEEN),
    )
)


def register(connection: Connection, watched: Sequence[Source], now: datetime) -> None:
    """Make these the watched ones. Where who speaks has changed, the index must see the posts."""
    before = pairs(connection, select(sources.c.id, sources.c.definition))
    given = {one.id: to_json(one) for one in watched}
    fresh = [_new_row(key, given[key], now) for key in given if key not in before]
    changed = [key for key in given if key in before and before[key] != given[key]]
    if fresh:
        connection.execute(insert(sources), fresh)
    connection.execute(
        update(sources).values(active=False).where(sources.c.active, sources.c.id.not_in(given))
    )
    connection.execute(
        update(sources).values(active=True).where(~sources.c.active, sources.c.id.in_(given))
    )
    if changed:
        connection.execute(
            update(sources)
            .where(sources.c.id == bindparam("b_id"))
            .values(definition=bindparam("b_definition")),
            [{"b_id": key, "b_definition": given[key]} for key in changed],
        )
    for key in changed:
        if before[key]["account"] != given[key]["account"]:
            outbox.bump_source(connection, key)


def _new_row(key: str, definition: object, now: datetime) -> dict[str, object]:
    zeros = dict.fromkeys(("posts_total", "failures_in_a_row", "runs"), 0)
    return {"id": key, "definition": definition, "active": True, "next_due": now, **zeros}


def claim(
    connection: Connection, worker: str, now: datetime, *, ttl_s: float, limit: int
) -> list[SourceClaim]:
    """The sources longest due that nobody has, each leased."""
    store_now = leases.begin_granting(connection)
    query = (
        select(sources)
        .where(
            sources.c.active,
            sources.c.next_due <= now,
            leases.free_at(_PREFIX + sources.c.id, store_now),
        )
        .order_by(sources.c.next_due, sources.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    granted = leases.grant(connection, [_PREFIX + row.id for row in rows], worker, ttl_s)
    return [
        SourceClaim(from_json(Source, row.definition), lease, row.last_success, row.runs)
        for row, lease in zip(rows, granted, strict=True)
    ]


def finish(
    connection: Connection, lease: Lease, *, at: datetime, next_due: datetime, gap: Gap | None
) -> None:
    """End a claim well, or with a gap. Raises LeaseLost."""
    leases.require(connection, lease)
    if gap is not None:
        record_gap(connection, gap)
        fate: dict[str, Any] = {"failures_in_a_row": sources.c.failures_in_a_row + 1}
    else:
        fate = {"failures_in_a_row": 0, "last_success": at}
    connection.execute(
        update(sources)
        .where(sources.c.id == lease.key.removeprefix(_PREFIX))
        .values(next_due=next_due, last_attempt=at, runs=sources.c.runs + 1, **fate)
    )
    leases.end(connection, [lease])


def record_gap(connection: Connection, gap: Gap) -> None:
    """Append a gap; it is also the last one of its source."""
    row = {name: getattr(gap, name) for name in ("source_id", "url", "at", "error", "reason")}
    number = connection.execute(insert(gaps).values(**row).returning(gaps.c.id)).scalar_one()
    connection.execute(
        update(sources).where(sources.c.id == gap.source_id).values(last_gap_id=number)
    )


def newest_gaps(connection: Connection, source_id: str, limit: int) -> list[Gap]:
    """The newest gaps of a source, newest first."""
    query = (
        select(gaps)
        .where(gaps.c.source_id == source_id)
        .order_by(gaps.c.at.desc(), gaps.c.id.desc())
        .limit(limit)
    )
    return [_gap(row) for row in connection.execute(query)]


def _gap(row: Row[Any]) -> Gap:
    return Gap(row.source_id, row.url, row.at, row.error, row.reason)


def health(connection: Connection, now: datetime) -> list[SourceHealth]:
    """Every source, by id, with what it brought in the day before `now`."""
    recent = (
        select(posts.c.source_id, func.count())
        .where(posts.c.first_seen > now - _DAY, posts.c.first_seen <= now)
        .group_by(posts.c.source_id)
    )
    last_day: dict[str, int] = pairs(connection, recent)
    query = (
        select(sources, gaps.c.source_id, gaps.c.url, gaps.c.at, gaps.c.error, gaps.c.reason)
        .outerjoin(gaps, gaps.c.id == sources.c.last_gap_id)
        .order_by(sources.c.id)
    )
    return [_health(row, last_day.get(row.id, 0)) for row in connection.execute(query)]


def _health(row: Row[Any], last_day: int) -> SourceHealth:
    return SourceHealth(
        source=from_json(Source, row.definition),
        active=row.active,
        next_due=row.next_due,
        last_attempt=row.last_attempt,
        last_success=row.last_success,
        last_new_post=row.last_new_post,
        posts_total=row.posts_total,
        posts_last_day=last_day,
        failures_in_a_row=row.failures_in_a_row,
        last_gap=None if row.last_gap_id is None else _gap(row),
    )


def require(connection: Connection, source_id: str) -> None:
    """Raises NotFound for a source that was never registered."""
    known = connection.execute(_KNOWN, {"b_id": source_id}).first()
    if known is None:
        raise NotFound(f"source {source_id!r} was never registered")


def count_new(connection: Connection, source_id: str, number: int, seen_at: datetime) -> None:
    """The source brought this many new posts."""
    connection.execute(_COUNT_NEW, {"b_id": source_id, "b_number": number, "b_seen": seen_at})


def load_validators(connection: Connection, url: str) -> Validators:
    """What was saved for a URL, or empty ones."""
    row = connection.execute(
        select(validators.c.etag, validators.c.last_modified).where(
            validators.c.url_hash == text_hash(normalise_url(url))
        )
    ).first()
    return Validators() if row is None else Validators(row.etag, row.last_modified)


def save_validators(connection: Connection, url: str, given: Validators) -> None:
    """Remember them in place of those before."""
    url = normalise_url(url)
    insert_row = insert_or(connection, validators).values(
        url_hash=text_hash(url), url=url, etag=given.etag, last_modified=given.last_modified
    )
    fresh = {name: insert_row.excluded[name] for name in ("etag", "last_modified")}
    connection.execute(insert_row.on_conflict_do_update(index_elements=["url_hash"], set_=fresh))
