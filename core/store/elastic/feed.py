"""Writing to one index: what is put waits here until it is sent, in bulk, and told apart.

Each document of a bulk request has an answer of its own. One that the server is too busy for is
sent again, later and later; an older version than the one there is left out, as promised; one that
the server refuses is replaced, with all of its post, by a mark that keeps the reason.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from core.errors import StoreError, StoreUnavailable
from core.model import IndexDocument
from core.store.elastic import mapping
from core.store.elastic.bulk import (
    BUSY,
    READ,
    REFUSED,
    Entry,
    Fate,
    body_of,
    chunks,
    fate_of,
    is_gone,
    reason_in,
)
from core.store.elastic.connection import REPAIR, Server, reason_of, translated, wrapped
from core.store.elastic.generations import written
from core.store.elastic.known import Known, Stored

log = logging.getLogger(__name__)

# Seconds: a queue that is full is empty again soon, a disk that is full is for people to see to.
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
SIDE_BY_SIDE = 4  # a shard takes in several requests at once, each with one thread
FULL_BYTES, FULL_POSTS = 8_000_000, 2_000
BULK_TIMEOUT_S = 120.0

_Answer: TypeAlias = Mapping[str, Any] | StoreError


class Feed:
    """What is put into one index. Not safe for several threads."""

    def __init__(
        self,
        client: Elasticsearch,
        server: Server,
        index: str,
        *,
        began_empty: bool,
    ) -> None:
        self.index = index
        self._client = client.options(request_timeout=BULK_TIMEOUT_S)
        self._server = server
        self._known = Known(began_empty=began_empty)
        self._absent: set[str] = set()
        self._waiting: dict[str, Entry] = {}
        self._bytes = 0
        self._unseen = False

    @property
    def is_full(self) -> bool:
        """True where so much waits that more of it makes nothing faster."""
        return len(self._waiting) >= FULL_POSTS or self._bytes >= FULL_BYTES

    def expect(self, post_ids: Sequence[str]) -> None:
        """A hint: these are put next. One request now saves `put` one for each of them."""
        new = [one for one in post_ids if self._known.recall(one) is None]
        self._absent = set(filter(self._known.is_absent, new))
        unknown = [one for one in new if one not in self._absent]
        if not unknown:
            return
        with translated(self._server):
            answer = self._client.mget(
                index=written(self.index), source_includes=["documents"],
                ids=[mapping.document_id(one, 0) for one in unknown],
            )  # fmt: skip
        for post_id, found in zip(unknown, answer["docs"], strict=True):
            if found.get("found"):
                self._remember(post_id, found)
            elif "error" not in found:
                self._absent.add(post_id)

    def put(self, post_id: str, version: int, documents: Sequence[IndexDocument]) -> bool:
        """Let a post wait, unless the version that waits or is there is as high."""
        stored = self._stored(post_id)
        waits = self._waiting.get(post_id)
        newest = waits.version if waits else stored.version if stored else -1
        if newest >= version:
            return False
        # What waits may be there already, where a request was taken in and its answer was lost.
        replaced = max(stored.documents if stored else 0, waits.lines if waits else 0)
        entry = Entry(post_id, version, tuple(documents), replaced)
        self._waiting[post_id] = entry
        self._bytes += entry.size
        return True

    def _stored(self, post_id: str) -> Stored | None:
        if (recent := self._known.recall(post_id)) is not None:
            return recent
        if post_id in self._absent or self._known.is_absent(post_id):
            return None
        try:
            with translated(self._server):
                answer = self._client.get(
                    index=written(self.index), id=mapping.document_id(post_id, 0),
                    source_includes=["documents"],
                )  # fmt: skip
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError) and not is_gone(error.__cause__.body):
                return None
            raise
        return self._remember(post_id, answer.body)

    def _remember(self, post_id: str, found: Mapping[str, Any]) -> Stored:
        stored = Stored(int(found["_version"]), int(found["_source"]["documents"]))
        self._known.remember(post_id, stored)
        return stored

    def commit(self) -> None:
        """Send what waits, and let searches see it. What could not be sent goes on waiting."""
        self.send()
        if self._unseen:
            with translated(self._server):
                self._client.indices.refresh(index=self.index)
            self._unseen = False

    def send(self) -> None:
        """Send what waits. It is durable then, and seen at the next commit."""
        pauses = iter(PAUSES)
        while self._waiting:
            reason = self._send_all(list(chunks(self._waiting)))
            if not reason:
                continue  # marks in place of what was refused may be left
            pause = next(pauses, None)
            if pause is None:
                raise StoreUnavailable(f"{self._server.address} takes nothing in: {reason}")
            time.sleep(pause)
        self._bytes = 0

    def _send_all(self, chunks: Sequence[Sequence[str]]) -> str:
        """Send some chunks side by side; a reason where some of it has to be sent again.

        Each is encoded here while the server works on those before it, and no more of them wait.
        """
        reasons: list[str] = []
        asked: deque[tuple[Sequence[str], Future[_Answer]]] = deque()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for chunk in chunks:
                if len(asked) == SIDE_BY_SIDE:
                    reasons.append(self._read_next(asked))
                asked.append((chunk, pool.submit(self._asked, self._body(chunk))))
            while asked:
                reasons.append(self._read_next(asked))
        return next(filter(None, reasons), "")

    def _read_next(self, asked: deque[tuple[Sequence[str], Future[_Answer]]]) -> str:
        post_ids, answer = asked.popleft()
        return self._read(post_ids, answer.result())

    def _body(self, post_ids: Sequence[str]) -> bytes:
        return body_of(self._waiting[post_id] for post_id in post_ids)

    def _asked(self, body: bytes) -> _Answer:
        """What the server says to some posts; touches nothing here, for others do it meanwhile."""
        operations: Any = body  # not encoded again, line by line
        try:
            with translated(self._server):
                answer = self._client.bulk(
                    index=written(self.index), operations=operations, require_alias=True,
                    filter_path=READ,
                )  # fmt: skip
        except StoreError as error:
            return error
        found: Mapping[str, Any] = answer.body
        return found

    def _read(self, post_ids: Sequence[str], answer: _Answer) -> str:
        """Settle what was answered; a reason where some of it has to be sent again."""
        if isinstance(answer, StoreError):
            if isinstance(answer.__cause__, ApiError):
                return self._whole_failed(post_ids, answer.__cause__)
            raise answer
        self._unseen = True
        items = iter(answer["items"])
        reason = ""
        for post_id in post_ids:
            lines = self._waiting[post_id].lines
            fate, said = self._judged([next(items) for _ in range(lines)])
            self._settle(post_id, fate, said)
            reason = said if fate == "busy" else reason
        return reason

    def _whole_failed(self, post_ids: Sequence[str], error: ApiError) -> str:
        """A request that was answered as a whole: too large for somebody on the way, or busy."""
        if error.status_code in BUSY:
            return reason_of(error)
        if error.status_code not in REFUSED:
            raise wrapped(self._server, error) from error
        if len(post_ids) == 1:
            self._settle(post_ids[0], "refused", reason_of(error))
            return ""
        half = len(post_ids) // 2
        halves = [post_ids[:half], post_ids[half:]]
        reasons = [self._read(part, self._asked(self._body(part))) for part in halves]
        return next(filter(None, reasons), "")

    def _judged(self, items: Iterable[Mapping[str, Any]]) -> tuple[Fate, str]:
        """What became of a post, by what became of its documents: the worst of it."""
        worst: tuple[Fate, str] = ("done", "")
        for item in items:
            (answer,) = item.values()
            if answer["status"] < 300:
                continue
            fate, reason = fate_of(answer), reason_in(answer)
            if fate == "refused" or worst[0] == "done":
                worst = (fate, reason)
            if is_gone(answer):
                raise StoreError(f"{self.index} at {self._server.address} has gone; {REPAIR}")
        return worst

    def _settle(self, post_id: str, fate: Fate, reason: str) -> None:
        entry = self._waiting[post_id]
        if fate == "busy":
            return
        if fate == "refused":
            if entry.refused:
                raise StoreError(f"{self._server.address} refuses even a mark: {reason}")
            self._reject(post_id, entry, reason)
            return
        del self._waiting[post_id]
        self._absent.discard(post_id)
        if fate == "done":
            self._known.remember(post_id, Stored(entry.version, entry.count))
        else:
            self._known.forget(post_id)

    def _reject(self, post_id: str, entry: Entry, reason: str) -> None:
        log.error("post %s, version %d, is not in the index: %s", post_id, entry.version, reason)
        self._waiting[post_id] = Entry(post_id, entry.version, (), entry.lines, reason)
