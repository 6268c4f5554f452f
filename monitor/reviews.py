"""`baqylau model export-reviews`: what people decided on flags, as rows to train on.

A confirmed flag says that its reading was right: that the text campaigns, or that the signal is
there. A dismissed one says so of a signal alone: campaigning may be dismissed for its date.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from config.settings import Settings
from core.errors import InvalidInput
from core.model import SIGNALS
from core.ports import Archive, JudgedFlag, PostState

PAGE = 500
_OF_KIND = ("silence_violation", "early_campaigning", "missing_imprint", "barred_campaigner")
_SIGNAL_OF: dict[str, str] = {"poll_ban": "poll"} | {one: one for one in SIGNALS if one != "poll"}


def run_export_reviews(
    settings: Settings, to: Path, stop: threading.Event, console: Console
) -> int:
    """Write the rows; the file appears when it is whole. 0, or 130 where it was stopped."""
    from monitor import wiring

    if to.exists():
        raise InvalidInput("--to", f"a file that is not there yet ({to})")
    archive = wiring.open_archive(settings)
    unfinished, count = to.with_suffix(to.suffix + ".part"), 0
    try:
        with unfinished.open("w", encoding="utf-8") as file, Progress(console=console) as progress:
            task = progress.add_task("posts", total=archive.counts().posts)
            for states in _pages(archive):
                for row in (row for state in states for row in rows_of(state)):
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
                progress.advance(task, len(states))
                if stop.is_set():
                    return 130
        unfinished.replace(to)
    finally:
        unfinished.unlink(missing_ok=True)
        archive.close()
    console.print(f"{count} rows in {to}", highlight=False)
    return 0


def rows_of(state: PostState) -> Iterator[dict[str, Any]]:
    """One row for each revision on which somebody decided; private people's posts make none."""
    if state.record.account.role == "private":
        return
    by_revision: dict[int, list[JudgedFlag]] = {}
    for flag in state.flags:
        if flag.decisions and flag.decisions[-1].ruling in {"confirmed", "dismissed"}:
            by_revision.setdefault(flag.judgement.revision, []).append(flag)
    for number, flags in sorted(by_revision.items()):
        row = _row(state, number, flags)
        if row["kind"] is not None or row["known"]:
            yield row


def _row(state: PostState, number: int, flags: list[JudgedFlag]) -> dict[str, Any]:
    kind: str | None = None
    said: dict[str, bool] = {}
    for judged in flags:
        rule = judged.judgement.flags[judged.flag_number].rule
        confirmed = judged.decisions[-1].ruling == "confirmed"
        if rule in _OF_KIND and confirmed:
            kind = "campaigning"
        elif rule in _SIGNAL_OF:
            said[_SIGNAL_OF[rule]] = confirmed
    revision = next(one for one in state.record.revisions if one.number == number)
    language = next((a.value for a in state.annotations if a.label == "language"), "")
    return {
        "id": f"{state.record.id}-{number}",
        "text": revision.post.full_text,
        "lang": language if language in {"kk", "ru", "mixed", "en"} else "mixed",
        "kind": kind,
        "signals": sorted(name for name, there in said.items() if there),
        "known": sorted(said),
        "slice": "reviewed",
        "family": state.record.id,
    }


def _pages(archive: Archive) -> Iterator[list[PostState]]:
    after = ""
    while ids := archive.post_ids(after=after, limit=PAGE):
        yield list(archive.states(ids, with_captures=False).values())
        after = ids[-1]
