"""Giving up a run: a signal is noted at any moment, and each wait looks."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from harness.driver import Manner, perform
from harness.host import interruption as module
from harness.host.halting import Halt, Halted
from harness.host.interruption import SAME_WISH, Interruption
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.remote import RemoteFleet
from harness.launcher.shared import SharedFleet
from harness.values.address import TcpAddress
from harness.values.plan import AwaitEcho, Connect, Literal, Send, one
from harness.values.target import TargetSpec
from tests.support.rough import rough
from tests.support.serving import read_to_end, serving

NEVER = 1000.0
"""Seconds of patience that no test has."""
WAITS = one(Connect(), Send(Literal(b"hello")), AwaitEcho())


def test_a_plan_that_waits_is_given_up() -> None:
    """In the middle of its patience; nothing is judged by it."""
    asked = threading.Event()
    with serving(read_to_end) as server:
        threading.Timer(0.1, asked.set).start()
        fleet = RemoteFleet(TargetSpec(connect=TcpAddress(*server.address)), Halt(asked.is_set))
        with pytest.raises(Halted):
            perform(WAITS, fleet, Manner(patience=NEVER))


def test_a_launch_that_waits_is_given_up() -> None:
    """In the middle of the start-up time; what was launched is ended all the same."""
    asked = threading.Event()
    halt = Halt(asked.is_set)
    keeper = Keeper(halt)
    try:
        command = rough(listen="signal.pause()")
        launcher = Launcher(TargetSpec(command=command, start_timeout=NEVER), keeper)
        fleet = SharedFleet(launcher)
        threading.Timer(0.1, asked.set).start()
        with pytest.raises(Halted):
            fleet.refresh()
    finally:
        halt.close()
        keeper.close()
    assert not keeper.poll()


def test_what_ends_is_waited_for() -> None:
    """Once a run closes, nothing is given up: its targets are to be ended."""
    halt = Halt(lambda: True)
    with pytest.raises(Halted):
        halt.check()
    halt.close()
    halt.check()
    assert not halt.on


@pytest.fixture
def handlers() -> Iterator[None]:
    """Gives back what a test does to the signals."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_noted(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first raises nothing, nor do those of the same wish; later ones insist."""
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    interruption = Interruption()
    interruption.listen()
    assert not interruption.asked()
    for _ in range(3):
        os.kill(os.getpid(), number)
        assert interruption.asked()
    now += SAME_WISH + 1
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


@pytest.mark.usefixtures("handlers")
def test_what_is_no_run_ends_at_once() -> None:
    """Whether the signal came before or comes now."""
    interruption = Interruption()
    interruption.listen()
    interruption.obey_at_once()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        interruption.obey_at_once()


@pytest.mark.usefixtures("handlers")
def test_who_is_to_outlive_a_hang_up_does() -> None:
    """As under nohup: what is ignored stays so; what is blocked is heard."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        interruption = Interruption()
        interruption.listen()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.asked()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
