"""A small archive and index on disk, and an annotator that reads marks in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.loader import load_election
from core.election import AccountRef, Election
from core.errors import DetectorError
from core.identity import text_hash
from core.model import Account, Annotation, Evidence, Post, Source, Span
from core.store.sql_archive import SqlArchive, open_archive
from core.when import Instant

NOW = datetime(2023, 3, 18, 6, 0, tzinfo=UTC)


@dataclass
class FixedClock:
    """Always the same instant."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class MarkReader:
    """Calls a text campaigning where it says VOTE, and fails where it says BROKEN."""

    version: str = "marks-1"
    read: list[str] = field(default_factory=list)

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> tuple[Annotation, ...]:
        if "BROKEN" in text:
            raise DetectorError("marks", self.version, "the text says so")
        self.read.append(text)
        at = text.find("VOTE")
        kind = "campaigning" if at >= 0 else "other"
        spans = (Span(at, at + 4),) if at >= 0 else ()
        return (Annotation("marks", self.version, "kind", kind, 0.9, spans),)


@pytest.fixture(scope="session")
def election() -> Election:
    return load_election("kz-maslikhat-2023", register="none")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SqlArchive]:
    opened = open_archive(f"sqlite:///{tmp_path / 'archive.sqlite3'}")
    opened.register_sources([source()], NOW)
    yield opened
    opened.close()


def source() -> Source:
    account = Account(AccountRef("telegram", "ours"), role="media", regions=("KZ-75",))
    return Source("ours", "telegram", "https://t.me/s/ours", account, "kk", 1.0)


def post(number: int, text: str, at: datetime = NOW) -> Post:
    return Post(
        platform="telegram", native_id=f"ours/{number}", url=f"https://t.me/ours/{number}",
        text=text, published=Instant(at), parser="test", parser_version="1",
    )  # fmt: skip


def evidence(of: str) -> Evidence:
    return Evidence(
        sha256=text_hash(of), url="https://t.me/s/ours", fetched_at=NOW, status=200, headers=(),
        content_type="text/html", size=len(of), warc_file="a.warc.gz", offset=0, length=10,
    )  # fmt: skip


def save(archive: SqlArchive, *posts: Post) -> None:
    archive.save_posts(
        "ours", posts, seen_at=NOW, evidence=evidence("".join(p.text for p in posts))
    )
