"""The loops of the processes: what `work` and `crawl` do until they are told to stop."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from core.errors import StoreUnavailable
from monitor.indexer import Indexer
from monitor.pipeline import Pipeline

log = logging.getLogger(__name__)

# A commit of the index costs more than a put: about thirty a minute is what a reader notices.
COMMIT_EVERY_S = 2.0
IDLE_S = 0.5
TROUBLE_S = 2.0


@dataclass(slots=True)
class Worker:
    """Judges what is pending and lets the index follow, until `stop` is set."""

    pipeline: Pipeline
    indexer: Indexer
    stop: threading.Event
    _committed: float = 0.0

    def run(self) -> None:
        """Until `stop`: a store that is away is waited for, and nothing it owes is dropped."""
        try:
            while not self.stop.is_set():
                try:
                    if not self.step():
                        self.stop.wait(IDLE_S)
                except StoreUnavailable as error:
                    log.warning("store unavailable, trying again: %s", error)
                    self.stop.wait(TROUBLE_S)
        finally:
            self.indexer.close()

    def step(self) -> bool:
        """One batch and, when it is time, the index; False where there was nothing to do."""
        judged = self.pipeline.run_batch()
        followed = 0
        if not judged or time.monotonic() - self._committed >= COMMIT_EVERY_S:
            followed = self.indexer.follow()
            self._committed = time.monotonic() if followed else self._committed
        return bool(judged or followed)

    def drain(self) -> int:
        """Until nothing is pending or owed; how many were judged. For commands that run once."""
        total = 0
        while not self.stop.is_set():
            judged = self.pipeline.run_batch()
            total += judged
            if not judged and not self.indexer.follow():
                return total
        return total
