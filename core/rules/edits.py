"""An edit is judged on the words it added: what stood there before is not said again by it."""

from __future__ import annotations

from core.model import Act, Span


def judged_spans(act: Act, spans: tuple[Span, ...]) -> tuple[Span, ...] | None:
    """The spans that this act answers for, or None where it answers for none of the finding.

    A finding without spans speaks of the whole text; an edit that added words answers for it.
    """
    if act.added is None:
        return spans
    if not act.added:
        return None
    if not spans:
        return act.added
    touched = tuple(
        span
        for span in spans
        if any(span.start < new.end and new.start < span.end for new in act.added)
    )
    return touched or None
