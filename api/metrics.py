"""Figures for Prometheus, in a registry of this application's own."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import Context
from api.health import alarm_shape
from core.errors import StoreError

_BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The registry, and the clock on every request."""

    def __init__(self, context: Context) -> None:
        self.registry = CollectorRegistry()
        self.latency = Histogram(
            "baqylau_request_seconds",
            "Time to answer a request",
            ("route", "method", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(StoreFigures(context))


class StoreFigures(Collector):
    """What the archive holds and owes, asked when Prometheus asks."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """All gauges; only `baqylau_archive_up` where the archive does not answer."""
        try:
            gauges = list(self._gauges())
        except StoreError:
            yield GaugeMetricFamily("baqylau_archive_up", "1 where the archive answers", 0)
            return
        yield GaugeMetricFamily("baqylau_archive_up", "1 where the archive answers", 1)
        yield from gauges

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the archive."""
        return iter(())

    def _gauges(self) -> Iterator[Metric]:
        counts, now = self._context.archive.counts(), self._context.clock.now()
        ages = {
            "oldest_pending": counts.oldest_pending,
            "oldest_index_pending": counts.oldest_index_pending,
        }
        health = self._context.archive.source_health(now)
        alarming = sum(alarm_shape(self._context, one) is not None for one in health)
        for name, help_, value in (
            ("posts", "Posts in the archive", counts.posts),
            ("flags_current", "Current flags", counts.flags_current),
            ("pending", "Revisions that wait for a judgement", counts.pending),
            ("parked", "Revisions set aside after errors", counts.parked),
            ("index_pending", "Posts whose newest version the index lacks", counts.index_pending),
            ("gaps", "Gaps recorded", counts.gaps),
            ("sources", "Sources watched", sum(one.active for one in health)),
            ("sources_alarming", "Sources that somebody should look at", alarming),
        ):
            yield GaugeMetricFamily(f"baqylau_{name}", help_, value)
        for name, at in ages.items():
            age = max(0.0, (now - at).total_seconds()) if at else 0.0
            yield GaugeMetricFamily(f"baqylau_{name}_seconds", "Age of the longest waiting", age)


class Timed:
    """ASGI middleware: how long each route takes, by its template and never by its path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._latency = metrics.latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note the time to the end of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
            taken = time.perf_counter() - started
            self._latency.labels(route, method, str(status)).observe(taken)
