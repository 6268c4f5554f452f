"""Templates to HTML, always with the language, the calendar strip and the headers that keep a
hostile post from doing anything: no inline script or style, nothing from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.context import Context
from api.web.addresses import address
from api.web.marks import safe_link, snippet_parts
from api.web.strip import strip
from api.web.tongue import Tongue, choose, when_lines
from api.words import LANGUAGES

FOLDER = Path(__file__).parent
COOKIE = "lang"
_YEAR_S = 31_536_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}


def environment() -> Environment:
    """The templates; a name nobody gave is an error, and everything is escaped."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2)
    made.globals.update(safe_link=safe_link, snippet_parts=snippet_parts, when_lines=when_lines)
    return made


def tongue_of(request: Request, context: Context) -> Tongue:
    """The language of the page that is asked for."""
    return Tongue(
        context.words,
        choose(
            request.query_params.get("lang", ""),
            request.cookies.get(COOKIE, ""),
            request.headers.get("accept-language", ""),
            context.election.languages,
        ),
    )


def draw(
    request: Request, context: Context, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page."""
    tongue = tongue_of(request, context)
    now = context.clock.now()
    body = request.app.state.templates.get_template(template).render(
        tongue=tongue,
        t=tongue.t,
        languages=LANGUAGES,
        context=context,
        election_name=context.election.names.in_language(tongue.code),
        strip=strip(context.election, now, tongue),
        here=address(request.url.path, request.query_params.multi_items()),
        **values,
    )
    response = HTMLResponse(body, status, HEADERS)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(COOKIE, tongue.code, max_age=_YEAR_S, httponly=True, samesite="lax")
    return response


def draw_error(request: Request, context: Context, status: int, detail: str) -> HTMLResponse:
    """The page of an error, in the language of the reader."""
    key = {404: "error.not_found", 503: "error.unavailable"}.get(status, "")
    key = key or ("error.internal" if status >= 500 else "")
    return draw(request, context, "error.html", status, code=status, key=key, detail=detail)
