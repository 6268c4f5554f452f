"""GET /api/posts and /api/posts/{id}: what was collected, and all that is known of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse

from api.context import Ctx
from api.lists import list_posts, one_post
from api.params import ListQuery, no_parameters, once_each
from api.routes.common import answer, answers
from api.schemas import PostList, PostOut
from api.shapes import names_shape, post_shape

router = APIRouter(tags=["review"])
PostId = Annotated[str, Path(description="Id of the post.")]


@router.get(
    "/api/posts", responses=answers(PostList, 400, 422, 503), summary="Posts", operation_id="posts"
)
def posts(context: Ctx, request: Request, query: Annotated[ListQuery, Query()]) -> JSONResponse:
    """Posts that match, newest first, each with its current flags. With `rule` or `verdict`: posts
    that have one flag to which all filters apply; facets then count flags, and `total_counts` says
    what `total` counts. Posts of private people are left out."""
    once_each(request, ListQuery)
    return answer(list_posts(context, query))


@router.get(
    "/api/posts/{post_id}",
    responses=answers(PostOut, 404, 422, 503),
    dependencies=[Depends(no_parameters)],
    summary="One post",
    operation_id="post",
)
def post(context: Ctx, post_id: PostId) -> JSONResponse:
    """A post: its revisions, clocks, annotations with spans, flags current and older with the
    decisions on them, and the captures that prove it."""
    state = one_post(context, post_id)
    notice = names_shape(context.words.plain("app.notice"))
    return answer({**post_shape(state, context.election), "notice": notice})
