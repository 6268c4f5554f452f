"""`baqylau up`: what is started, with which settings; for the demo also its world."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from config.settings import PREFIX, Settings, read_settings
from core.errors import InvalidInput
from monitor.supervisor import Child, Supervisor

CHILDREN = ("serve", "crawl", "work")
# Only a directory with this file in it is ever emptied.
DEMO_MARK = ".baqylau-demo"


def run_up(settings: Settings, *, demo: bool, console: Console) -> int:
    """Start everything and wait for Ctrl-C. The exit status of the whole."""
    if not demo:
        return _supervise(settings, environment_of(settings), console)
    with demo_world(settings) as changed:
        shown = read_settings(**changed)
        console.print(
            "[bold]The demo[/bold]: an invented world on loopback; its clock is set to "
            f"18 March 2023, the day of silence. Everything lies in {shown.data} and is made anew "
            "at every start."
        )
        return _supervise(shown, environment_of(shown), console)


def _supervise(settings: Settings, environment: Mapping[str, str], console: Console) -> int:
    from monitor import wiring

    # What is wrong with profile, sources or a store is said once, before three processes say it.
    wiring.sources_of(settings, wiring.election_of(settings), check_addresses=False)
    wiring.open_archive(settings).close()
    wiring.open_index(settings, writable=False).close()
    console.print(f"Pages and API: http://{settings.host}:{settings.port}  (Ctrl-C ends)")
    children = [Child(name, [name]) for name in CHILDREN]
    supervisor = Supervisor(children, environment, console)
    # SIGINT too: what a script starts in the background has it ignored and would never end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop.set())
    return supervisor.run()


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the variables that the processes read: they see what we see."""
    found: dict[str, str] = {}
    for name, value in settings.model_dump().items():
        if value == ():
            continue
        separator = os.pathsep if name == "elections_dirs" else ","
        text = separator.join(map(str, value)) if isinstance(value, tuple) else str(value)
        if value is None:
            text = ""  # empty, or a child would find the environment's
        found[f"{PREFIX}{name.upper()}"] = text
    return found


@contextmanager
def demo_world(settings: Settings) -> Iterator[dict[str, object]]:
    """Serve the demo's world; yields the settings that watch it."""
    from monitor.clock import SystemClock
    from monitor.demo.server import DemoServer, Sites
    from monitor.demo.world import START, load_world

    # The crawl begins with the world at START, whatever the machine's clock says.
    shift = START - datetime.now(UTC)
    data = _fresh(settings.data / "demo")
    raw = yaml.safe_load(_demo_file("sources.yml"))
    sites = Sites(load_world(), *_titles(raw["sources"]), clock=SystemClock(shift))
    server = DemoServer(sites)
    server.start()
    try:
        base = f"http://127.0.0.1:{server.port}"
        sources = data / "sources.yml"
        sources.write_text(_demo_file("sources.yml").replace("{base}", base), encoding="utf-8")
        yield {
            **settings.model_dump(),
            "data": data,
            # Named, or the environment's would be filled in: an invented world in a real archive.
            "archive": "",
            "archive_file": None,
            "index": None,
            "sources": (str(sources),),
            "election": "kz-maslikhat-2023",
            "allow_private": (f"127.0.0.1:{server.port}",),
            "demo": True,
            "clock_shift_s": shift.total_seconds(),
            "visit_silence_min": 0.2,
            "look_silence_min": 0.5,
            "delay_s": 0.0,
        }
    finally:
        server.close()


def _titles(sources: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """Names and languages of the sites, by the id in their addresses."""
    names: dict[str, str] = {}
    languages: dict[str, str] = {}
    for source in sources.values():
        parts = str(source["url"]).split("/")
        site = parts[2] if parts[1] == "s" else parts[1]
        languages[site] = "ru" if source["language"] == "mixed" else source["language"]
        names[site] = source["name"][languages[site]]
    return names, languages


def _demo_file(name: str) -> str:
    return files("monitor.demo").joinpath(name).read_text(encoding="utf-8")


def _fresh(data: Path) -> Path:
    """An empty directory for the demo. Raises InvalidInput rather than empty somebody else's."""
    if data.exists() and any(data.iterdir()):
        if not (data / DEMO_MARK).exists():
            raise InvalidInput(str(data), "an empty directory, or one that a demo made")
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / DEMO_MARK).touch()
    return data
