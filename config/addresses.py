"""Addresses of sources: what may be fetched at all, in one normal form."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from core.election import AccountRef
from core.errors import InvalidInput, InvalidSource
from core.identity import normalise_url
from core.model import SourceKind

TELEGRAM_HOSTS = ("t.me", "telegram.me", "www.t.me")
_PORTS = {"http": 80, "https": 443}
_PRIVATE_NAMES = re.compile(r"(^|\.)(localhost|local|internal|home\.arpa)$")


def checked_url(url: str, kind: SourceKind, allowed: frozenset[str]) -> str:
    """`url` in normal form (t.me/channel becomes its public preview t.me/s/channel).

    Raises InvalidSource for another scheme, credentials, or a private address not in `allowed`.
    """
    scheme = url.split(":", 1)[0].lower()
    if scheme not in _PORTS:
        raise InvalidSource(url, f"an http or https address, got {url!r}")
    try:
        normal = normalise_url(url)
        parts = urlsplit(normal)
        host, port = parts.hostname or "", parts.port or _PORTS[scheme]
    except (InvalidInput, ValueError, UnicodeError) as error:
        raise InvalidSource(url, f"an http or https address, got {url!r} ({error})") from error
    if urlsplit(url).username is not None:
        raise InvalidSource(url, "an address without user name and password")
    if is_private_host(host) and f"{host}:{port}" not in allowed:
        raise InvalidSource(
            url, f"a public address; {host} is private (allow_private may list {host}:{port})"
        )
    return _telegram_preview(parts) if kind == "telegram" else normal


def is_private_host(host: str) -> bool:
    """True for a name or number that is not of the public internet, in any of its spellings.

    inet_aton also reads 127.1, 2130706433 and 0x7f.1, as curl and browsers do.
    """
    bare = host.strip("[]").lower().rstrip(".").partition("%")[0]
    if _PRIVATE_NAMES.search(bare):
        return True
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        try:
            address = ipaddress.ip_address(socket.inet_aton(bare))
        except (OSError, UnicodeError):
            return False
    mapped = getattr(address, "ipv4_mapped", None)
    plain = mapped or address
    return not plain.is_global or plain.is_multicast


def _telegram_preview(parts: SplitResult) -> str:
    base = f"{parts.scheme}://{parts.netloc}"
    names = [name for name in parts.path.split("/") if name]
    if parts.hostname in TELEGRAM_HOSTS:
        names = names[1:] if names[:1] == ["s"] else names
        if len(names) != 1 or not re.fullmatch(r"\w{4,32}", names[0]):
            raise InvalidSource(parts.geturl(), "a public channel: https://t.me/s/channel")
        return f"https://t.me/s/{names[0]}"
    if not names:
        raise InvalidSource(parts.geturl(), f"{base}/s/channel")
    return parts.geturl()


def account_of(url: str, kind: SourceKind) -> AccountRef:
    """Whose address it is: the channel on Telegram, the host (without www) on the web."""
    parts = urlsplit(url)
    if kind == "telegram":
        return AccountRef("telegram", parts.path.rstrip("/").rsplit("/", 1)[-1].lower())
    return AccountRef("web", (parts.hostname or "").removeprefix("www."))
