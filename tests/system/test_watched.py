"""A server that somebody else runs: waited for, found, and looked at."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from harness.driver import Manner, perform
from harness.errors import TargetProblem
from harness.launcher.remote import RemoteFleet
from harness.system import sock_diag, sockets, watched
from harness.system.watched import AROUND_US, ELSEWHERE, HIDDEN, Watched
from harness.values.address import TcpAddress
from harness.values.plan import (
    AwaitEcho,
    AwaitQuiet,
    Connect,
    HalfClose,
    Literal,
    Measure,
    Send,
    Watch,
    one,
)
from harness.values.target import TargetSpec
from tests.support.serving import eventually

LISTENS = """
import socket, sys
with socket.create_server((sys.argv[1], int(sys.argv[2]))) as listener:
    print(listener.getsockname()[1], flush=True)
    kept = [listener.accept() for _ in range(int(sys.argv[3]))]
    sys.stdin.read()
"""


class Stranger:
    """A process that listens, accepts some clients, and ends when it is told."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, accepts: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", LISTENS, host, str(port), str(accepts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def address(self) -> tuple[str, int]:
        assert self.process.stdout is not None
        return "127.0.0.1", int(self.process.stdout.readline())

    def end(self) -> None:
        self.process.communicate("")

    def __enter__(self) -> Stranger:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as process:
        yield process


def fleet_at(host: str, port: int, **options: object) -> RemoteFleet:
    return RemoteFleet(TargetSpec(connect=TcpAddress(host, port), **options))  # type: ignore[arg-type]


@pytest.fixture
def unused() -> int:
    """A port on which nobody listens, and which no client is given."""
    for port in range(31_000 - os.getpid() % 9_000, 10_000, -1):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


# --- the address --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("::", "127.0.0.1", True),
        ("::", "::1", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("0.0.0.0", "::1", False),
        ("::1", "127.0.0.1", False),
    ],
)
def test_who_takes_a_connection(bound: str, host: str, expected: bool) -> None:
    """A listener on all addresses takes those to each."""
    assert sockets.takes(bound, host) is expected


def test_a_server_that_comes_later_is_waited_for(unused: int) -> None:
    """Without a connection, which would use up a server for one client."""
    with ExitStack() as stack:
        fleet = fleet_at("127.0.0.1", unused, start_timeout=20.0)
        waiting = threading.Thread(target=fleet.start)
        waiting.start()
        late = stack.enter_context(Stranger(port=unused))
        waiting.join(20)
        assert not waiting.is_alive()
        assert late.address == fleet.address(None)
        told = sockets.queues(unused)
        assert told is None or told.waiting == 0


def test_an_address_where_nothing_comes(unused: int) -> None:
    """Told after the start-up time, with where the port is in use instead."""
    with socket.create_server(("127.0.0.2", unused)):
        began = time.monotonic()
        with pytest.raises(TargetProblem) as raised:
            fleet_at("127.0.0.1", unused, start_timeout=0.1).start()
    assert 0.1 <= time.monotonic() - began < 10
    assert "refused" in raised.value.message
    assert "127.0.0.2" in raised.value.message
    assert "--start-timeout" in raised.value.advice
    assert raised.value.exit_code == 3


def test_another_machine_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tables cannot be read, so a connection is tried until one is accepted."""
    attempts: list[tuple[str, int]] = []

    def refusal(address: tuple[str, int], seconds: float) -> OSError | None:
        attempts.append(address)
        assert 0 < seconds <= 5
        return None if len(attempts) == 3 else ConnectionRefusedError(111, "refused")

    monkeypatch.setattr("harness.launcher.remote.refusal", refusal)
    monkeypatch.setattr("harness.launcher.remote.TRY_EVERY", 0.001)
    fleet = fleet_at("192.0.2.1", 7, allow_remote=True)
    fleet.start()
    assert attempts == [("192.0.2.1", 7)] * 3
    assert (fleet.watched, fleet.unseen) == (None, ELSEWHERE)


def test_the_address_of_a_name_on_which_it_listens(
    stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """localhost may be ::1 first, where nobody is."""
    _, port = stranger.address
    hosts = [(0, 0, 0, "", (host, port)) for host in ("::1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: hosts)
    fleet = fleet_at("localhost", port)
    fleet.start()
    assert fleet.address(None) == ("127.0.0.1", port)


# --- whose it is --------------------------------------------------------------------------------


def test_the_owner_of_a_listener_is_found(stranger: Stranger) -> None:
    """With what can be told of it; when it ends, nothing of it is left to be seen."""
    found = watched.find(TcpAddress(*stranger.address))
    assert isinstance(found, Watched)
    assert found.members() == [stranger.process.pid]
    assert str(found).endswith(f"(pid {stranger.process.pid})")
    assert found.alive
    stranger.end()
    assert found.members() == []
    assert not found.alive
    assert str(found)


def test_a_process_of_ours_is_not_watched() -> None:
    """What the harness itself uses cannot be told from what the server uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert watched.find(TcpAddress(*listener.getsockname())) == AROUND_US


def test_a_process_that_cannot_be_seen(stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's descriptors are not shown."""
    monkeypatch.setattr(sockets, "inodes_of", lambda pid: set())
    assert watched.find(TcpAddress(*stranger.address)) == HIDDEN
    assert watched.find(TcpAddress("192.0.2.1", 7)) == ELSEWHERE


def test_without_sock_diag(stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    """psutil finds the same."""

    def unavailable(*states: int, **_: object) -> list[sock_diag.Entry]:
        raise sock_diag.Unavailable

    address = stranger.address
    monkeypatch.setattr(sock_diag, "in_state", unavailable)
    assert sockets.listens(*address)
    assert sockets.owners_of(*address) == {stranger.process.pid}
    assert sockets.strangers(address[1]) == 0


def test_started_again_by_its_owner() -> None:
    """The next plan watches the new process."""
    with ExitStack() as stack:
        first = stack.enter_context(Stranger())
        fleet = fleet_at(*first.address)
        fleet.start()
        first.end()
        second = stack.enter_context(Stranger(port=fleet.address(None)[1]))
        assert second.address == fleet.address(None)
        fleet.refresh()
        assert fleet.watched is not None
        assert fleet.watched.members() == [second.process.pid]


# --- looking ------------------------------------------------------------------------------------


def test_it_is_measured_and_left_alone(stranger: Stranger) -> None:
    """Steps that look do so; the process gets no signal, and is counted once per connection."""
    fleet = fleet_at(*stranger.address)
    fleet.start()
    plan = one(AwaitQuiet(), Measure("before"), Connect(), Watch("seen", 0.05), HalfClose())
    trace = perform(plan, fleet, Manner(patience=5.0))
    assert trace.unable is None
    assert [m.label for m in trace.measurements] == ["before", "seen-before", "seen-after"]
    assert all(m.processes == 1 and m.descriptors > 3 for m in trace.measurements)
    assert fleet.connections == 1
    assert trace.deaths == ()
    assert psutil.Process(stranger.process.pid).is_running()


def test_clients_that_are_not_ours_are_counted() -> None:
    """Those of this process are not among them."""
    with Stranger(accepts=2) as server:
        address = server.address
        with socket.create_connection(address):
            assert sockets.strangers(address[1]) == 0
            ask = f"import socket; s = socket.create_connection({address!r}); print(1, flush=True)"
            other = subprocess.Popen(
                [sys.executable, "-S", "-c", ask + "; input()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            try:
                assert other.stdout is not None
                other.stdout.readline()
                assert sockets.strangers(address[1]) == 1
            finally:
                other.communicate("\n")
            eventually(lambda: sockets.strangers(address[1]) == 0)


def test_one_that_somebody_stopped_is_not_accused() -> None:
    """By a debugger or a shell; its silence says nothing."""
    with Stranger() as server:
        fleet = fleet_at(*server.address)
        fleet.start()
        os.kill(server.process.pid, signal.SIGSTOP)
        assert fleet.watched is not None
        eventually(fleet.watched.stopped)
        trace = perform(
            one(Connect(), Send(Literal(b"x")), AwaitEcho()), fleet, Manner(patience=0.2)
        )
        os.kill(server.process.pid, signal.SIGCONT)
        assert trace.unable is not None
        assert "stopped" in trace.unable
