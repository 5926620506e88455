"""How fast a target is, seen before anything is asked of it."""

from __future__ import annotations

import socket
import time

import pytest

from harness.probing.profile import SAMPLE, SLOW, Sampled, speed_of
from tests.support.serving import serving


def slowly(connection: socket.socket) -> None:
    while data := connection.recv(1024):
        time.sleep(0.02)
        connection.sendall(data)


def at_once(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def once(connection: socket.socket) -> None:
    connection.sendall(connection.recv(65536))
    while connection.recv(65536):
        pass


def never(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def test_a_slow_target_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has come when its time is over says how fast it is: some 50 KB/s here, or less."""
    monkeypatch.setattr("harness.probing.profile.SAMPLE_TIME", 0.5)
    with serving(slowly) as server:
        speed = speed_of(server.fleet, patience=5.0).slow
        assert speed is not None
        assert 1000 < speed < SAMPLE / 2
        assert len(server.peers) == 1


def test_a_quick_target_needs_no_figure() -> None:
    """From a few MiB a second on, plans are what they are."""
    with serving(at_once) as server:
        speed = speed_of(server.fleet, patience=5.0).slow
        assert speed is None or speed > SLOW / 100, "on a machine with too much to do"


def test_a_target_that_has_stopped_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers its first read and then no more: plans must not become so small that it would
    pass them."""
    monkeypatch.setattr("harness.probing.profile.SAMPLE_TIME", 1.0)
    monkeypatch.setattr("harness.probing.profile.STANDS_STILL", 0.5)
    with serving(once) as server:
        assert speed_of(server.fleet, patience=5.0) == Sampled(echoes=True)


def test_a_silent_target_has_no_speed() -> None:
    """It is not slow but wrong, which checks will tell."""
    with serving(never) as server:
        assert speed_of(server.fleet, patience=0.3) == Sampled()
