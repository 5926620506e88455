"""The standard input of a target: open and silent, until nothing else can be waited for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.driver import Manner, perform
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.running.parting import end_input
from harness.values.plan import AwaitEcho, Close, Connect, Literal, Send, one
from harness.values.target import TargetSpec

SERVE = """
import os, socket, sys, threading
def serve():
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
    while True:
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(4096):
                connection.sendall(data)
"""
HELLO = one(Connect(), Send(Literal(b"hello")), AwaitEcho(), Close())


@contextmanager
def served(keeper: Keeper, code: str) -> Iterator[SharedFleet]:
    spec = TargetSpec(command=(sys.executable, "-c", SERVE + code))
    fleet = SharedFleet(Launcher(spec, keeper))
    try:
        fleet.refresh()
        yield fleet
    finally:
        fleet.close()


def test_a_server_that_stops_at_enter_goes_on(keeper: Keeper) -> None:
    """Nobody presses it."""
    with served(keeper, "threading.Thread(target=serve, daemon=True).start(); input()") as fleet:
        assert perform(HELLO, fleet, Manner(patience=10.0)).scripts[0].echoed == 5
        assert fleet.current is not None
        assert fleet.current.alive


def test_a_server_that_reads_its_input_first_comes_to_listen(keeper: Keeper) -> None:
    """It has slept for a while, so that its input ends."""
    with served(keeper, "sys.stdin.read(); serve()") as fleet:
        assert perform(HELLO, fleet, Manner(patience=10.0)).scripts[0].echoed == 5


def test_who_has_not_answered_says_that_it_waits_for_the_keyboard(keeper: Keeper) -> None:
    """Its input is ended, and its exception tells what it reads."""
    code = """
listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
connection, _ = listener.accept()
connection.sendall(input().encode())
"""
    with served(keeper, code) as fleet:
        perform(HELLO, fleet, Manner(patience=0.2))
        end_input(fleet)
        assert fleet.current is not None
        for _ in range(1000):
            if not fleet.current.alive:
                break
            keeper.poll(0.02)
        assert "EOFError" in fleet.current.output()
