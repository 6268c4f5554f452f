"""The shapes of answers for OpenAPI. Answers are plain dicts; tests hold them to these."""

from api.schemas.operation import (
    ElectionOut,
    Health,
    ProblemOut,
    Ready,
    SourceDetail,
    SourceList,
    TrendsOut,
)
from api.schemas.review import FlagList, PostList, PostOut

__all__ = [
    "ElectionOut",
    "FlagList",
    "Health",
    "PostList",
    "PostOut",
    "ProblemOut",
    "Ready",
    "SourceDetail",
    "SourceList",
    "TrendsOut",
]
