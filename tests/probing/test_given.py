"""A target that is given its listener, and makes one of its own, is told so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import TargetProblem
from harness.probing.given import must_serve_what_it_is_given
from harness.values.address import Address, LaunchStyle, TcpAddress, UdpAddress, UnixAddress

GIVEN = TcpAddress("127.0.0.1", 7007)
OWN = TcpAddress("127.0.0.1", 7021)
IN_USE = b"Traceback...\nOSError: [Errno 98] Address already in use\n"


def instance(*places: Address, given: Address = GIVEN, output: str = "") -> Any:
    """One whose tree has these sockets beside the one that it was given."""
    everywhere = (given, *places)

    def of(kind: type[Address]) -> list[Address]:
        return [place for place in everywhere if isinstance(place, kind)]

    return SimpleNamespace(
        address=given,
        output=lambda: output,
        listeners=lambda: of(TcpAddress),
        unix_listeners=lambda: of(UnixAddress),
        datagram_sockets=lambda: of(UdpAddress),
    )


@pytest.mark.parametrize("style", [style for style in LaunchStyle if style != "listen"])
@pytest.mark.parametrize(
    ("own", "given"),
    [
        (OWN, GIVEN),
        (UnixAddress("/run/own"), GIVEN),
        (UnixAddress("/run/own"), UnixAddress("@given")),
        (UdpAddress("127.0.0.1", 7007), GIVEN),
    ],
)
def test_where_it_listens_is_named(style: LaunchStyle, own: Address, given: Address) -> None:
    with pytest.raises(TargetProblem) as raised:
        must_serve_what_it_is_given(instance(own, given=given), style, b"")
    assert f"--launch {style}" in raised.value.message
    assert own.url in raised.value.message and given.url not in raised.value.message
    assert "Leave out --launch" in raised.value.advice


@pytest.mark.parametrize(("said", "output"), [(IN_USE, ""), (b"", IN_USE.decode())])
def test_what_it_says_of_an_address_in_use_tells_it_too(said: bytes, output: str) -> None:
    """Its standard error is the connection, unless it is kept."""
    with pytest.raises(TargetProblem, match="wants to listen itself"):
        must_serve_what_it_is_given(instance(output=output), LaunchStyle.INETD, said)


@pytest.mark.parametrize(
    ("target", "style"),
    [
        (instance(), LaunchStyle.INETD),
        (instance(TcpAddress("::1", 7007)), LaunchStyle.INETD),
        (instance(OWN), LaunchStyle.LISTEN),
        (None, LaunchStyle.INETD),
    ],
    ids=["nothing of its own", "the same port", "a usual server", "not ours"],
)
def test_nobody_else_is_told_so(target: Any, style: LaunchStyle) -> None:
    """The clauses tell what is wrong with others."""
    must_serve_what_it_is_given(target, style, b"first client")
