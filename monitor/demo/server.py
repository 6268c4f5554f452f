"""Serves the world on a loopback port until it is told to stop, faults of real sources included."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from core.ports import Clock
from monitor.demo import pages
from monitor.demo.world import DemoPost, World

_PAGE = re.compile(r"/(?P<site>[\w-]+)/news/(?P<number>\d+)")
_CHANNEL = re.compile(r"/s/(?P<site>\w+)")
_LISTING = re.compile(r"/(?P<site>[\w-]+)/(?P<listing>feed\.xml|atom\.xml|sitemap\.xml|page)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


NOT_THERE = Answer(b"<!doctype html><title>404</title>", status=HTTPStatus.NOT_FOUND)
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sites:
    """Answers a path of the world at the present moment of `clock`."""

    world: World
    titles: Mapping[str, str]
    languages: Mapping[str, str]
    clock: Clock

    def answer(self, target: str, base: str) -> Answer:
        """The answer to a request target, as seen from `base` (scheme and authority)."""
        parts = urlsplit(target)
        if parts.path == "/robots.txt":
            return Answer(b"User-agent: *\nAllow: /\n", "text/plain")
        if found := _CHANNEL.fullmatch(parts.path):
            before = parse_qs(parts.query).get("before", [""])[0]
            return self._channel(found["site"], base, int(before) if before.isdigit() else None)
        if found := _PAGE.fullmatch(parts.path):
            return self._page(found["site"], int(found["number"]), base)
        if found := _LISTING.fullmatch(parts.path):
            return self._listing(found["site"], found["listing"], base)
        return NOT_THERE

    def _visible(self, site: str) -> list[DemoPost]:
        return self.world.visible(site, self.clock.now())

    def _channel(self, site: str, base: str, before: int | None) -> Answer:
        if site not in self.titles:
            return NOT_THERE
        page = pages.channel(
            site,
            self.titles[site],
            base,
            self._visible(site),
            now=self.clock.now(),
            before=before,
        )
        return Answer(page.encode())

    def _page(self, site: str, number: int, base: str) -> Answer:
        for post in self._visible(site):
            if post.number == number:
                return self._article(post, base)
        return NOT_THERE

    def _article(self, post: DemoPost, base: str) -> Answer:
        page = pages.article(
            self.titles[post.site], self.languages[post.site], base, post, self.clock.now()
        )
        return Answer(page.encode())

    def _listing(self, site: str, listing: str, base: str) -> Answer:
        posts = self._visible(site)
        title = self.titles.get(site, "")
        if listing == "feed.xml":
            return _fault(site, pages.rss(site, title, base, posts))
        if listing == "atom.xml":
            return Answer(pages.atom(site, title, base, posts, now=self.clock.now()).encode(), XML)
        if listing == "sitemap.xml":
            return Answer(pages.news_sitemap(title, base, posts).encode(), XML)
        return self._article(posts[0], base) if posts else NOT_THERE


def _fault(site: str, feed: str) -> Answer:
    """The feed, with the fault that its site is known for (see sources.yml)."""
    if site == "demo-broken":  # a tag that never closes: what stands before it can be read
        return Answer(feed.replace("</channel></rss>", "<item><title>").encode(), XML)
    if site == "demo-cp1251":  # says UTF-8, is windows-1251
        return Answer(feed.encode("cp1251", "replace"), XML)
    if site == "demo-maintenance":  # HTML where XML was promised
        return Answer("<!doctype html><h1>Технические работы</h1>".encode())
    return Answer(feed.encode(), XML)


class DemoServer:
    """The world on 127.0.0.1, in a thread. `port` 0 takes a free one."""

    def __init__(self, sites: Sites, port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer = sites.answer(self.path, f"http://{self.headers.get('Host', '')}")
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet: the crawler's log tells the same."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
