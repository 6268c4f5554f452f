"""What the archive and the index hold and owe, as gauges: asked when Prometheus asks.

Knows no web framework: the processes that have no page serve the same figures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.errors import BaqylauError
from core.ports import Archive, Clock

log = logging.getLogger(__name__)

_ARCHIVE = "baqylau_archive_up", "1 where the archive answers"
_REFUSED = "baqylau_index_refused", "Posts that the index refused for good: no search finds them"


class StoreFigures(Collector):
    """`refused` asks the index; it gives None where this process does not have it open."""

    def __init__(
        self, archive: Archive, clock: Clock, refused: Callable[[], int | None] = lambda: None
    ) -> None:
        self._archive = archive
        self._clock = clock
        self._refused = refused

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the archive."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All gauges; of a store that does not answer only that it does not."""
        try:
            gauges = list(self._gauges())
        except BaqylauError:
            yield GaugeMetricFamily(*_ARCHIVE, 0)
        else:
            yield GaugeMetricFamily(*_ARCHIVE, 1)
            yield from gauges
        yield from self._of_index()

    def _gauges(self) -> Iterator[Metric]:
        counts = self._archive.counts()
        now = counts.at or self._clock.now()
        for name, help_, value in (
            ("posts", "Posts in the archive", counts.posts),
            ("flags_current", "Current flags", counts.flags_current),
            ("pending", "Revisions that wait for a judgement", counts.pending),
            ("parked", "Revisions set aside after errors", counts.parked),
            ("index_pending", "Posts whose newest version the index lacks", counts.index_pending),
            ("gaps", "Gaps recorded", counts.gaps),
        ):
            yield GaugeMetricFamily(f"baqylau_{name}", help_, value)
        for name, at in (
            ("oldest_pending", counts.oldest_pending),
            ("oldest_index_pending", counts.oldest_index_pending),
        ):
            age = max(0.0, (now - at).total_seconds()) if at else 0.0
            yield GaugeMetricFamily(f"baqylau_{name}_seconds", "Age of the longest waiting", age)

    def _of_index(self) -> Iterator[Metric]:
        try:
            refused = self._refused()
        except BaqylauError as error:
            log.debug("the index does not say what it refused: %s", error)
            return
        if refused is not None:
            yield GaugeMetricFamily(*_REFUSED, refused)
