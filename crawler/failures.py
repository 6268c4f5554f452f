"""Foreign errors wrapped where they enter: whatever went wrong in a fetch becomes a FetchError."""

from __future__ import annotations

from http import HTTPStatus

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from core.errors import AddressRefused, FetchError, ParseError, ResponseRefused
from crawler.settings import CrawlOptions


class RefusedForGood(ResponseRefused):
    """Asking again soon will bring the same: forbidden, too large, redirected without end."""


class HttpStatus(FetchError):
    """The server answered, and not with what was asked for."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(url, f"HTTP {status} {_phrase(status)}".rstrip())
        self.status = status

    @property
    def is_settled(self) -> bool:
        """True where asking again soon will not help."""
        return self.status in {401, 403, 404, 405, 406, 410, 451}


def is_settled(error: FetchError) -> bool:
    """True where asking again at once would bring the same, so nothing is lost by not asking."""
    if isinstance(error, HttpStatus):
        return error.is_settled
    return isinstance(error, ParseError | AddressRefused | RefusedForGood)


def error_name(error: FetchError) -> str:
    """The name it has in the tree of core.errors."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "core.errors")


def fetch_error(  # noqa: PLR0911  one kind a line
    url: str, error: BaseException, options: CrawlOptions
) -> FetchError:
    """`error` as the house's own, with a reason for people."""
    if isinstance(error, FetchError):
        return error
    if isinstance(error, DownloadTimeoutError):
        return ResponseRefused(url, f"no complete answer within {options.timeout_s:g} s")
    if isinstance(error, DownloadCancelledError):
        return RefusedForGood(url, f"larger than {options.max_bytes} bytes")
    if isinstance(error, IgnoreRequest):
        return _ignored(url, str(error), options)
    if isinstance(error, UnsupportedURLSchemeError):
        return AddressRefused(url, "only http and https are fetched")
    if isinstance(error, CannotResolveHostError):
        return FetchError(url, "the host name has no address")
    if isinstance(error, DownloadConnectionRefusedError):
        return FetchError(url, "the connection was refused")
    if isinstance(error, ResponseDataLossError):
        return FetchError(url, "the connection broke before the answer was complete")
    if isinstance(error, DownloadFailedError):
        return FetchError(url, f"the connection failed: {_innermost(error)}")
    return FetchError(url, f"{type(error).__name__}: {error}")


def _ignored(url: str, text: str, options: CrawlOptions) -> FetchError:
    if "redirections" in text:
        return RefusedForGood(url, f"more than {options.max_redirects} redirects")
    if "decompress" in text:
        return RefusedForGood(url, f"larger than {options.max_bytes} bytes when decompressed")
    return ResponseRefused(url, text)


def _innermost(error: BaseException) -> str:
    """Twisted wraps a TLS error in a failure, in a list, in an error."""
    reasons = getattr(error.__cause__, "reasons", None) or getattr(error, "reasons", None) or []
    for reason in reasons:
        value = getattr(reason, "value", reason)
        args = getattr(value, "args", ())
        if args and isinstance(args[0], list):  # OpenSSL: [(library, function, reason)]
            return "TLS: " + "; ".join(str(entry[-1]) for entry in args[0])
        return str(value) or type(value).__name__
    return str(error) or type(error).__name__


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
