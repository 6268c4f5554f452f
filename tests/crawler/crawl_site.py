"""A small web server for tests: each path has an answer, or a list of answers used up in turn.

What was sent is kept byte by byte, and so is what was asked.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Answer:
    """A response. `body` is sent as it is; `drip_s` is waited after each piece of a chunked one."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    chunked: bool = False
    pieces: Callable[[], Iterator[bytes]] | None = None
    drip_s: float = 0.0


def html(text: str, **kwargs: object) -> Answer:
    """A page."""
    return Answer(text.encode(), **kwargs)  # type: ignore[arg-type]


def xml(text: str, *headers: tuple[str, str]) -> Answer:
    """A feed or a sitemap."""
    return Answer(text.encode(), headers=(("Content-Type", "application/xml"), *headers))


def redirect(to: str, status: int = 302) -> Answer:
    """A redirect."""
    return Answer(status=status, headers=(("Location", to),))


def gzipped(text: str) -> Answer:
    """A page with Content-Encoding gzip."""
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"))
    return Answer(gzip.compress(text.encode(), mtime=0), headers=headers)


Route = Answer | list[Answer] | Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    at: float


@dataclass
class Site:
    """A server on a free port of 127.0.0.1. Paths without an answer are 404."""

    routes: dict[str, Route] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    # A directory: then the site speaks TLS, with a certificate of its own making laid there.
    certificate: Path | None = None
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Site:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = Asked(
                    self.path, {k.lower(): v for k, v in self.headers.items()}, time.time()
                )
                site.asked.append(asked)
                try:
                    self._send(site.answer(asked))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def _send(self, answer: Answer) -> None:
                lines = [f"HTTP/1.1 {answer.status} Said so"]
                lines += [f"{name}: {value}" for name, value in answer.headers]
                endless = answer.pieces is not None or answer.chunked
                if endless:
                    lines.append("transfer-encoding: chunked")
                elif answer.status != 304:
                    lines.append(f"content-length: {len(answer.body)}")
                self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
                if not endless:
                    self.wfile.write(answer.body)
                    return
                pieces = answer.pieces() if answer.pieces else _halves(answer.body)
                for piece in pieces:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    time.sleep(answer.drip_s)
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self_signed(self.certificate))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Answer:
        """The answer to a request; of a list the next, and the last one for ever."""
        route = self.routes.get(asked.path, Answer(b"not here", status=404))
        if callable(route):
            return route(asked)
        if isinstance(route, list):
            return route.pop(0) if len(route) > 1 else route[0]
        return route

    @property
    def netloc(self) -> str:
        """host:port, as allow_private wants it."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"http://{self.netloc}{path}"

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one.path == path for one in self.asked)


def _halves(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    yield body[len(body) // 2 :]


def self_signed(directory: Path) -> Path:
    """A file with a fresh key and a certificate for 127.0.0.1 that no one else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = directory / "site.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
