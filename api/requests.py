"""Each request has an id: in the answer's header, in the log line of the request, and in every line
that is logged on its way. What was searched for is never logged.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)
HEADER = b"x-request-id"
_GIVEN = re.compile(rb"[\w.-]{8,64}")
# Asked every few seconds by machines: nobody's news.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_current: ContextVar[str] = ContextVar("request_id", default="")


class RequestIds(logging.Filter):
    """Puts the id of the request that is being answered into each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through."""
        if request_id := _current.get():
            record.request_id = request_id
        return True


class Traced:
    """ASGI middleware: an id for each request, that of a proxy before us where it gives one."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], str] = lambda: uuid4().hex) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER, b"")
        request_id = given.decode() if _GIVEN.fullmatch(given) else self._new_id()
        before = _current.set(request_id)
        status, started = 500, time.perf_counter()

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, marked)
        finally:
            _tell(scope, status, time.perf_counter() - started)
            _current.reset(before)


def _tell(scope: Scope, status: int, taken: float) -> None:
    route = getattr(scope.get("route"), "path", "other")
    about = {
        "method": scope["method"],
        "route": route,
        "status": status,
        "seconds": round(taken, 4),
    }
    if "post_id" in scope.get("path_params", {}):
        about["post_id"] = scope["path_params"]["post_id"]
    level = logging.DEBUG if route in _PROBES else logging.INFO
    log.log(level, "%s %s %d", scope["method"], route, status, extra=about)
