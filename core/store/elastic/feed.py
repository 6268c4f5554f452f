"""Writing to one index: what is put waits here until it is sent, in bulk, and told apart.

Each document of a bulk request has an answer of its own. One that the server is too busy for is
sent again, later and later; an older version than the one there is left out, as promised; one that
the server refuses is replaced, with all of its post, by a mark that keeps the reason.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from core.errors import StoreError, StoreUnavailable
from core.model import IndexDocument
from core.store.elastic import mapping
from core.store.elastic.connection import REPAIR, Server, reason_of, translated, wrapped
from core.store.elastic.generations import written
from core.store.elastic.known import Known, Stored

log = logging.getLogger(__name__)

# Seconds: a queue that is full is empty again soon, a disk that is full is for people to see to.
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
BULK_BYTES = 4_000_000
BULK_POSTS = 500
BULK_TIMEOUT_S = 120.0
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_REFUSED = frozenset({400, 413})

_Fate: TypeAlias = Literal["done", "superseded", "busy", "refused"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A post that the index refused: it is found by no search, and `reason` says why."""

    post_id: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """A post on its way: its documents as JSON, and how many there are to be replaced."""

    version: int
    documents: tuple[bytes, ...]
    replaced: int
    is_mark: bool = False

    @property
    def size(self) -> int:
        return sum(map(len, self.documents))


class Feed:
    """What is put into one index. Not safe for several threads."""

    def __init__(
        self,
        client: Elasticsearch,
        server: Server,
        index: str,
        *,
        began_empty: bool,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.index = index
        self._client = client.options(request_timeout=BULK_TIMEOUT_S)
        self._server = server
        self._sleep = sleep
        self._known = Known(began_empty=began_empty)
        self._waiting: dict[str, _Entry] = {}
        self._unseen = False

    @property
    def waiting(self) -> int:
        """How many posts are not sent yet."""
        return len(self._waiting)

    def put(self, post_id: str, version: int, documents: Sequence[IndexDocument]) -> bool:
        """Let a post wait, unless the version that waits or is there is as high."""
        stored = self._stored(post_id)
        waits = self._waiting.get(post_id)
        newest = waits.version if waits else stored.version if stored else -1
        if newest >= version:
            return False
        self._waiting[post_id] = _Entry(
            version,
            tuple(map(_encoded, mapping.sources(post_id, documents))),
            stored.documents if stored else 0,
        )
        return True

    def _stored(self, post_id: str) -> Stored | None:
        if (recent := self._known.recall(post_id)) is not None:
            return recent
        if self._known.is_absent(post_id):
            return None
        try:
            with translated(self._server):
                answer = self._client.get(
                    index=written(self.index), id=mapping.document_id(post_id, 0),
                    source_includes=["documents"],
                )  # fmt: skip
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError) and not _is_gone(error.__cause__.body):
                return None
            raise
        stored = Stored(int(answer["_version"]), int(answer["_source"]["documents"]))
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
            reason = ""
            for chunk in _chunks(self._waiting):
                reason = self._send(chunk) or reason
            if not reason:
                continue  # marks in place of what was refused may be left
            pause = next(pauses, None)
            if pause is None:
                raise StoreUnavailable(f"{self._server.address} takes nothing in: {reason}")
            self._sleep(pause)

    def _send(self, post_ids: Sequence[str]) -> str:
        """Send some posts; a reason where some of them have to be sent again."""
        entries = {post_id: self._waiting[post_id] for post_id in post_ids}
        lines: list[Any] = [line for key, entry in entries.items() for line in _lines(key, entry)]
        try:
            with translated(self._server):
                answer = self._client.bulk(
                    index=written(self.index), operations=lines, require_alias=True
                )
        except StoreError as error:
            if isinstance(error.__cause__, ApiError):
                return self._whole_failed(post_ids, error.__cause__)
            raise
        self._unseen = True
        items = iter(answer["items"])
        reason = ""
        for post_id, entry in entries.items():
            count = max(len(entry.documents), entry.replaced)
            fate, said = self._judged([next(items) for _ in range(count)])
            self._settle(post_id, fate, said)
            reason = said if fate == "busy" else reason
        return reason

    def _whole_failed(self, post_ids: Sequence[str], error: ApiError) -> str:
        """A request that was answered as a whole: too large for somebody on the way, or busy."""
        if error.status_code in _BUSY:
            return reason_of(error)
        if error.status_code not in _REFUSED:
            raise wrapped(self._server, error) from error
        if len(post_ids) == 1:
            self._settle(post_ids[0], "refused", reason_of(error))
            return ""
        half = len(post_ids) // 2
        return self._send(post_ids[:half]) or self._send(post_ids[half:])

    def _judged(self, items: Iterable[Mapping[str, Any]]) -> tuple[_Fate, str]:
        """What became of a post, by what became of its documents: the worst of it."""
        worst: tuple[_Fate, str] = ("done", "")
        for item in items:
            (answer,) = item.values()
            fate, reason = _fate(answer), _reason(answer)
            if fate == "refused" or worst[0] == "done":
                worst = (fate, reason)
            if _is_gone(answer):
                raise StoreError(f"{self.index} at {self._server.address} has gone; {REPAIR}")
        return worst

    def _settle(self, post_id: str, fate: _Fate, reason: str) -> None:
        entry = self._waiting[post_id]
        if fate == "busy":
            return
        if fate == "refused":
            if entry.is_mark:
                raise StoreError(f"{self._server.address} refuses even a mark: {reason}")
            self._reject(post_id, entry, reason)
            return
        del self._waiting[post_id]
        if fate == "done":
            self._known.remember(post_id, Stored(entry.version, len(entry.documents)))
        else:
            self._known.forget(post_id)

    def _reject(self, post_id: str, entry: _Entry, reason: str) -> None:
        log.error("post %s, version %d, is not in the index: %s", post_id, entry.version, reason)
        self._waiting[post_id] = _Entry(
            entry.version,
            tuple(map(_encoded, mapping.rejected(post_id, reason))),
            max(entry.replaced, len(entry.documents)),
            is_mark=True,
        )


def _encoded(source: Mapping[str, Any]) -> bytes:
    return json.dumps(source, ensure_ascii=False, separators=(",", ":")).encode()


def _chunks(waiting: Mapping[str, _Entry]) -> Iterator[list[str]]:
    """Posts in parts that a server takes at once; one that is larger stands alone."""
    chunk: list[str] = []
    size = 0
    for post_id, entry in list(waiting.items()):
        if chunk and (len(chunk) >= BULK_POSTS or size + entry.size > BULK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(post_id)
        size += entry.size
    if chunk:
        yield chunk


def _lines(post_id: str, entry: _Entry) -> Iterator[bytes]:
    """The lines of a bulk request; sent twice they do no harm, and late they do nothing."""
    for number in range(max(len(entry.documents), entry.replaced)):
        to = {
            "_id": mapping.document_id(post_id, number),
            "version": entry.version,
            "version_type": "external_gte",
        }
        if number < len(entry.documents):
            yield _encoded({"index": to})
            yield entry.documents[number]
        else:
            yield _encoded({"delete": to})


def _fate(answer: Mapping[str, Any]) -> _Fate:
    status = int(answer["status"])
    if status < 300 or (status == 404 and "error" not in answer):  # deleted what was not there
        return "done"
    if status == 409:
        return "superseded"
    return "refused" if status in _REFUSED else "busy"


def _reason(answer: Mapping[str, Any]) -> str:
    """Why, in one line: the server's own words and what caused it, long ones cut."""
    found: list[str] = []
    error = answer.get("error")
    while isinstance(error, dict):
        found.append(f"{error.get('type')}: {error.get('reason')}"[:250])
        error = error.get("caused_by")
    return " ".join(f"{answer['status']} {'; '.join(found)}".split()) if found else ""


def _is_gone(answer: Any) -> bool:
    """True where not the document but its index is missing."""
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and error.get("type") == "index_not_found_exception"
