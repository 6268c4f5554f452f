"""GET /api/evidence/{sha256}: captured bytes, as they came over the wire."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from api import evidence
from api.context import Ctx
from api.params import no_parameters
from api.routes.common import actor, errors

router = APIRouter(tags=["evidence"])
_OCTETS = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
Sha256 = Annotated[
    str,
    Path(
        description="SHA-256 (hex) of the bytes as transferred.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]


@router.get(
    "/api/evidence/{sha256}",
    responses={200: {"content": _OCTETS}, **errors(404, 422, 500, 503)},
    response_class=Response,
    dependencies=[Depends(no_parameters)],
    summary="Captured bytes",
    operation_id="evidence",
)
def captured(context: Ctx, request: Request, sha256: Sha256) -> Response:
    """The body of a capture with its content encoding kept, always as a download, never rendered.
    Headers describe the oldest capture with this hash. Every read is written to the audit log."""
    first, body, captures = evidence.read(context, sha256, actor(request))
    return Response(
        body, headers=evidence.headers(first, captures), media_type="application/octet-stream"
    )
