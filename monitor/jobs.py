"""The loops of `work`: what it does until it is told to stop."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from core.errors import StoreError, StoreUnavailable
from monitor.indexer import BATCH, Indexer
from monitor.pipeline import Pipeline
from monitor.watch import Watch

log = logging.getLogger(__name__)

# A commit of the index costs more than a put: about thirty a minute is what a reader notices.
COMMIT_EVERY_S = 2.0
IDLE_S = 0.5
TROUBLE_S = 2.0
# Where little was read yet, a full batch of posts takes seconds: whoever waits for the first flag
# need not wait for the 64th post. Each batch may be twice the one before.
FIRST_BATCH = 8


@dataclass(slots=True)
class Worker:
    """Judges what is pending and lets the index follow, until `stop` is set.

    Two loops side by side: an index that is away, or whose disk is full, takes up to 13 s to say
    so, and judging must not wait for it.
    """

    pipeline: Pipeline
    indexer: Indexer
    stop: threading.Event
    watch: Watch = field(default_factory=Watch)
    _most: int = FIRST_BATCH
    _broken: BaseException | None = None

    def run(self) -> None:
        """Until `stop`: a store that is away is waited for, and nothing it owes is dropped."""
        following = threading.Thread(target=self._follow, name="indexer")
        following.start()
        try:
            while not self.stop.is_set():
                self.stop.wait(self._judge())
        finally:
            self.stop.set()
            following.join()
            self.indexer.close()
        if self._broken is not None:
            raise self._broken

    def _judge(self) -> float:
        """One batch; how long to wait before the next."""
        try:
            judged = self.pipeline.run_batch(self._most)
        except StoreUnavailable as error:
            return self._trouble("archive", error)
        self.watch.turned("archive")
        self._most = min(self._most * 2, self.pipeline.batch) if judged else self._most
        return 0.0 if judged else IDLE_S

    def _follow(self) -> None:
        try:
            while not self.stop.is_set():
                self.stop.wait(self._index())
        except BaseException as error:  # raised by `run`: one loop does not go on without the other
            self._broken = error
            self.stop.set()

    def _index(self) -> float:
        """What the index is owed by now; how long to wait before the next.

        An index of another version, or one that was removed, is waited for too: `reindex` mends it.
        """
        try:
            followed = self.indexer.follow()
        except StoreError as error:
            return self._trouble("index", error)
        self.watch.turned("index")
        if followed >= BATCH:  # more is owed
            return 0.0
        return COMMIT_EVERY_S if followed else IDLE_S

    def _trouble(self, loop: str, error: StoreError) -> float:
        self.watch.trouble(loop, error)
        log.warning("%s, trying again: %s", loop, error, extra={"kind": type(error).__name__})
        return TROUBLE_S

    def drain(self) -> int:
        """Until nothing is pending or owed; how many were judged. For commands that run once."""
        total = 0
        while not self.stop.is_set():
            judged = self.pipeline.run_batch()
            total += judged
            if not judged and not self.indexer.follow():
                return total
        return total
