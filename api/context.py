"""What the handlers work with: everything that `create_app` was given, in one frozen object."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.words import Words
from core.election import Election, Names
from core.model import Evidence, SourceHealth
from core.ports import Analyzer, Archive, Clock, SearchIndex

# Health counts posts of every source; the names in it change when the configuration does.
NAMES_KEPT_S = 60.0


class SourceNames:
    """What sources are called, asked of the archive at most once a minute."""

    def __init__(self, archive: Archive, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Mapping[str, Names] = {}
        self._until = 0.0

    def __call__(self) -> Mapping[str, Names]:
        """Source id to the name of its account."""
        with self._lock:
            if time.monotonic() >= self._until:
                healths = self._archive.source_health(self._clock.now())
                self._known = {health.source.id: source_name(health) for health in healths}
                self._until = time.monotonic() + NAMES_KEPT_S
            return self._known


def source_name(health: SourceHealth) -> Names:
    """The name of the account that speaks through a source, or the source's id."""
    name = health.source.account.name
    return name if name.in_language("en") else Names(*([health.source.id] * 3))


@dataclass(frozen=True, slots=True)
class Context:
    """The ports and the facts that every handler may need."""

    archive: Archive
    index: SearchIndex
    analyzer: Analyzer
    election: Election
    clock: Clock
    read_evidence: Callable[[Evidence], bytes]
    alarm: Callable[[SourceHealth], Names | None]
    words: Words
    source_names: Callable[[], Mapping[str, Names]]
    version: str
    demo: bool = False


def context(request: Request) -> Context:
    """The context of the application that serves this request."""
    return cast(Context, request.app.state.context)


Ctx = Annotated[Context, Depends(context)]
