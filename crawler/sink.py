"""Evidence and posts into the archive: the bytes first, durable, then the row that names them.

A poll that brings nothing new writes nothing. Archive and disk block, so both are asked in threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.errors import EvidenceNeeded, FetchError, StoreError
from core.identity import normalise_url
from core.model import Evidence, Post
from core.ports import Archive, Saved
from crawler.extract import Extractor
from crawler.warc import WarcWriter, read_record
from crawler.wire import Exchange, decoded

logger = logging.getLogger(__name__)


class Capture:
    """What one fetch brought, and its evidence once that is written: at most once."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.evidence: Evidence | None = None
        self._lock = asyncio.Lock()

    async def proof(self, writer: WarcWriter) -> Evidence:
        """The evidence, written and on the disk when this returns."""
        async with self._lock:
            if self.evidence is None:
                self.evidence = await asyncio.to_thread(writer.write, self.exchange)
            return self.evidence


@dataclass(frozen=True, slots=True)
class Sink:
    """Where posts go. `directory` is where the writer's files lie."""

    archive: Archive
    writer: WarcWriter
    directory: Path
    extractor: Extractor
    max_bytes: int

    async def save(
        self,
        source_id: str,
        posts: Sequence[Post],
        capture: Capture,
        *,
        first_looks: Sequence[datetime | None] = (),
        is_new: bool = False,
    ) -> list[Saved]:
        """One Saved a post, in order. Evidence is written only where something is new or revised;
        `is_new` says that something is, and spares the archive being asked. `first_looks` are
        those of Archive.save_posts.

        Where the stored text was read by another version of a parser, the older capture is read
        again by the present one, so that a better parser makes no edit.
        """
        if not posts:
            return []
        seen_at = capture.exchange.fetched_at
        if is_new:
            await capture.proof(self.writer)
        saved = await self._save(source_id, posts, seen_at, capture, first_looks=first_looks)
        waiting = [n for n, one in enumerate(saved) if one.outcome == "needs_baseline"]
        if waiting:
            baselines = {
                saved[n].post_id: await self._baseline(posts[n], saved[n]) for n in waiting
            }
            again = await self._save(
                source_id, [posts[n] for n in waiting], seen_at, capture, baselines=baselines
            )
            for n, one in zip(waiting, again, strict=True):
                saved[n] = one
        return saved

    async def touch(self, source_id: str, post_id: str, seen_at: datetime) -> bool:
        """The post stands as it stood (304): move its last seen. False where it is not known."""
        state = (await asyncio.to_thread(self.archive.states, [post_id])).get(post_id)
        if state is None or not state.record.revisions:
            return False
        post = state.record.revisions[-1].post
        await asyncio.to_thread(
            self.archive.save_posts, source_id, [post], seen_at=seen_at, evidence=None
        )
        return True

    async def gone(self, post_ids: Sequence[str], capture: Capture) -> int:
        """These posts are not there any more; the capture shows it."""
        if not post_ids:
            return 0
        evidence = await capture.proof(self.writer)
        return await asyncio.to_thread(
            self.archive.save_gone, post_ids, at=capture.exchange.fetched_at, evidence=evidence
        )

    async def _save(
        self,
        source_id: str,
        posts: Sequence[Post],
        seen_at: datetime,
        capture: Capture,
        *,
        baselines: Mapping[str, Post] | None = None,
        first_looks: Sequence[datetime | None] = (),
    ) -> list[Saved]:
        evidence = capture.evidence
        for _attempt in range(2):
            try:
                return await asyncio.to_thread(
                    self.archive.save_posts, source_id, posts,
                    seen_at=seen_at, evidence=evidence, baselines=baselines,
                    first_looks=first_looks,
                )  # fmt: skip
            except EvidenceNeeded:
                if evidence is not None:
                    raise
                evidence = await capture.proof(self.writer)
        raise AssertionError("unreachable: the second attempt returns or raises")

    async def _baseline(self, post: Post, saved: Saved) -> Post:
        """The stored text as the present parser reads it; the stored one where it cannot be had."""
        try:
            if saved.baseline_capture is None:
                raise StoreError("the archive names no capture")
            again = await self._read_again(post, saved.baseline_capture)
            if again is not None:
                return again
            raise StoreError("the present parser does not find the post in its older capture")
        except (StoreError, FetchError) as error:
            logger.warning(
                "%s: its older capture cannot be read again (%s); compared with the text as stored",
                post.url, error,
            )  # fmt: skip
        state = (await asyncio.to_thread(self.archive.states, [saved.post_id]))[saved.post_id]
        return state.record.revisions[-1].post

    async def _read_again(self, post: Post, evidence: Evidence) -> Post | None:
        payload = await asyncio.to_thread(read_record, evidence, self.directory)
        body = decoded(payload, evidence.headers, url=evidence.url, limit=self.max_bytes)
        kind, now = evidence.content_type, evidence.fetched_at
        if post.platform == "telegram":
            page = await self.extractor.telegram(body, url=evidence.url, content_type=kind, now=now)
            return next((one for one in page.posts if _same(one, post)), None)
        if post.parser == "feed":
            feed = await self.extractor.feed(body, url=evidence.url, content_type=kind, now=now)
            return next((one for one in feed.posts if _same(one, post)), None)
        return await self.extractor.article(
            body, url=evidence.url, content_type=kind, now=now, hint=None
        )


def _same(one: Post, other: Post) -> bool:
    return bool({one.native_id, *one.aliases} & {other.native_id, *other.aliases})


def with_aliases(post: Post, urls: Sequence[str]) -> Post:
    """`post`, known also by every URL that led to it."""
    names = dict.fromkeys((*post.aliases, *(normalise_url(url) for url in urls)))
    names.pop(post.native_id, None)
    return replace(post, aliases=tuple(names))
