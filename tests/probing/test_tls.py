"""A target that speaks TLS is told from one that does not echo."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.probing.profile import detect, speed_of
from harness.probing.tls import answer, client_hello, is_alert, is_server_hello
from harness.values.target import TargetSpec
from harness.values.trace import ScriptTrace
from tests.conftest import Run

PATIENCE = 10.0
"""Seconds: a busy machine is waited for."""


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", True),
        (b"\x15\x03\x03\x00\x02\x01\x00", True),
        (b"\x15\x03\x03\x00\x02\x02\x16 and more", True),
        (b"\x15\x03\x03\x00\x02\x02", True),
        (b"\x15\x03\x03\x00\x02", False),
        (b"", False),
        (b"\x15\x03\x03\x00\x03\x02\x16", False),
        (b"\x15\x03\x03\x00\x02\x03\x16", False),
        (b"\x15\x02\x03\x00\x02\x02\x16", False),
        (b"\x16\x03\x03\x00\x02\x02\x16", False),
        (b"FIRST CLIENT\n", False),
    ],
)
def test_alerts(data: bytes, found: bool) -> None:
    """A record of two bytes, a level and a reason, is an alert, and nothing else is."""
    assert is_alert(data) is found


def test_hellos() -> None:
    """A server's hello is one, and a client's that comes back from an echo is none."""
    assert is_server_hello(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")
    assert not is_server_hello(client_hello())
    assert client_hello()[:2] == b"\x16\x03"
    assert client_hello()[5] == 1
    assert not is_alert(client_hello())


def test_the_first_bytes_that_came_back() -> None:
    """They are what was echoed, as far as it went, and then what was not."""
    assert answer(ScriptTrace(echoed=2, surplus=b"xy"), b"abc") == b"abxy"


SERVER = """
import os, socket, ssl
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # has no certificate, which is all one here
while True:
    connection, _ = listener.accept()
    try:
        {act}
    except OSError:
        pass
    connection.close()
"""
SPEAKS_TLS = "context.wrap_socket(connection, server_side=True)"
ALERTS = r"connection.recv(99); connection.sendall(b'\x15\x03\x03\x00\x02\x02\x0a')"
HANGS_UP = "connection.recv(99)"
ANSWERS_WRONG = "connection.sendall(connection.recv(99).upper())"
ECHOES_ONCE = "connection.sendall(connection.recv(999))"


def command(act: str) -> tuple[str, ...]:
    return (sys.executable, "-c", SERVER.format(act=act))


FleetOf = Callable[[str], SharedFleet]


@pytest.fixture
def fleet_for(keeper: Keeper) -> FleetOf:
    """``fleet_for(act)``: around a server that does ``act`` with each connection."""
    return lambda act: SharedFleet(Launcher(TargetSpec(command=command(act)), keeper))


@pytest.mark.parametrize(
    ("act", "tls"),
    [
        (SPEAKS_TLS, True),
        (ALERTS, True),
        (HANGS_UP, False),
        (ANSWERS_WRONG, False),
        (ECHOES_ONCE, False),
    ],
)
def test_what_servers_do(fleet_for: FleetOf, act: str, tls: bool) -> None:
    """Who answers in the words of TLS speaks it; who hangs up or answers wrongly does not."""
    assert detect(fleet_for(act), patience=PATIENCE).tls is tls
    assert speed_of(fleet_for(act), patience=PATIENCE).tls is tls


@pytest.mark.parametrize("profile", ["auto", "concurrent"])
def test_the_user_is_told(run: Run, profile: str) -> None:
    """It is no breach: the target cannot be tested, and the message says why and what to do."""
    done = run("check", "--profile", profile, "--", *command(SPEAKS_TLS))
    assert done.code == 3
    assert "the target speaks TLS" in done.out
    assert "TLS is not spoken here yet" in done.out
