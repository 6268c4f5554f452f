"""GET /api/trends: counts per local day, as JSON or as a table."""

from __future__ import annotations

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import trends
from api.context import Ctx
from api.params import once_each
from api.routes.common import actor, answer, errors
from api.schemas import TrendsOut
from api.trends import TrendsQuery

router = APIRouter(tags=["research"])
_CSV = {"text/csv": {"schema": {"type": "string"}, "example": "day,party,posts,collected\r\n"}}


@router.get(
    "/api/trends",
    responses={200: {"model": TrendsOut, "content": _CSV}, **errors(400, 422, 503)},
    summary="Counts per local day",
    operation_id="trends",
)
def counts(context: Ctx, request: Request, query: Annotated[TrendsQuery, Query()]) -> Response:
    """Posts or flags per day of the election's default zone, by up to two facets. `collected` is
    the denominator: all posts of that day that share the groups and filters known without reading
    a text (source, platform, role, region, zone). Posts of private people are counted, but never
    by source or candidate. A table is an export and is written to the audit log."""
    once_each(request, TrendsQuery)
    found = trends.count(context, query)
    if query.format == "json":
        return answer(trends.shape(found, context))
    context.archive.append_audit(
        at=context.clock.now(),
        actor=actor(request),
        action="trends.export",
        subject=context.election.id,
        detail={"query": request.url.query[:2_000], "rows": len(found.rows)},
    )
    table = io.StringIO()
    csv.writer(table).writerows(trends.csv_lines(found, context))
    name = f'attachment; filename="trends-{context.election.id}.csv"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(table.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")
