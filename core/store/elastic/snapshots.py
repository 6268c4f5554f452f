"""What is searched: the index as it was at the last refresh, held on the server as a point in time.

Several searches see the same documents that way, and a rebuild takes nothing from under them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from core.errors import StoreError
from core.store.elastic.connection import Server, translated

log = logging.getLogger(__name__)

# A snapshot keeps replaced documents on the server's disk: it goes soon after who held it.
KEEP_ALIVE = "5m"


@dataclass(slots=True)
class _Held:
    id: str
    users: int = 0
    is_over: bool = False


class Snapshots:
    """The newest snapshot of an alias. Safe for several threads."""

    def __init__(self, client: Elasticsearch, server: Server, alias: str) -> None:
        self._client = client
        self._server = server
        self._alias = alias
        self._mutex = threading.Lock()
        self._held: _Held | None = None
        self._is_stale = True

    @property
    def is_stale(self) -> bool:
        """True where the next search ought to see more than the snapshot has."""
        return self._is_stale

    def outdate(self) -> None:
        """The next search is to see what there is then."""
        self._is_stale = True

    def renew(self, alias: str = "") -> bool:
        """Take a new snapshot; False where there is no index."""
        self._alias = alias or self._alias
        self._is_stale = False
        fresh = self._open()
        with self._mutex:
            old, self._held = self._held, fresh
        if old is not None:
            self._retire(old)
        return fresh is not None

    def _open(self) -> _Held | None:
        try:
            with translated(self._server):
                answer = self._client.open_point_in_time(index=self._alias, keep_alive=KEEP_ALIVE)
        except StoreError as error:
            if isinstance(error.__cause__, NotFoundError):
                return None
            raise
        return _Held(str(answer["id"]))

    @contextmanager
    def use(self) -> Iterator[str | None]:
        """The id of the snapshot, which stays open so long; None where there is no index."""
        with self._mutex:
            held = self._held
            if held is not None:
                held.users += 1
        try:
            yield held.id if held else None
        finally:
            if held is not None:
                with self._mutex:
                    held.users -= 1
                    is_last = held.is_over and not held.users
                if is_last:
                    self._close(held)

    def _retire(self, held: _Held) -> None:
        with self._mutex:
            held.is_over = True
            is_last = not held.users
        if is_last:
            self._close(held)

    def _close(self, held: _Held) -> None:
        try:
            self._client.close_point_in_time(id=held.id)
        except (ApiError, TransportError) as error:
            log.debug("a snapshot is left to end by itself: %s", error)

    def close(self) -> None:
        """Let the snapshot go."""
        with self._mutex:
            held, self._held = self._held, None
        if held is not None:
            self._retire(held)
