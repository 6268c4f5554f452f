"""What routes share: documented errors, JSON answers, who is asking."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic_core import to_json

from api.problems import MEDIA_TYPE
from api.schemas import ProblemOut

_ERRORS = {
    400: "`q` cannot be read: `position` and `expected` say where and what would be right.",
    404: "There is no such thing.",
    422: "A parameter is not right: `errors` names it and says what would be.",
    500: "The stored bytes are damaged and were not given out.",
    503: "The archive or the index does not answer; try again after `Retry-After` seconds.",
}
_NAME_LONGEST = 100


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error responses of a route, for OpenAPI."""
    schema = {"schema": ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")}
    schema["schema"].pop("$defs", None)
    return {
        status: {"description": _ERRORS[status], "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


def answers(model: type, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answer of a route and its errors."""
    return {200: {"model": model}, **errors(*statuses)}


class Answer(JSONResponse):
    """JSON by pydantic's encoder: 0.4 ms for a page of fifty posts, 1.7 ms by Python's."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return to_json(content)


def answer(body: dict[str, Any]) -> JSONResponse:
    """A body that is JSON already: no second walk over it to validate or to encode."""
    return Answer(body, headers={"Cache-Control": "no-store"})


def actor(request: Request) -> str:
    """Who asks: the name that a proxy in front vouches for, and the address it came from."""
    host = request.client.host if request.client else "unknown"
    name = request.headers.get("x-remote-user", "")
    kept = "".join(letter for letter in name if letter.isprintable())[:_NAME_LONGEST].strip()
    return f"{kept or 'anonymous'}@{host}"
