"""TLS and a password before a node that has neither, as a full Elasticsearch would ask for them.

What it lets through and what it answers by itself can be changed while it runs.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.services.elastic.certificates import Certificates

_HOP = {"connection", "transfer-encoding", "content-length", "host", "authorization"}


@dataclass
class Gate:
    """Who is let in, and what is answered in the server's place: path prefix -> (status, body)."""

    authorization: set[str] = field(default_factory=set)
    most_bytes: int = 1 << 30
    answers: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    product: str = "Elasticsearch"

    def let_in(self, user: str, password: str) -> None:
        """This user and nobody else, with this password."""
        self.authorization = {"Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def let_in_key(self, key: str) -> None:
        """Whoever has this API key."""
        self.authorization = {f"ApiKey {key}"}


@contextmanager
def proxy(target: str, gate: Gate, certificates: Certificates | None) -> Iterator[str]:
    """Listen before `target` while in the `with`; gives the URL to use instead."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(target, gate))
    server.daemon_threads = True
    scheme = "http"
    if certificates is not None:
        scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.server, certificates.key)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)  # fmt: skip
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(target: str, gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.behind = http.client.HTTPConnection(urlsplit(target).netloc)

        def handle(self) -> None:
            try:
                super().handle()
            except (ssl.SSLError, ConnectionError):
                self.close_connection = True  # a client that does not trust us, or speaks no TLS

        def relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            gate.seen.append(f"{self.command} {self.path}")
            for prefix, (status, answer) in gate.answers.items():
                if self.path.startswith(prefix):
                    return self.say(status, answer)
            if self.headers.get("Authorization") not in gate.authorization:
                reason = "unable to authenticate"
                return self.say(401, {"error": {"type": "security_exception", "reason": reason}})
            if len(body) > gate.most_bytes:
                return self.say(413, {"error": "Request Entity Too Large"})
            headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP}
            self.behind.request(self.command, self.path, body or None, headers)
            answered = self.behind.getresponse()
            return self.send(answered.status, answered.read(), dict(answered.getheaders()))

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = relay  # noqa: N815

        def say(self, status: int, answer: Mapping[str, Any]) -> None:
            kind = {"content-type": "application/json"}
            if gate.product:
                kind["X-Elastic-Product"] = gate.product
            self.send(status, json.dumps(answer).encode(), kind)

        def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for key, value in headers.items():
                if key.lower() not in _HOP:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass  # tests look at what was answered

    return Handler
