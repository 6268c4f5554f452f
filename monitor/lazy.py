"""An annotator that is built when it is first asked: not every run needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from core.model import Annotation
from core.ports import Annotator


class LazyAnnotator(Annotator):
    """Stands for the annotator that `build` makes."""

    def __init__(self, build: Callable[[], Annotator]) -> None:
        self._build = build

    @cached_property
    def _made(self) -> Annotator:
        return self._build()

    @property
    def version(self) -> str:  # type: ignore[override]
        """The version of the annotator behind it."""
        return self._made.version

    def annotate(self, texts: Sequence[str]) -> list[tuple[Annotation, ...]]:
        """What the annotator behind it says."""
        return self._made.annotate(texts)
