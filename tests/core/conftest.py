"""Fixtures of these tests: whatever they launch is ended, by its id, when they end."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

import pytest

from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.values.target import TargetSpec

ROUGH = """\
import contextlib, os, select, signal, socket, subprocess, sys, threading, time
port = int(os.environ["PORT"])

def echo(connection, size=1024):
    while data := connection.recv(size):
        connection.sendall(data)

def serve(handler=echo):
    while True:
        connection, _ = listener.accept()
        with contextlib.suppress(ConnectionError), connection:
            handler(connection)

"""
"""A server begins like this."""
LISTEN = 'listener = socket.create_server(("127.0.0.1", port), backlog=128)'

Launch = Callable[..., Instance]


def rough(code: str = "serve()", *, listen: str = LISTEN) -> tuple[str, ...]:
    """The command of a server: ``listen`` makes it ready, so what must be so before is there."""
    return (sys.executable, "-S", "-c", f"{ROUGH}{listen}\n{code}")


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """Ends whatever was launched through it."""
    made = Keeper()
    with contextlib.closing(made):
        yield made


@pytest.fixture
def launch(keeper: Keeper) -> Launch:
    """``launch(*argv, port=..., cwd=..., env=...)`` gives a running instance."""

    def start(*command: str, **options: object) -> Instance:
        spec = TargetSpec(command=command, **options)  # type: ignore[arg-type]
        return Launcher(spec, keeper).launch()

    return start


@pytest.fixture
def fleet_of(keeper: Keeper) -> Iterator[Callable[..., SharedFleet]]:
    """``fleet_of(code)`` is a fleet around a running rough server."""
    fleets: list[SharedFleet] = []

    def start(code: str = "serve()", *, listen: str = LISTEN) -> SharedFleet:
        fleet = SharedFleet(Launcher(TargetSpec(command=rough(code, listen=listen)), keeper))
        fleets.append(fleet)
        fleet.refresh()
        return fleet

    yield start
    for fleet in fleets:
        fleet.close()
