"""A small invented world for the archive's contract: a channel, its posts, what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from core.election import AccountRef, Names
from core.model import (
    Account,
    Annotation,
    ClockReading,
    Evidence,
    Flag,
    Gap,
    Judgement,
    Post,
    Role,
    Source,
    Span,
)
from core.ports import Archive, Outcome, Saved, Work
from core.when import Instant, When

NOW = datetime(2023, 3, 18, 9, tzinfo=UTC)
CHANNEL = "https://t.me/s/dala"


AN_HOUR_AGO = Instant(NOW - timedelta(hours=1))


def later(**duration: float) -> datetime:
    """NOW and a little."""
    return NOW + timedelta(**duration)


def source(name: str = "dala", *, role: Role = "media", url: str = CHANNEL) -> Source:
    account = Account(AccountRef("telegram", name), role, ("KZ-75",))
    return Source(name, "telegram", url, account, "ru", 5.0)


def post(
    number: int = 1,
    text: str = "Встреча с кандидатом завтра",
    *,
    published: When | None = AN_HOUR_AGO,
    version: str = "1",
    **more: object,
) -> Post:
    fields: dict[str, object] = {
        "platform": "telegram",
        "native_id": f"dala/{number}",
        "url": f"https://t.me/dala/{number}",
        "text": text,
        "published": published,
        "parser": "telegram",
        "parser_version": version,
    }
    return Post(**(fields | more))  # type: ignore[arg-type]


def capture(at: datetime = NOW, *, url: str = CHANNEL, body: str = "a" * 64) -> Evidence:
    headers = (("Content-Type", "text/html"), ("X-Served-By", "1"))
    return Evidence(body, url, at, 200, headers, "text/html", 1200, "0001.warc.gz", 0, 800)


def save(
    archive: Archive, posts: Sequence[Post], at: datetime = NOW, *, source_id: str = "dala"
) -> list[Saved]:
    return archive.save_posts(source_id, posts, seen_at=at, evidence=capture(at))


def flag(rule: str = "silence_violation", contest: str = "maslikhat") -> Flag:
    reason = Names("себеп", "причина", "reason")
    clock = ClockReading(None, {}, "2026.1")
    return Flag(rule, "1", "violation", contest, None, clock, (Span(0, 7),), 0.9, reason)


def judgement(
    work: Work, *, ruleset: str = "r1", flags: Sequence[Flag] = (flag(),), at: datetime = NOW
) -> Judgement:
    revision = work.revision
    return Judgement(
        election_id="kz-2023",
        post_id=work.record.id,
        revision=revision.number,
        act=revision.act.kind,
        ruleset_hash=ruleset,
        profile_hash="p1",
        annotations_hash="a1",
        tzdata="2026.1",
        judged_at=at,
        flags=tuple(flags),
    )


def outcome(
    work: Work, *judgements: Judgement, version: str = "v1", kind: str = "other"
) -> Outcome:
    found = (Annotation("kinds", "1", "kind", kind, 0.7, (Span(0, 3),), {"abstained": False}),)
    return Outcome(work, version, found, judgements)


def judge_all(archive: Archive, *, ruleset: str = "r1", at: datetime = NOW) -> int:
    """Judge what waits, each with one flag; how many there were."""
    work = archive.lease_work("judge", ttl_s=60, limit=1_000)
    made = [outcome(one, judgement(one, ruleset=ruleset, at=at)) for one in work]
    assert archive.save_outcomes(made) == []
    return len(work)


def gap(at: datetime = NOW, *, source_id: str = "dala", reason: str = "timed out") -> Gap:
    return Gap(source_id, CHANNEL, at, "ResponseRefused", reason)
