"""The application: ports and facts come in as arguments, routes and pages go out."""

from __future__ import annotations

import logging
import typing
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.context import Context, SourceNames
from api.examples import show_examples
from api.metrics import Metrics, Timed
from api.requests import Traced
from api.routes import evidence, flags, operation, posts, sources, trends
from api.web import pages
from api.web.drawing import FOLDER, draw_error, environment
from api.words import load_words
from core.election import Election, Names
from core.errors import BaqylauError
from core.model import Evidence, SourceHealth
from core.ports import Analyzer, Archive, Clock, SearchIndex

log = logging.getLogger(__name__)
# Everything but the pages answers in JSON, errors included.
_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/problems/", "/openapi.json", "/static/")
_TAGS = [
    {"name": "review", "description": "What was collected and what the rules say of it."},
    {"name": "evidence", "description": "Captured bytes, with an audit log of every read."},
    {"name": "research", "description": "Counts over time."},
    {"name": "operation", "description": "Sources, the election in force, health, metrics."},
]
_DESCRIPTION = (
    "Observation of public campaigning around an election. The machine finds an *apparent* breach; "
    "only a prosecutor or a court finds a breach. Parameters nobody knows are refused. Errors are "
    "problem details (RFC 9457). Spans count Unicode code points, half-open."
)


def create_app(
    *,
    archive: Archive,
    index: SearchIndex,
    analyzer: Analyzer,
    election: Election,
    clock: Clock,
    read_evidence: Callable[[Evidence], bytes],
    alarm: Callable[[SourceHealth], Names | None],
    version: str,
    demo: bool = False,
) -> FastAPI:
    """The API and the pages over these ports.

    `read_evidence` gives the payload of a capture as it was transferred; `alarm` a sentence where
    somebody should look at a source, else None.
    """
    app = FastAPI(
        title="Baqylau",
        version=version,
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        docs_url=None,  # the built-in pages load their script from a CDN; /docs is drawn by us
        redoc_url=None,
    )
    context = Context(
        archive=archive,
        index=index,
        analyzer=analyzer,
        election=election,
        clock=clock,
        read_evidence=read_evidence,
        alarm=alarm,
        words=load_words(),
        source_names=SourceNames(archive, clock),
        version=version,
        demo=demo,
    )
    app.state.context = context
    app.state.metrics = Metrics(context)
    app.state.templates = environment()
    for module in (flags, posts, evidence, trends, sources, operation, pages):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    app.add_middleware(Guarded)
    app.add_middleware(Timed, metrics=app.state.metrics)
    app.add_middleware(Traced)
    _handle_errors(app)
    show_examples(app)
    return app


class Guarded:
    """ASGI middleware: headers that keep what others wrote from being run, on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what an answer does not say itself."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                message["headers"] += [pair for pair in _GUARDS if pair[0] not in said]
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


_GUARDS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


def _handle_errors(app: FastAPI) -> None:
    def count(error: Exception) -> None:
        app.state.metrics.errors.labels(type(error).__name__).inc()

    async def ours(request: Request, error: Exception) -> Response:
        problem = problems.from_error(error)
        if problem.status >= 500 and problem.kind is not problems.NOT_READY:
            count(error)
        return _respond(request, problem)

    async def unforeseen(request: Request, error: Exception) -> Response:
        count(error)
        return _respond(request, problems.from_error(error))

    async def invalid(request: Request, error: Exception) -> Response:
        found = typing.cast(RequestValidationError, error).errors()
        return _respond(request, problems.from_validation(found, _allowed(request)))

    async def plain(request: Request, error: Exception) -> Response:
        found = typing.cast(HTTPException, error)
        detail = f"{request.method} {request.url.path}: {found.detail}"
        return _respond(request, problems.from_status(found.status_code, detail), found.headers)

    app.add_exception_handler(problems.Problem, ours)
    app.add_exception_handler(BaqylauError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unforeseen)


def _respond(request: Request, problem: problems.Problem, headers: Any = None) -> Response:
    """A problem as JSON for programs, as a page for people."""
    if problem.status >= 500 and problem.kind is not problems.NOT_READY:
        log.warning("%s: %s", request.url.path, problem.detail)
    if request.url.path.startswith(_PROGRAMS):
        instance = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return problems.response(problem, instance, headers)
    return draw_error(request, request.app.state.context, problem.status, problem.detail)


def _allowed(request: Request) -> list[str]:
    """The query parameters of the route that was asked, by the names they have in an address."""
    endpoint = request.scope.get("endpoint")
    if endpoint is None:
        return []
    for hint in typing.get_type_hints(endpoint).values():
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return [field.alias or name for name, field in hint.model_fields.items()]
    return []
