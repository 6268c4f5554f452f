"""What `crawl` and `work` tell those who watch them: /metrics, /healthz and /readyz over HTTP.

`/healthz`: the loops still turn. `/readyz`: they turn, and nothing that they need is away.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.exposition import ThreadingWSGIServer, make_wsgi_app

from api.figures import StoreFigures
from core.errors import BaqylauError, InvalidInput
from core.ports import Archive, Clock, Counted

# The longest step in good health: a bulk request may take 120 s, and is sent again for 13.
STUCK_S = 300.0
_COUNTED: Mapping[Counted, tuple[str, str, str]] = {
    "posts": ("posts_fetched", "Posts seen at a fetch, by what became of them", "outcome"),
    "judged": ("judged", "Revisions judged", ""),
    "indexed": ("indexed", "Posts put into the index", ""),
    "leases_lost": ("leases_lost", "Leases that another worker took over", "of"),
    "errors": ("errors", "What went wrong, by kind", "kind"),
}


class Watch:
    """A Tally, and the pulse of the loops of one process. Safe for several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry = CollectorRegistry()
        self._clock = clock
        self._turned: dict[str, float] = {}
        self._trouble: dict[str, str] = {}
        self._counters = {
            what: Counter(f"baqylau_{name}", help_, (label,) * bool(label), registry=self.registry)
            for what, (name, help_, label) in _COUNTED.items()
        }
        self._ages = Gauge("baqylau_loop_age_seconds", "Since a loop turned last", ("loop",),
                           registry=self.registry)  # fmt: skip
        ProcessCollector(registry=self.registry)

    def add(self, what: Counted, kind: str = "", number: int = 1) -> None:
        """See Tally."""
        counter = self._counters[what]
        (counter.labels(kind) if _COUNTED[what][2] else counter).inc(number)

    def turned(self, loop: str) -> None:
        """A loop came round, and nothing was wrong."""
        if loop not in self._turned:
            self._ages.labels(loop).set_function(lambda: self._clock() - self._turned[loop])
        self._turned[loop] = self._clock()
        self._trouble.pop(loop, None)

    def trouble(self, loop: str, error: Exception) -> None:
        """A loop came round, and could not do its work."""
        self.turned(loop)
        self._trouble[loop] = str(error) or type(error).__name__
        self.add("errors", type(error).__name__)

    def stuck(self) -> dict[str, str]:
        """Loops that turn no more."""
        now = self._clock()
        return {
            loop: f"has not turned for {now - at:.0f} s"
            for loop, at in self._turned.items()
            if now - at > STUCK_S
        }

    def missing(self) -> dict[str, str]:
        """What cannot be done now, and why."""
        return {**self._trouble, **self.stuck()}


@contextmanager
def served(
    watch: Watch,
    where: str,
    *,
    setting: str,
    archive: Archive,
    clock: Clock,
    refused: Callable[[], int | None] = lambda: None,
) -> Iterator[None]:
    """Serve while this lasts; nothing where `where` is empty.

    Raises InvalidInput naming the setting where nobody can listen there.
    """
    if not where:
        yield
        return
    watch.registry.register(StoreFigures(archive, clock, refused))
    host, _, port = where.rpartition(":")
    try:
        server = make_server(host.strip("[]"), int(port), _answering(watch, archive),
                             ThreadingWSGIServer, _Quiet)  # fmt: skip
    except OSError as error:
        reason = f"an address that is free ({where}: {error.strerror})"
        raise InvalidInput(setting, reason) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name there)
        """Asked every few seconds: nobody's news."""


def _answering(watch: Watch, archive: Archive) -> Callable[..., Iterable[bytes]]:
    metrics = make_wsgi_app(watch.registry)

    def ready() -> dict[str, str]:
        try:
            archive.check()
        except BaqylauError as error:
            return {"archive": str(error), **watch.missing()}
        return watch.missing()

    probes = {"/healthz": watch.stuck, "/readyz": ready}

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            body: Iterable[bytes] = metrics(environ, start)
            return body
        wrong = probes[path]() if path in probes else {"path": "there is no such thing"}
        status = "503 Service Unavailable" if wrong else "200 OK"
        said = {"status": "not ready" if wrong else "ok", "missing": wrong}
        start("404 Not Found" if path not in probes else status,
              [("Content-Type", "application/json")])  # fmt: skip
        return [json.dumps(said, ensure_ascii=False).encode()]

    return app
