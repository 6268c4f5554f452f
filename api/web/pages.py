"""The pages: the list, the post, the sources, the interface for programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api.context import Context, Ctx
from api.health import sources_shape
from api.highlight import matches, terms
from api.lists import list_flags, list_posts, one_post
from api.params import ListQuery, once_each
from api.problems import Problem, from_error
from api.shapes import post_shape
from api.web.drawing import draw, tongue_of
from api.web.marks import Mark, pieces
from api.web.postview import law_marks, legend, read_to, reading, revision_views
from api.web.tongue import Tongue
from api.words import facet_label
from core.errors import InvalidInput, InvalidQuery
from core.grammar import parse

router = APIRouter(include_in_schema=False)
Language = Literal["", "kk", "ru", "en"]
# What a reviewer narrows by, in the order of use.
FACETS_SHOWN = (
    "verdict", "rule", "kind", "signal", "local_day", "region", "party", "candidate", "role",
    "platform", "language", "source", "act", "contest", "zone", "gone",
)  # fmt: skip
FACETS_OPEN = ("verdict", "rule", "region", "party", "local_day", "language")
# A whole text is analysed once a page view; longer than this it is shown without search marks.
MARKED_LONGEST = 200_000


class PageQuery(ListQuery):
    """The list as a page."""

    limit: int = Field(30, ge=1, le=200)
    view: Literal["", "flags", "posts"] = "flags"
    lang: Language = ""


class PlainQuery(BaseModel):
    """A page without a list. `q` marks the words of the search one came from."""

    model_config = ConfigDict(extra="forbid")

    q: str = ""
    lang: Language = ""


@router.get("/")
def queue(request: Request, context: Ctx, query: Annotated[PageQuery, Query()]) -> HTMLResponse:
    """The list of flags or posts with search and facets."""
    once_each(request, PageQuery)
    view = query.view or "flags"
    tongue = tongue_of(request, context)
    asked = query.model_copy(update={"facets": list(query.facets) or list(FACETS_SHOWN)})
    try:
        found = (list_flags if view == "flags" else list_posts)(context, asked)
        found["facets"].get("local_day", []).sort(key=lambda one: one["value"], reverse=True)
        wrong, status = None, 200
    except (Problem, InvalidInput) as error:
        problem = from_error(error)
        found, wrong, status = _nothing(), problem, problem.status
    return draw(
        request, context, "list.html", status,
        found=found, view=view, query=query, wrong=wrong, open_facets=FACETS_OPEN,
        named=lambda name, value: _named(context, tongue, name, value),
        is_search=isinstance(wrong, Problem) and wrong.status == 400,
    )  # fmt: skip


@router.get("/posts/{post_id}")
def post(
    request: Request, context: Ctx, post_id: str, query: Annotated[PlainQuery, Query()]
) -> HTMLResponse:
    """All that is known of a post, its words marked."""
    once_each(request, PlainQuery)
    shape = post_shape(one_post(context, post_id), context.election)
    tongue = tongue_of(request, context)
    marks = law_marks(shape, context, tongue)
    marks += _search_marks(context, query.q, shape["text"])
    return draw(
        request, context, "post.html",
        post=shape, pieces=pieces(shape["text"], marks), legend=legend(marks),
        revisions=revision_views(shape), query=query, read_to=read_to(shape),
        reading=lambda one: reading(one, context, tongue),
    )  # fmt: skip


@router.get("/sources")
def sources(request: Request, context: Ctx, query: Annotated[PlainQuery, Query()]) -> HTMLResponse:
    """The health of the sources, alarms on top."""
    once_each(request, PlainQuery)
    return draw(request, context, "sources.html", health=sources_shape(context))


@router.get("/docs")
def docs(request: Request, context: Ctx, query: Annotated[PlainQuery, Query()]) -> HTMLResponse:
    """The interface for programs, drawn from its OpenAPI description."""
    once_each(request, PlainQuery)
    return draw(request, context, "docs.html", api=request.app.openapi())


def _nothing() -> dict[str, Any]:
    return {"items": [], "total": 0, "total_counts": "posts", "facets": {}, "next": None}


def _named(context: Context, tongue: Tongue, facet: str, value: str) -> str:
    """What a chosen filter is called."""
    if facet == "local_day":
        return value
    sources = context.source_names() if facet == "source" else {}
    label = facet_label(facet, value, context.election, context.words, sources)
    return label.in_language(tongue.code)


def _search_marks(context: Context, q: str, text: str) -> list[Mark]:
    """The words of the search one came from; a search that cannot be read marks nothing."""
    if not q or len(text) > MARKED_LONGEST:
        return []
    try:
        wanted = terms(parse(q, context.analyzer))
    except InvalidQuery:
        return []
    found = matches(context.analyzer.tokens(text), wanted) if wanted else []
    return [Mark(span.start, span.end, "hit") for span in found]
