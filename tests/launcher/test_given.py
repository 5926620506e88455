"""Targets that are given their connections or their listener, as inetd and systemd do it."""

from __future__ import annotations

import sys

import pytest

from harness.driver import Manner, perform
from harness.errors import TargetProblem
from harness.launcher.command import Offer, environment
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.values.address import LaunchStyle, Transport
from harness.values.plan import AwaitEcho, AwaitEnd, Connect, HalfClose, Literal, Send, in_turn
from harness.values.target import TargetSpec
from tests.support.serving import eventually

SAY = "import os, socket, sys\n"
"""Programs of the tests answer with what they were given, and echo nothing."""
FDS = (
    "fds = [os.fstat(n).st_ino == os.fstat(0).st_ino for n in (0, 1, 2)]\n"
    "os.read(0, 5); os.write(1, str(fds).encode())"
)
ACCEPTS = (
    "listener = socket.socket(fileno={})\n"
    "connection, _ = listener.accept()\n"
    "with connection:\n"
    "    connection.recv(9)\n"
    "    connection.sendall({}.encode())\n"
)
TOLD = (
    "repr((int(os.environ['LISTEN_PID']) == os.getpid(), os.environ['LISTEN_FDS'], "
    "os.environ['LISTEN_FDNAMES'], listener.fileno()))"
)
WAIT, ACTIVATED = LaunchStyle.INETD_WAIT, LaunchStyle.SOCKET_ACTIVATION
STREAMS = pytest.mark.parametrize("transport", [Transport.TCP, Transport.UNIX])


def spec_of(style: LaunchStyle, *command: str, **options: object) -> TargetSpec:
    return TargetSpec(command=command, launch=style, **options)  # type: ignore[arg-type]


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", SAY + code)


def answers(keeper: Keeper, spec: TargetSpec, many: int = 1) -> tuple[list[str], Instance]:
    """What ``many`` clients get, one after another; and the instance."""
    fleet = SharedFleet(Launcher(spec, keeper))
    fleet.refresh()
    steps = (Connect(), Send(Literal(b"hello")), HalfClose(), AwaitEcho(), AwaitEnd())
    trace = perform(in_turn(*[steps] * many), fleet, Manner(patience=10.0))
    assert fleet.current is not None
    return [seen.surplus.decode() for seen in trace.scripts], fleet.current


@STREAMS
@pytest.mark.parametrize("keep", [False, True])
def test_inetd(keeper: Keeper, transport: Transport, keep: bool) -> None:
    """The connection is stdin, stdout and, unless it is kept, stderr; each has a process."""
    spec = spec_of(LaunchStyle.INETD, *program(FDS), transport=transport, keep_stderr=keep)
    found, instance = answers(keeper, spec, many=2)
    assert found == [str([True, True, not keep])] * 2
    assert instance.address.transport is transport
    assert instance.took_offer
    eventually(lambda: instance.members() == [instance.pid])


@STREAMS
def test_inetd_wait(keeper: Keeper, transport: Transport) -> None:
    """The listener is stdin; a process that has served and ended is followed by another."""
    spec = spec_of(WAIT, *program(ACCEPTS.format(0, "str(os.getpid())")), transport=transport)
    found, _ = answers(keeper, spec, many=3)
    assert len(set(found)) == 3


@STREAMS
def test_socket_activation(keeper: Keeper, transport: Transport) -> None:
    """LISTEN_PID is the very process; nothing stands between it and whoever launched it."""
    spec = spec_of(ACTIVATED, *program(ACCEPTS.format(3, TOLD)), transport=transport)
    found, instance = answers(keeper, spec)
    assert found == ["(True, '1', 'echo', 3)"]
    assert instance.address.transport is transport
    eventually(lambda: instance.keeper.poll(0.01) or not instance.alive)
    assert instance.exit is not None
    assert instance.exit.status == 0


@pytest.mark.parametrize("style", [WAIT, ACTIVATED])
def test_one_that_ends_before_a_client_comes(keeper: Keeper, style: LaunchStyle) -> None:
    """Its last words are told, as of any other; nobody connects to it."""
    spec = spec_of(style, *program("sys.exit('no such table')"))
    with pytest.raises(TargetProblem, match=r"\(exit status 1\) before a client came") as raised:
        Launcher(spec, keeper).launch()
    assert "no such table" in raised.value.message


@pytest.mark.parametrize("style", [s for s in LaunchStyle if s is not LaunchStyle.LISTEN])
def test_no_such_program(keeper: Keeper, style: LaunchStyle) -> None:
    """As where it is launched without anything in between."""
    with pytest.raises(TargetProblem, match="the command 'no-such' was not found"):
        Launcher(spec_of(style, "no-such"), keeper).launch()
    with pytest.raises(TargetProblem, match="cannot be executed: Permission denied"):
        Launcher(spec_of(style, "/etc/passwd"), keeper).launch()


def test_one_that_makes_its_own_listener_is_told(keeper: Keeper) -> None:
    """The address is in use, by what it was given: it is no matter of TIME_WAIT."""
    binds = "socket.socket().bind(('127.0.0.1', int(os.environ['PORT'])))"
    with pytest.raises(TargetProblem, match="Address already in use") as raised:
        Launcher(spec_of(ACTIVATED, *program(binds)), keeper).launch()
    assert "must not make one of its own" in raised.value.advice
    assert "--launch socket-activation" in raised.value.advice


def test_signals_are_as_a_process_finds_them(keeper: Keeper) -> None:
    """What Python ignores is not ignored in what is started: SIGPIPE ends a filter."""
    code = (
        "words = open('/proc/self/status').read().split()\n"
        "os.read(0, 5); os.write(1, words[words.index('SigIgn:') + 1].encode())"
    )
    spec = spec_of(LaunchStyle.INETD, sys.executable, "-I", "-S", "-c", f"{SAY}{code}")
    found, _ = answers(keeper, spec)
    pythons_own = 1 << 12 | 1 << 24  # SIGPIPE and SIGXFSZ, which every Python ignores
    named = (1 << 31) - 1  # what is beyond the 31 signals with a name is the C library's own
    assert int(found[0], 16) & named & ~pythons_own == 0


def test_cat(keeper: Keeper) -> None:
    """A filter is an echo server, launched like that."""
    fleet = SharedFleet(Launcher(spec_of(LaunchStyle.INETD, "cat"), keeper))
    fleet.refresh()
    steps = (Connect(), Send(Literal(b"hello")), AwaitEcho(), HalfClose(), AwaitEnd())
    trace = perform(in_turn(*[steps] * 3), fleet, Manner(patience=10.0))
    assert [seen.echoed for seen in trace.scripts] == [5, 5, 5]


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered, and nothing that changes what a filter writes."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.delenv("PORT", raising=False)
    offer = Offer(7007, "/tmp/offered")
    plain = environment(TargetSpec(command=("s",)), offer)
    assert (plain["PORT"], plain["SOCKET_PATH"]) == ("7007", "/tmp/offered")
    unix = environment(TargetSpec(command=("s",), transport=Transport.UNIX), offer)
    assert "PORT" not in unix
    tcp = environment(TargetSpec(command=("s",), transport=Transport.TCP), offer)
    assert "SOCKET_PATH" not in tcp
    assert "PYTHONUNBUFFERED" in tcp
    inetd = spec_of(LaunchStyle.INETD, "s")
    assert "PYTHONUNBUFFERED" not in environment(inetd, offer)
    chosen = spec_of(LaunchStyle.INETD, "s", env=(("PYTHONUNBUFFERED", "2"), ("PORT", "1")))
    found = environment(chosen, offer)
    assert (found["PYTHONUNBUFFERED"], found["PORT"]) == ("2", "1")
