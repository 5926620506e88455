"""Addresses: as one types them, and as they are shown."""

from __future__ import annotations

import socket

import pytest

from harness.errors import UsageProblem
from harness.values.address import (
    Address,
    LaunchStyle,
    TcpAddress,
    Transport,
    UdpAddress,
    UnixAddress,
    parse_address,
)
from harness.values.target import TargetSpec

TCP, UNIX, UDP = Transport.TCP, Transport.UNIX, Transport.UDP


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("127.0.0.1:7", TcpAddress("127.0.0.1", 7), "tcp://127.0.0.1:7"),
        ("tcp://127.0.0.1:7007", TcpAddress("127.0.0.1", 7007), "tcp://127.0.0.1:7007"),
        ("TCP://localhost:7/", TcpAddress("localhost", 7), "tcp://localhost:7"),
        ("tcp://[::1]:7", TcpAddress("::1", 7), "tcp://[::1]:7"),
        ("udp://[::1]:7", UdpAddress("::1", 7), "udp://[::1]:7"),
        ("unix:/run/echo", UnixAddress("/run/echo"), "unix:/run/echo"),
        ("unix:///run/echo", UnixAddress("/run/echo"), "unix:/run/echo"),
        ("unix:a:b", UnixAddress("a:b"), "unix:a:b"),
        ("unix:@echo", UnixAddress("@echo"), "unix:@echo"),
        ("/run/echo", UnixAddress("/run/echo"), "unix:/run/echo"),
        ("@echo", UnixAddress("@echo"), "unix:@echo"),
    ],
)
def test_addresses(text: str, address: Address, shown: str) -> None:
    """Read, and written so that they are read as the same again."""
    found = parse_address(text)
    assert (type(found), found) == (type(address), address)
    assert found.url == shown
    assert parse_address(found.url) == found
    assert found.local


def test_the_transport_may_be_said_apart() -> None:
    """It makes clear what HOST:PORT or a bare name is."""
    assert type(parse_address("127.0.0.1:7", UDP)) is UdpAddress
    assert parse_address("echo.sock", UNIX) == UnixAddress("echo.sock")


@pytest.mark.parametrize(
    ("text", "transport", "says"),
    [
        ("unix:", None, "no path of a Unix socket"),
        ("unix:@", None, "no path of a Unix socket"),
        ("unix:a\0b", None, "no path of a Unix socket"),
        ("unix:/" + "x" * 107, None, "has 108 bytes, and the system allows 107"),
        ("tcp://127.0.0.1", None, "is not an address"),
        ("udp://:7", None, "is not an address"),
        ("http://127.0.0.1:80", None, "there is no transport"),
        ("tls://127.0.0.1:80", None, "TLS is not spoken here yet"),
        ("tcp://127.0.0.1:7", UDP, "is no address for transport udp"),
        ("/run/echo", TCP, "is no address for transport tcp"),
    ],
)
def test_what_is_no_address(text: str, transport: Transport | None, says: str) -> None:
    """Told in one line, with what to write instead."""
    with pytest.raises(UsageProblem) as raised:
        parse_address(text, transport)
    assert says in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.advice


def test_the_longest_path_can_be_bound(tmp_path: object) -> None:
    """107 bytes are allowed, since the system allows them; an abstract name has as many."""
    name = "@" + "n" * 107
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(UnixAddress(name).name)
    assert parse_address(f"unix:{name}") == UnixAddress(name)


@pytest.mark.parametrize(
    ("spec", "candidates"),
    [
        (TargetSpec(command=("s",)), (TCP, UNIX, UDP)),
        (TargetSpec(command=("s",), port=7), (TCP, UDP)),
        (TargetSpec(command=("s", "{port}")), (TCP, UDP)),
        (TargetSpec(command=("s", "{path}")), (UNIX,)),
        (TargetSpec(command=("s", "{path}", "{port}")), (TCP, UNIX, UDP)),
        (TargetSpec(command=("s",), transport=UDP), (UDP,)),
        (TargetSpec(command=("s",), launch=LaunchStyle.INETD), (TCP,)),
        (TargetSpec(command=("s",), launch=LaunchStyle.INETD, transport=UNIX), (UNIX,)),
    ],
)
def test_what_a_target_may_speak(spec: TargetSpec, candidates: tuple[Transport, ...]) -> None:
    """All that was not ruled out by what was said."""
    assert spec.candidates == candidates
