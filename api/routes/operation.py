"""GET /healthz, /readyz, /metrics and the pages that explain problems."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.context import Context, Ctx
from api.params import no_parameters
from api.problems import KINDS, NOT_FOUND, NOT_READY, Problem
from api.routes.common import answer, answers, errors
from api.schemas import Health, Ready
from core.errors import BaqylauError

router = APIRouter(tags=["operation"], dependencies=[Depends(no_parameters)])


@router.get("/healthz", responses=answers(Health), operation_id="healthz")
def healthz(context: Ctx) -> JSONResponse:
    """The process is alive and answers."""
    return answer({"status": "ok", "version": context.version})


@router.get("/readyz", responses=answers(Ready, 503), operation_id="readyz")
def readyz(context: Ctx) -> JSONResponse:
    """The archive and the index can be used: they answer, the archive's schema is that of this
    program, the shards of the index are open. Where not, `missing` names them.
    """
    wrong = _wrong(context)
    if wrong:
        said = "; ".join(f"{name}: {why}" for name, why in wrong.items())
        raise Problem(NOT_READY, said, missing=list(wrong))
    return answer({"status": "ready", "version": context.version})


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    response_class=Response,
    operation_id="metrics",
)
def metrics(request: Request) -> Response:
    """Counts and latencies in the text format of Prometheus."""
    body = generate_latest(request.app.state.metrics.registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST)


@router.get(
    "/problems/{name}",
    responses={200: {"content": {"text/plain": {}}}, **errors(404)},
    response_class=PlainTextResponse,
    operation_id="problem",
)
def problem(name: str) -> PlainTextResponse:
    """What a kind of problem means: where the `type` of an error leads."""
    for kind in KINDS:
        if kind.name == name:
            return PlainTextResponse(f"{kind.status} {kind.title}\n\n{kind.help}\n")
    raise Problem(NOT_FOUND, f"there is no kind of problem {name}")


def _wrong(context: Context) -> dict[str, str]:
    """What cannot be used now, and why."""
    found: dict[str, str] = {}
    for name, check in (("archive", context.archive.check), ("index", context.index.check)):
        try:
            check()
        except (BaqylauError, OSError) as error:
            found[name] = str(error) or type(error).__name__
    return found
