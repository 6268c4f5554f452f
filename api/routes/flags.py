"""GET /api/flags: what the rules say, newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.context import Ctx
from api.lists import list_flags
from api.params import ListQuery, once_each
from api.routes.common import answer, answers
from api.schemas import FlagList

router = APIRouter(tags=["review"])


@router.get(
    "/api/flags", responses=answers(FlagList, 400, 422, 503), summary="Flags", operation_id="flags"
)
def flags(context: Ctx, request: Request, query: Annotated[ListQuery, Query()]) -> JSONResponse:
    """Current flags that match, newest act first. Each is an *apparent* breach or an open
    question: only a prosecutor or a court finds a breach. Posts of private people are left out."""
    once_each(request, ListQuery)
    return answer(list_flags(context, query))
