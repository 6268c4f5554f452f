"""Figures for Prometheus, in a registry of this application's own."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import Context
from api.figures import StoreFigures
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
        self.errors = Counter(
            "baqylau_errors", "What went wrong, by kind", ("kind",), registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(StoreFigures(context.archive, context.clock, context.index.refused))
        self.registry.register(SourceFigures(context))


class SourceFigures(Collector):
    """How the sources do; nothing where the archive does not answer."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the archive."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """How many are watched, and at how many somebody should look."""
        try:
            health = self._context.archive.source_health(self._context.clock.now())
        except StoreError:  # told by baqylau_archive_up
            return
        alarming = sum(alarm_shape(self._context, one) is not None for one in health)
        active = sum(one.active for one in health)
        yield GaugeMetricFamily("baqylau_sources", "Sources watched", active)
        yield GaugeMetricFamily(
            "baqylau_sources_alarming", "Sources that somebody should look at", alarming
        )


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
