"""The options for transports and ways to be launched, from whatever they come."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import UsageProblem
from harness.settings.choices import choose
from harness.settings.making import arguments, settings
from harness.values.address import LaunchStyle, TcpAddress, Transport, UdpAddress, UnixAddress
from harness.values.target import TargetSpec


def target(**options: Any) -> TargetSpec:
    return settings(choose(options)).target


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"transport": "auto", "launch": "listen"}, {}),
        ({"transport": Transport.UNIX}, {"transport": Transport.UNIX}),
        ({"launch": "inetd"}, {"launch": LaunchStyle.INETD}),
        (
            {"launch": "inetd", "keep_stderr": True, "transport": "unix"},
            {"launch": LaunchStyle.INETD, "keep_stderr": True, "transport": Transport.UNIX},
        ),
        (
            {"launch": "inetd-wait", "transport": "udp"},
            {"launch": LaunchStyle.INETD_WAIT, "transport": Transport.UDP},
        ),
    ],
)
def test_what_is_chosen(options: dict[str, Any], expected: dict[str, Any]) -> None:
    """And the arguments that repeat it lead to the same."""
    chosen = settings(choose({"command": ("server",), **options}))
    assert chosen.target == TargetSpec(command=("server",), **expected)
    words = arguments(chosen)
    for name, value in expected.items():
        option = f"--{name.replace('_', '-')}"
        assert option in words
        assert value is True or words[words.index(option) + 1] == value
    assert "auto" not in words
    assert "listen" not in words


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({"connect": "127.0.0.1:7"}, TcpAddress("127.0.0.1", 7)),
        ({"connect": "unix:@echo"}, UnixAddress("@echo")),
        ({"connect": "udp://[::1]:7"}, UdpAddress("::1", 7)),
        ({"connect": "127.0.0.1:7", "transport": "udp"}, UdpAddress("127.0.0.1", 7)),
    ],
)
def test_connect(options: dict[str, Any], address: object) -> None:
    """URLs, and HOST:PORT as ever; repeated as a URL."""
    run = settings(choose(options))
    assert (type(run.target.connect), run.target.connect) == (type(address), address)
    assert run.target.connect is not None
    assert arguments(run) == ("--connect", run.target.connect.url)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"command": ("s",), "transport": "sctp"}, "one of auto, tcp, unix, udp"),
        ({"command": ("s",), "launch": "inet"}, "one of listen, inetd, inetd-wait"),
        ({"command": ("s",), "transport": "unix", "port": 7}, "port has no meaning"),
        ({"command": ("s",), "launch": "inetd", "port": 7}, "port has no meaning"),
        ({"command": ("s",), "launch": "inetd", "transport": "udp"}, "datagrams make no connec"),
        ({"command": ("s",), "keep_stderr": True}, "keep-stderr has no meaning"),
        ({"connect": "unix:/x", "launch": "inetd"}, "launch has no meaning with connect"),
        ({"connect": "unix:/x", "transport": "tcp"}, "no address for transport tcp"),
        ({"connect": "unix:/" + "x" * 200}, "the system allows 107"),
    ],
)
def test_what_does_not_go_together(options: dict[str, Any], says: str) -> None:
    """One line that names both, and what to do."""
    with pytest.raises(UsageProblem) as raised:
        target(**options)
    assert says in f"{raised.value}"
    assert raised.value.message.count("\n") == 0
    assert raised.value.advice


def test_an_address_is_mended_as_it_is_wrong() -> None:
    """A path that is too long is not told to become a URL."""
    with pytest.raises(UsageProblem, match="has 109 bytes") as raised:
        choose({"connect": "unix:/" + "x" * 108})
    assert raised.value.advice.startswith("Take a shorter one")
    with pytest.raises(UsageProblem) as raised:
        choose({"connect": "nowhere"})
    assert "HOST:PORT" in raised.value.advice
