"""The crawler's main: `baqylau crawl`, and `sources check`, which keeps nothing."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from config.settings import Settings
from core.errors import InvalidInput
from core.model import Source

if TYPE_CHECKING:
    from crawler.service import Report
    from monitor.watch import Watch


def crawl_main(settings: Settings, *, once: bool) -> Callable[[asyncio.Event], Awaitable[None]]:
    """What runs on the reactor: the service until it is stopped, or one round of it."""
    from crawler.service import run, run_once
    from monitor import wiring
    from monitor.watch import Watch, served

    async def main(stop: asyncio.Event) -> None:
        election = wiring.election_of(settings)
        sources = wiring.sources_of(settings, election, check_addresses=False)
        archive, watch = wiring.open_archive(settings), Watch()
        where = "" if once else settings.crawl_metrics
        pulse = asyncio.create_task(_beat(watch))
        try:
            parts = wiring.crawl_parts(settings, archive, election, watch)
            crawling = run_once if once else run
            with served(
                watch, where, setting="BAQYLAU_CRAWL_METRICS", archive=archive, clock=parts.clock
            ):
                await crawling(parts, sources, worker=wiring.worker_name(), stop=stop)
        finally:
            pulse.cancel()
            archive.close()

    return main


async def _beat(watch: Watch) -> None:
    """The event loop turns: everything that the crawler does runs on it."""
    while True:
        watch.turned("events")
        await asyncio.sleep(1.0)


def check_sources(
    settings: Settings, only: Sequence[str], *, as_json: bool, console: Console
) -> int:
    """Visit each source once into an archive that is thrown away. 1 where any failed."""
    from crawler.reactor import run_on_reactor
    from monitor import wiring

    election = wiring.election_of(settings)
    sources = _chosen(wiring.sources_of(settings, election, check_addresses=False), only)
    with tempfile.TemporaryDirectory(prefix="baqylau-check-") as folder:
        nowhere = {"data": Path(folder), "archive": "", "archive_file": None, "index": None}
        aside = settings.model_copy(update={**nowhere, "visits": 8})
        reports = run_on_reactor(_one_round(aside, sources))
    found = {report.source_id: report for report in reports}
    if as_json:
        for report in found.values():
            line = {"source": report.source_id, "new": report.new, "error": report.error or None}
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    else:
        console.print(_table(sources, found))
    return 1 if any(source.id not in found or found[source.id].error for source in sources) else 0


def _one_round(
    settings: Settings, sources: Sequence[Source]
) -> Callable[[asyncio.Event], Awaitable[list[Report]]]:
    from crawler.service import run_once
    from monitor import wiring

    async def main(stop: asyncio.Event) -> list[Report]:
        archive = wiring.open_archive(settings)
        try:
            parts = wiring.crawl_parts(settings, archive, wiring.election_of(settings))
            # To know that a source answers, a few of its pages are enough.
            parts = replace(parts, options=replace(parts.options, pages_per_visit=3))
            return await run_once(parts, sources, worker=wiring.worker_name(), stop=stop)
        finally:
            archive.close()

    return main


def _chosen(sources: Sequence[Source], only: Sequence[str]) -> list[Source]:
    unknown = set(only) - {source.id for source in sources}
    if unknown:
        raise InvalidInput(", ".join(sorted(unknown)), "ids of sources that are watched")
    return [source for source in sources if not only or source.id in only]


def _table(sources: Sequence[Source], found: dict[str, Report]) -> Table:
    table = Table("source", "kind", "posts", "result")
    for source in sources:
        report = found.get(source.id)
        result = "not visited" if report is None else report.error or "answers"
        table.add_row(source.id, source.kind, str(report.new if report else 0), result)
    return table
