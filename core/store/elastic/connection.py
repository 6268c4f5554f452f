"""Reaching an Elasticsearch server, and what goes wrong there in our words.

At the start a wrong setting is named (InvalidInput). Later the same trouble is StoreUnavailable: a
password that was changed or a certificate that ran out is put right while we go on.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import elastic_transport
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from core.errors import BaqylauError, InvalidInput, InvalidQuery, StoreError, StoreUnavailable

SETTING = "BAQYLAU_INDEX"
REPAIR = "`baqylau reindex` makes it anew from the archive"
DEFAULT_NAME = "baqylau"
OLDEST = (8, 0)
TIMEOUT_S = 30.0
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_VERSIONS = "Elasticsearch 8 or 9"
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Server:
    """Where an index is, and who we are there.

    `url` is that of the server. The last part of its path names the index, `baqylau` where there is
    none: https://host:9200/elections-2029; what is before it belongs to the server.
    """

    url: str
    user: str = "elastic"
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    ca: Path | None = None

    @property
    def name(self) -> str:
        """The name that all indices and aliases of this index begin with."""
        return urlsplit(self.url).path.rpartition("/")[2] or DEFAULT_NAME

    @property
    def address(self) -> str:
        """The URL of the server alone, its port written out."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return f"{parts.scheme}://{host}:{port}{parts.path.rpartition('/')[0]}"


def connect(server: Server) -> Elasticsearch:
    """A client of a server that answered, and is new enough.

    Raises InvalidInput naming the setting that is wrong, StoreUnavailable where nobody answers.
    """
    _check_url(server)
    client = _client(server)
    try:
        with naming_settings(server):
            nodes = client.nodes.info(metric="http", filter_path="nodes.*.version").body["nodes"]
    except BaseException:
        client.close()
        raise
    for version in {node["version"] for node in nodes.values()}:
        if _number(version) < OLDEST:
            client.close()
            raise InvalidInput(
                SETTING, f"a server with {_VERSIONS}; {server.address} runs {version}"
            )
    return client


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _check_url(server: Server) -> None:
    example = "https://host:9200 or https://host:9200/name"
    try:
        parts = urlsplit(server.url)
        is_whole = bool(parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError as error:
        raise InvalidInput(SETTING, f"a URL such as {example} ({error})") from error
    if not is_whole or parts.query or parts.fragment:
        raise InvalidInput(SETTING, f"a URL such as {example}")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput(
            SETTING, f"a URL without a password: that goes into {SETTING}_PASSWORD_FILE"
        )
    if not _NAME.fullmatch(server.name):
        raise InvalidInput(
            SETTING,
            f"an index name of small letters, digits, - and _ at its end, not {server.name!r}",
        )
    if parts.scheme == "http" and server.ca is not None:
        raise InvalidInput(SETTING, f"https:// where {SETTING}_CA is given")


def _client(server: Server) -> Elasticsearch:
    options: dict[str, Any] = {}
    if server.api_key:
        options["api_key"] = _key(server.api_key)
    elif server.password:  # encoded by us: the client takes ASCII alone, the server UTF-8
        options["basic_auth"] = _base64(f"{server.user}:{server.password}")
    if server.address.startswith("https:"):
        options["ssl_context"] = _tls(server.ca)
    # What is sent again after an error is for us to say: some of it must not be.
    return Elasticsearch(
        server.address, request_timeout=TIMEOUT_S, max_retries=0, retry_on_timeout=False, **options
    )


def _key(api_key: str) -> str:
    """An API key as it is sent, from that or from `id:key`."""
    if not re.fullmatch(r"[A-Za-z0-9+/_:=-]+", api_key):
        raise InvalidInput(
            f"{SETTING}_API_KEY", "the encoded key that Elasticsearch gave, or id:key"
        )
    return _base64(api_key) if ":" in api_key else api_key


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _tls(ca: Path | None) -> ssl.SSLContext:
    """TLS that trusts `ca` alone, or what the machine trusts."""
    if ca is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:  # an SSLError is one
        reason = "is not one" if isinstance(error, ssl.SSLError) else error.strerror
        raise InvalidInput(
            f"{SETTING}_CA", f"a file of certificates (PEM); {ca}: {reason}"
        ) from error


@contextmanager
def naming_settings(server: Server) -> Iterator[None]:
    """Trouble at the start, as the setting that is wrong."""
    try:
        yield
    except elastic_transport.TlsError as error:
        raise _refused_certificate(server, _said(error)) from error
    except (UnsupportedProductError, KeyError) as error:
        raise InvalidInput(
            SETTING, f"a server with {_VERSIONS}; {server.address} is something else"
        ) from error
    except ApiError as error:
        raise _refused(server, error) from error
    except elastic_transport.TransportError as error:
        raise _away(server, error) from error


def _refused_certificate(server: Server, message: str) -> BaqylauError:
    if "WRONG_VERSION_NUMBER" in message or "RECORD_LAYER" in message:
        return InvalidInput(SETTING, f"http:// where the server speaks no TLS; {server.address}")
    if "mismatch" in message or "doesn't match" in message:
        host = urlsplit(server.url).hostname
        return InvalidInput(SETTING, f"a host that the server's certificate is for; not {host}")
    if "expired" in message or "not yet valid" in message:
        return StoreUnavailable(f"{server.address}: its certificate is out of date ({SETTING})")
    if "CERTIFICATE_VERIFY_FAILED" in message:
        given = f"{server.ca} did not" if server.ca else "none is set"
        return InvalidInput(
            f"{SETTING}_CA",
            f"the file of the authority (PEM) that signed the certificate of {server.address}; "
            f"{given}",
        )
    return StoreUnavailable(f"{server.address}: TLS failed ({SETTING}): {message[:300]}")


def _refused(server: Server, error: ApiError) -> BaqylauError:
    secret = f"{SETTING}_{'API_KEY' if server.api_key else 'PASSWORD'}"
    if error.status_code == 401:
        who = "this key" if server.api_key else f"user {server.user!r} with this password"
        if not (server.api_key or server.password):
            who = "nobody without a password or a key"
        return InvalidInput(secret, f"one that {server.address} knows; it takes not {who}"
                            if server.api_key or server.password
                            else f"{server.address} lets in {who}")  # fmt: skip
    if error.status_code == 403:
        return InvalidInput(
            secret,
            f"somebody with the cluster privilege `monitor` and all of the indices "
            f"`{server.name}-v*`; {server.address}: {reason_of(error)}",
        )
    if error.status_code in {400, 405, 406, 415}:
        return InvalidInput(
            SETTING, f"a server with {_VERSIONS}; {server.address}: {reason_of(error)}"
        )
    if error.status_code in _BUSY:
        return StoreUnavailable(f"{server.address}: {reason_of(error)}")
    return InvalidInput(SETTING, f"{_VERSIONS} at {server.address}: {reason_of(error)}")


def _away(server: Server, error: elastic_transport.TransportError) -> StoreUnavailable:
    said = _said(error)
    if server.address.startswith("http:") and re.search("closed|reset|aborted", said):
        said += "; should it be https?"
    return StoreUnavailable(f"{server.address} cannot be reached ({SETTING}): {said}")


def _said(error: elastic_transport.TransportError) -> str:
    """What went wrong at the bottom of it: the client itself says no more than "TLS error"."""
    cause: BaseException = error.errors[-1] if error.errors else error
    while cause.__cause__ is not None or cause.__context__ is not None:
        cause = cause.__cause__ or cause.__context__ or cause
    return " ".join(str(cause).split())[:300] or type(cause).__name__


@contextmanager
def translated(server: Server) -> Iterator[None]:
    """Trouble later on: StoreUnavailable where trying later may help, StoreError where not."""
    try:
        yield
    except elastic_transport.TransportError as error:
        raise _away(server, error) from error
    except ApiError as error:
        raise wrapped(server, error) from error


def wrapped(server: Server, error: ApiError) -> BaqylauError:
    """What the server answered in place of what it was asked for."""
    reason = f"{server.address}: {reason_of(error)}"
    if error.status_code in _BUSY:
        return StoreUnavailable(reason)
    if error.status_code in {401, 403}:
        secret = "API_KEY" if server.api_key else "PASSWORD"
        return StoreUnavailable(f"{reason} ({SETTING}_{secret})")
    if error.status_code == 404:
        return StoreError(f"{reason}; {REPAIR}")
    if error.status_code == 400 and "too_many_nested_clauses" in reason:
        return InvalidQuery("query", f"something simpler ({reason})")
    return StoreError(reason)


def reason_of(error: ApiError) -> str:
    """The server's own words, in one line."""
    body = error.body
    found = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(found, dict):
        causes = found.get("root_cause") or [found]
        kind, said = causes[0].get("type", ""), causes[0].get("reason") or found.get("reason", "")
        found = f"{kind}: {said}"
    return f"{error.status_code} " + " ".join(str(found).split())[:300]
