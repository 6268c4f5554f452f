"""GET /api/sources and /api/elections/current: what is watched, and under which calendar."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from api.context import Ctx
from api.health import election_shape, gap_shape, source_shape, sources_shape
from api.params import no_parameters
from api.problems import NOT_FOUND, Problem
from api.routes.common import answer, answers
from api.schemas import ElectionOut, SourceDetail, SourceList

router = APIRouter(tags=["operation"], dependencies=[Depends(no_parameters)])
GAPS_SHOWN = 50


@router.get(
    "/api/sources",
    responses=answers(SourceList, 422, 503),
    summary="Health of the sources",
    operation_id="sources",
)
def sources(context: Ctx) -> JSONResponse:
    """Every source with its last success, last new post, observed and expected yield, lag, last
    gap, and a sentence where somebody should look. Those come first."""
    return answer(sources_shape(context))


@router.get(
    "/api/sources/{source_id}",
    responses=answers(SourceDetail, 404, 422, 503),
    summary="One source and its gaps",
    operation_id="source",
)
def source(
    context: Ctx, source_id: Annotated[str, Path(description="Id of the source.")]
) -> JSONResponse:
    """A source and its newest gaps, newest first."""
    now = context.clock.now()
    for health in context.archive.source_health(now):
        if health.source.id == source_id:
            gaps = context.archive.gaps(source_id, limit=GAPS_SHOWN)
            body = source_shape(health, context, now)
            return answer({**body, "gaps": [gap_shape(one) for one in gaps]})
    raise Problem(NOT_FOUND, f"there is no source {source_id}")


@router.get(
    "/api/elections/current",
    responses=answers(ElectionOut, 422),
    summary="The election in force",
    operation_id="election",
)
def election(context: Ctx) -> JSONResponse:
    """The profile in short: contests with their calendars and what holds now in each zone, regions,
    parties, and the articles that the rules cite."""
    return answer(election_shape(context))
