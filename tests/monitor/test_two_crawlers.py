"""Two `crawl` processes with one list of sources on one archive: the work is done once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from config.settings import read_settings
from core.store.sql_archive import open_archive

SITES = 8
SOURCE = """\
  site-{n}:
    kind: feed
    url: "{base}/{n}/feed.xml"
    account: web:site-{n}.example
    role: media
    regions: [KZ-75]
    language: ru
    name: {{kk: Сайт, ru: Сайт, en: Site}}
    expected_per_day: 1
    checked: never
"""
ITEM = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Сайт</title>
<link>{base}/</link><description>.</description><item><title>Новость {n}</title>
<link>{base}/{n}/page</link><pubDate>Sat, 18 Mar 2023 10:00:00 +0600</pubDate></item>
</channel></rss>"""
PAGE = """<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>Новость</title></head>
<body><article><h1>Новость {n}</h1><p>Городские службы готовятся к паводку на улице номер {n}:
чистят арыки и укрепляют берега реки, работы закончат к концу марта, сообщили в акимате.</p>
</article></body></html>"""


@pytest.fixture
def asked() -> Counter[str]:
    return Counter()


@pytest.fixture
def base(asked: Counter[str]) -> Iterator[str]:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            number, _, name = self.path.strip("/").partition("/")
            text = {"feed.xml": ITEM, "page": PAGE}.get(name, "")
            self.send_response(200 if text else 404)
            kind = "application/rss+xml" if name == "feed.xml" else "text/html"
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.format(base=f"http://{self.headers['Host']}", n=number).encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_each_source_is_visited_once_and_each_post_kept_once(
    tmp_path: Path, base: str, asked: Counter[str]
) -> None:
    sources = tmp_path / "sources.yml"
    entries = "".join(SOURCE.format(n=n, base=f"http://{base}") for n in range(SITES))
    sources.write_text(f"sources:\n{entries}")
    environment = {**os.environ, "BAQYLAU_SOURCES": str(sources), "BAQYLAU_ALLOW_PRIVATE": base,
                   "BAQYLAU_DATA": str(tmp_path / "data"), "BAQYLAU_VISITS": "2",
                   "BAQYLAU_DELAY_S": "0.2"}  # fmt: skip
    command = [sys.executable, "-m", "monitor.cli", "crawl", "--once"]
    both = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
            for _ in range(2)]  # fmt: skip
    said = [process.communicate(timeout=180)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert all(asked[f"/{n}/feed.xml"] == 1 for n in range(SITES)), asked
    assert all(asked[f"/{n}/page"] == 1 for n in range(SITES)), asked
    archive = open_archive(read_settings(data=tmp_path / "data").archive_url)
    states = archive.states(archive.post_ids())
    healths = archive.source_health(datetime.now(UTC))
    archive.close()
    assert len(states) == SITES
    assert all(len(state.record.revisions) == 1 for state in states.values())
    assert [(one.posts_total, one.failures_in_a_row) for one in healths] == [(1, 0)] * SITES
