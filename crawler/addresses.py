"""Which addresses the crawler may connect to: public ones, and what `allow_private` lists.

A source's URL, a redirect or a name whose DNS answer changes must not turn the crawler into a way
into somebody's own network. The check is made on the URL, and again on each address resolved at
the moment of connecting (crawler/transport.py), so an answer that changes in between gains nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import AddressRefused, InvalidInput

_PORTS = {"http": 80, "https": 443}
# RFC 6052 and 3056: IPv6 addresses that carry an IPv4 address in them.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """`allowed` holds `host:port` in lower case, exactly as a URL would name them."""

    allowed: frozenset[str] = frozenset()

    def check_url(self, url: str) -> None:
        """Raise AddressRefused for another scheme, no host, or a private address written out."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise AddressRefused(url, f"not a URL that can be fetched: {error}") from error
        if parts.scheme not in _PORTS:
            raise AddressRefused(
                url, f"scheme {parts.scheme or 'missing'!r}: only http and https are fetched"
            )
        host = parts.hostname or ""
        if not host:
            raise AddressRefused(url, "the URL names no host")
        if not self.permits_name(host, port or _PORTS[parts.scheme]):
            raise AddressRefused(url, _refusal(host, port or _PORTS[parts.scheme]))

    def permits_name(self, host: str, port: int) -> bool:
        """False where `host` itself says that it is private; a name is judged when resolved."""
        if self.lists(host, port):
            return True
        written = _numeric(host)
        return written is None or is_public(written)

    def permits_address(self, host: str, port: int, address: str) -> bool:
        """May the crawler connect to `address`, which is what `host` resolved to just now?"""
        return self.lists(host, port) or self.lists(address, port) or is_public(address)

    def lists(self, host: str, port: int) -> bool:
        """True where `allow_private` names this host and port."""
        name = host.strip("[]").rstrip(".").lower()
        return f"{name}:{port}" in self.allowed or f"[{name}]:{port}" in self.allowed

    def refusal(self, host: str, port: int, addresses: Iterable[str]) -> AddressRefused:
        """The error for a name that resolved to nothing the crawler may connect to."""
        found = ", ".join(sorted(set(addresses)))
        return AddressRefused(f"{host}:{port}", f"resolves to {found}: {_refusal(host, port)}")


def policy(allow_private: Iterable[str]) -> AddressPolicy:
    """The policy for the `host:port` entries of a setting.

    Raises InvalidInput for an entry that is not `host:port`.
    """
    entries = frozenset(entry.strip().lower() for entry in allow_private)
    for entry in entries:
        _host, _, port = entry.rpartition(":")
        if not _host or not port.isdecimal():
            raise InvalidInput(f"allow_private: {entry!r}", "host:port, such as 127.0.0.1:8080")
    return AddressPolicy(entries)


def is_public(address: str) -> bool:
    """True for a unicast address of the public internet; an IPv4 one inside an IPv6 one counts.

    `is_global` alone is not enough: it is True for multicast, and for what NAT64 and 6to4 wrap.
    """
    try:
        ip: _Address = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or _embedded(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64 or int(ip) >> 32 == 0:  # the second: the old ::a.b.c.d form
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(int(ip) >> 80 & 0xFFFFFFFF)
    return None


def _numeric(host: str) -> str | None:
    """The address a host spells, in the odd ways that inet_aton also takes; None for a name."""
    bare = host.strip("[]")
    try:
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        pass
    parts = bare.rstrip(".").split(".")
    numbers = [_number(part) for part in parts]
    if len(parts) > 4 or any(number is None for number in numbers):
        return None
    value = 0
    for number in numbers[:-1]:
        value = value << 8 | (number or 0) & 0xFF
    value = value << 8 * (5 - len(numbers)) | (numbers[-1] or 0)
    return str(ipaddress.IPv4Address(value & 0xFFFFFFFF))


def _number(part: str) -> int | None:
    """`10`, `0x7f` or `017`, as inet_aton reads them."""
    try:
        if part[:2].lower() == "0x":
            return int(part[2:] or "0", 16)
        if len(part) > 1 and part[0] == "0":
            return int(part, 8)
        return int(part) if part.isdecimal() else None
    except ValueError:
        return None


def _refusal(host: str, port: int) -> str:
    return (
        f"a private, loopback or otherwise non-public address; "
        f"list {host}:{port} in allow_private if it is meant"
    )
