"""Every error as RFC 9457 problem details: what went wrong, where, and what would be right."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from core.errors import InvalidInput, InvalidQuery, NotFound, StoreUnavailable
from core.identity import Json

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the last part of its type URI, its status and its title."""

    name: str
    status: int
    title: str
    help: str

    @property
    def type(self) -> str:
        """The page of this service that explains the problem; plain HTTP errors need none."""
        return f"/problems/{self.name}" if self.help else "about:blank"


INVALID_PARAMETER = Kind(
    "invalid-parameter", 422, "A parameter is not right",
    "`errors` names each parameter and says what would be right. Parameters nobody knows are "
    "refused: a mistyped filter would otherwise show everything.",
)  # fmt: skip
INVALID_QUERY = Kind(
    "invalid-query", 400, "The search cannot be read",
    "`position` is where the reading of `q` stopped, in code points from 1, and `expected` what "
    "would have been right there.",
)  # fmt: skip
NOT_FOUND = Kind(
    "not-found", 404, "There is no such thing",
    "The address, the post, the source or the evidence is unknown here.",
)  # fmt: skip
UNAVAILABLE = Kind(
    "store-unavailable", 503, "The archive or the index does not answer",
    "Nothing was changed. Try again after the seconds that the Retry-After header gives.",
)  # fmt: skip
NOT_READY = Kind(
    "not-ready", 503, "The service is not ready", "`missing` names what does not answer yet.",
)  # fmt: skip
EVIDENCE_DAMAGED = Kind(
    "evidence-damaged", 500, "The evidence is damaged",
    "The stored bytes cannot be read, or no longer have the hash under which they were captured. "
    "They are not given out; the attempt is in the audit log.",
)  # fmt: skip
TOO_MUCH = Kind(
    "too-much", 422, "The answer would be too long",
    "Narrow the time or the filters, or group by facets with fewer values.",
)  # fmt: skip
INTERNAL = Kind(
    "internal", 500, "The service failed at this request", "The failure is in the service's log.",
)  # fmt: skip
KINDS: tuple[Kind, ...] = (
    INVALID_PARAMETER, INVALID_QUERY, NOT_FOUND, UNAVAILABLE, NOT_READY, EVIDENCE_DAMAGED,
    TOO_MUCH, INTERNAL,
)  # fmt: skip


class Problem(Exception):
    """Raised by handlers; becomes the response as it is."""

    def __init__(self, kind: Kind, detail: str, **members: Json) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.members = members

    @property
    def status(self) -> int:
        """The status of the response."""
        return self.kind.status

    def body(self, instance: str) -> dict[str, Any]:
        """The members of the problem, for the request `instance`."""
        return {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": instance,
            **self.members,
        }


def bad_parameter(name: str, detail: str, expected: str) -> Problem:
    """One parameter that cannot be used."""
    return Problem(
        INVALID_PARAMETER,
        f"{name}: {detail}; {expected}",
        errors=[{"parameter": name, "detail": detail, "expected": expected}],
    )


def from_error(error: Exception) -> Problem:
    """What an error of this house means to a caller."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InvalidQuery):
        found = re.search(r"\d+", error.where)
        return Problem(
            INVALID_QUERY,
            str(error),
            parameter="q",
            where=error.where,
            expected=error.expected,
            position=int(found.group()) if found else None,
        )
    if isinstance(error, InvalidInput):
        return bad_parameter(error.where, "cannot be used", error.expected)
    if isinstance(error, NotFound):
        return Problem(NOT_FOUND, str(error) or NOT_FOUND.title)
    if isinstance(error, StoreUnavailable):
        return Problem(UNAVAILABLE, str(error) or UNAVAILABLE.title)
    return Problem(INTERNAL, "the failure is in the service's log")


def from_validation(errors: Sequence[Mapping[str, Any]], allowed: Sequence[str]) -> Problem:
    """What FastAPI found wrong with the parameters."""
    found: list[dict[str, Json]] = []
    for error in errors:
        name = str(error["loc"][min(1, len(error["loc"]) - 1)])
        if error["type"] == "extra_forbidden":
            detail, expected = "there is no such parameter", "one of " + ", ".join(allowed)
        else:
            detail = f"{_short(error.get('input'))} cannot be used"
            expected = str(error["msg"])
        found.append({"parameter": name, "detail": detail, "expected": expected})
    said = "; ".join(f"{one['parameter']}: {one['detail']}, {one['expected']}" for one in found)
    return Problem(INVALID_PARAMETER, said, errors=found)


def from_status(status: int, detail: str) -> Problem:
    """A plain HTTP error of the framework: 404, 405 and the like."""
    if status == 404:
        return Problem(NOT_FOUND, detail)
    phrase = HTTPStatus(status).phrase
    return Problem(Kind(phrase.lower().replace(" ", "-"), status, phrase, ""), detail)


def response(
    problem: Problem, instance: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The problem as a response."""
    kept = dict(headers or {})
    if problem.status == 503:
        kept["Retry-After"] = str(RETRY_AFTER_S)
    return JSONResponse(problem.body(instance), problem.status, kept, MEDIA_TYPE)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
