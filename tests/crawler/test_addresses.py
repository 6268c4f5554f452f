"""Which addresses may be connected to."""

from __future__ import annotations

import pytest

from core.errors import AddressRefused, InvalidInput
from crawler.addresses import is_public, policy


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1",
        "2001:db8::1", "not an address",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "149.154.167.99", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://127.1:8080/", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://0/",
        "https://user:pass@10.0.0.1/", "file:///etc/passwd", "gopher://x/", "//example.kz/",
        "http://", "http:///x", "http://[::1", "http://example.kz:99999/",
    ],
)  # fmt: skip
def test_a_url_that_says_so_itself_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        policy([]).check_url(url)


@pytest.mark.parametrize(
    "url", ["http://example.kz/", "https://8.8.8.8:8443/x", "http://сайт.қаз/", "http://1e100.net/"]
)
def test_a_public_url_or_a_name_passes(url: str) -> None:
    policy([]).check_url(url)


def test_allow_private_lists_host_and_port_and_not_the_port_beside_it() -> None:
    allowed = policy(["127.0.0.1:8080", "[::1]:80", "Intern.kz:443"])
    allowed.check_url("http://127.0.0.1:8080/x")
    allowed.check_url("http://[::1]/x")
    with pytest.raises(AddressRefused, match=r"list 127\.0\.0\.1:8081 in allow_private"):
        allowed.check_url("http://127.0.0.1:8081/x")
    assert allowed.permits_address("intern.kz", 443, "10.0.0.7")
    assert not allowed.permits_address("intern.kz", 80, "10.0.0.7")
    assert allowed.permits_address("localhost", 8080, "127.0.0.1")


@pytest.mark.parametrize("entry", ["127.0.0.1", ":80", "host:", "host:http"])
def test_an_entry_that_is_not_host_and_port_is_an_error(entry: str) -> None:
    with pytest.raises(InvalidInput, match="host:port"):
        policy([entry])
