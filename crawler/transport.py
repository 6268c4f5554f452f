"""Scrapy's HTTP handler with two things added: who may be connected to, and what really came.

Addresses are judged where they are used: each address a name resolved to, at the moment of
connecting. The head of a response is kept as its lines came, because Scrapy hands out header
names in its own case and order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.address import IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IResolutionReceiver, IStreamClientEndpoint
from twisted.web.client import URI, Agent
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.addresses import AddressPolicy
from crawler.visit import visit_of
from crawler.wire import Headers

# Where the handler leaves the heads in a request's meta; crawler/middlewares/capture.py reads it.
HEADS = "baqylau_heads"
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Heads:
    """The request as sent and the response's head as received."""

    request_line: str
    request_headers: Headers
    status_line: str
    headers: Headers


class GuardedHandler(HTTP11DownloadHandler):
    """Downloads for http and https; everything else has no handler at all."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._policy: AddressPolicy = visit_of(crawler).parts.addresses
        self._pool._factory = _RecordingFactory
        # As many as run at once to our own hosts too: 360 pages take 151 connections, not 240.
        options = visit_of(crawler).parts.options
        self._pool.maxPersistentPerHost = max(options.per_host, options.own_per_host)

    async def download_request(self, request: Request) -> Response:
        """As Scrapy's, through an agent that looks at addresses first."""
        agent = _GuardedAgent(
            policy=self._policy,
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=True,
            crawler=self._crawler,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


class _GuardedAgent(_ScrapyAgent):
    def __init__(self, *, policy: AddressPolicy, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._policy = policy

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        from twisted.internet import reactor  # noqa: PLC0415  importing it installs one

        endpoints = _GuardedEndpoints(reactor, self._contextFactory, timeout, self._policy)
        agent: Agent = Agent.usingEndpointFactory(  # type: ignore[no-untyped-call]
            reactor, endpoints, self._pool
        )
        return agent

    def _cb_latency(self, result: Any, request: Request, start_time: float) -> Any:
        request.meta[HEADS] = getattr(result, "_baqylau_heads", None)
        return super()._cb_latency(result, request, start_time)


@implementer(IAgentEndpointFactory)
class _GuardedEndpoints:
    def __init__(self, reactor: Any, contexts: Any, timeout: float, policy: AddressPolicy) -> None:
        self._reactor = reactor
        self._contexts = contexts
        self._timeout = timeout
        self._policy = policy

    def endpointForURI(self, uri: URI) -> Any:  # noqa: N802  Twisted's name
        host = uri.host.decode("ascii")
        endpoint: Any = GuardedEndpoint(self._reactor, host, uri.port, self._timeout, self._policy)
        if uri.scheme == b"https":
            return wrapClientTLS(self._contexts.creatorForNetloc(uri.host, uri.port), endpoint)
        return endpoint


@implementer(IStreamClientEndpoint)
class GuardedEndpoint:
    """Resolves a name, drops what the policy refuses, connects to the first that answers."""

    def __init__(
        self, reactor: Any, host: str, port: int, timeout: float, policy: AddressPolicy
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._timeout = timeout
        self._policy = policy

    def connect(self, factory: Any) -> Deferred[Any]:
        """The connected protocol, or AddressRefused, DNSLookupError, or the last attempt's."""
        return Deferred.fromCoroutine(self._connect(factory))

    async def _connect(self, factory: Any) -> Any:
        found = await self._resolve()
        if not found:
            raise DNSLookupError(f"{self._host} has no address")
        permitted = [
            address
            for address in found
            if self._policy.permits_address(self._host, self._port, address.host)
        ]
        if not permitted:
            raise self._policy.refusal(self._host, self._port, (a.host for a in found))
        # IPv4 first: a host without a route to IPv6 would spend the time limit finding out.
        permitted.sort(key=lambda address: isinstance(address, IPv6Address))
        failure: Exception | None = None
        for address in permitted[:_ATTEMPTS]:
            try:
                return await self._endpoint(address).connect(factory)
            except Exception as error:  # the last one is raised
                failure = error
        assert failure is not None  # noqa: S101
        raise failure

    def _endpoint(self, address: Any) -> Any:
        kind = TCP6ClientEndpoint if isinstance(address, IPv6Address) else TCP4ClientEndpoint
        return kind(self._reactor, address.host, address.port, timeout=self._timeout)

    def _resolve(self) -> Deferred[list[Any]]:
        receiver = _Receiver()
        self._reactor.nameResolver.resolveHostName(
            receiver, self._host.strip("[]"), portNumber=self._port
        )
        return receiver.done


@implementer(IResolutionReceiver)
class _Receiver:
    def __init__(self) -> None:
        self.done: Deferred[list[Any]] = Deferred()
        self._found: list[Any] = []

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802
        """Nothing to do: a resolution cannot be stopped."""

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self._found.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if not self.done.called:
            self.done.callback(self._found)


class _RecordingParser(_LenientHTTPClientParser):
    """Keeps the status line and the header lines as they came."""

    def statusReceived(self, status: bytes) -> None:  # noqa: N802
        super().statusReceived(status)  # type: ignore[no-untyped-call]
        self._status_line = status
        self._lines: list[tuple[bytes, bytes]] = []

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802
        self._lines.append((name.strip(), value))
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:  # noqa: N802
        sent = self.request
        self.response._baqylau_heads = Heads(
            request_line=f"{_text(sent.method)} {_text(sent.uri)} HTTP/1.1",
            request_headers=tuple(
                (_text(name), _text(value))
                for name, values in sent.headers.getAllRawHeaders()
                for value in values
            ),
            status_line=_text(self._status_line),
            headers=tuple((_text(name), _text(value)) for name, value in self._lines),
        )
        super().allHeadersReceived()  # type: ignore[no-untyped-call]


class _RecordingProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Deferred[Any]:
        answer: Deferred[Any] = super().request(request)
        # Scrapy swaps the parser's class here in the same way and for the same reason: Twisted
        # names the class in the middle of the method.
        self._parser.__class__ = _RecordingParser
        return answer


class _RecordingFactory(_LenientHTTP11ClientFactory):
    _quiescentCallback: Callable[..., None]  # noqa: N815

    def buildProtocol(self, addr: object) -> _RecordingProtocol:  # noqa: N802
        return _RecordingProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


def _text(data: bytes) -> str:
    return data.decode("latin-1")
