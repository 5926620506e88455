"""Nobody connects before the backlog has room: whom the system turns away no server has seen."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable

import pytest

from harness.driver import Manner, perform
from harness.launcher.remote import RemoteFleet
from harness.launcher.shared import SharedFleet
from harness.system.backlog import Backlog
from harness.values.address import TcpAddress
from harness.values.plan import (
    USUAL_BACKLOG,
    AwaitEcho,
    Close,
    Connect,
    HalfClose,
    PauseTarget,
    Plain,
    Reset,
    ResumeTarget,
    Send,
    in_turn,
    side_by_side,
)
from harness.values.target import TargetSpec
from harness.values.trace import Ending

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a backlog")

SMALL = "listener = socket.create_server(('127.0.0.1', port), backlog={})"


def echo(client: int) -> tuple[Connect, Send, HalfClose, AwaitEcho, Close]:
    return Connect(), Send(Plain(client, 300)), HalfClose(), AwaitEcho(), Close()


def test_room_is_what_is_not_taken() -> None:
    """Known from what was answered, or asked of the system; accept() goes by the order."""
    with socket.create_server(("127.0.0.1", 0), backlog=2) as server:
        address = server.getsockname()
        backlog = Backlog(TcpAddress(*address))
        clients = []
        for number in (1, 2, 3):
            assert backlog.has_room()
            assert backlog.begin() == number
            clients.append(socket.create_connection(address))
        assert backlog.limit == 3
        assert not backlog.has_room()
        first, _ = server.accept()
        assert backlog.has_room()
        assert backlog.begin() == 4
        backlog.accepted(2)
        assert backlog.has_room()
        for sock in (first, *clients):
            sock.close()


def test_of_several_listeners_the_fullest_counts() -> None:
    """The system distributes clients among them, so their order tells nothing."""

    def listen(port: int, told: int) -> socket.socket:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))
        server.listen(told)
        return server

    with listen(0, 0) as one:
        port = one.getsockname()[1]
        with listen(port, 7), socket.create_connection(one.getsockname()) as client:
            backlog = Backlog(TcpAddress("127.0.0.1", port))
            assert backlog.limit == 1
            assert not backlog.has_room()
            backlog.accepted(backlog.begin())
            assert not backlog.has_room()
            client.close()


def test_what_cannot_be_seen_has_room() -> None:
    """Another machine's listener, and one that is closed: connecting will show.  Plans count on
    what listen(1) takes."""
    for backlog in (Backlog(None), Backlog(TcpAddress("127.0.0.1", 1))):
        for _ in range(100):
            assert backlog.has_room()
            backlog.begin()
        assert backlog.limit == USUAL_BACKLOG


@pytest.mark.parametrize("told", [0, 1, 5])
def test_more_clients_than_the_backlog_takes_are_all_served(told: int) -> None:
    """One after another, by a server that somebody else runs."""
    served = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=told) as server:

        def serve() -> None:
            for _ in range(12):
                connection, _ = server.accept()
                with connection:
                    served.wait(0.01)  # the others come meanwhile
                    while data := connection.recv(1024):
                        connection.sendall(data)

        thread = threading.Thread(target=serve)
        thread.start()
        fleet = RemoteFleet(TargetSpec(connect=TcpAddress(*server.getsockname())))
        trace = perform(side_by_side(*map(echo, range(12))), fleet, Manner(patience=5.0))
        thread.join()
    assert [s.echoed for s in trace.scripts] == [300] * 12
    assert {s.ending for s in trace.scripts} <= {Ending.CLIENT, Ending.FIN}, "whoever was quicker"
    assert not any(s.error for s in trace.scripts)


def test_a_target_is_not_paused_before_a_client_can_connect(
    fleet_of: Callable[..., SharedFleet],
) -> None:
    """Or the one who paused it would wait for room until patience ends."""
    fleet = fleet_of("serve(echo)", listen=SMALL.format(0))
    leave = (Connect(), Reset())
    paused = (PauseTarget(), Connect(), Reset(), ResumeTarget())
    trace = perform(in_turn(*(leave, paused) * 5, echo(1)), fleet, Manner(patience=3.0))
    assert trace.unable is None
    assert not any(s.stuck or s.error for s in trace.scripts)
    assert trace.scripts[-1].echoed == 300


def test_who_finds_no_room_gives_up_when_patience_ends() -> None:
    """A server that never accepts: its backlog fills, and the next client is told apart."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        fleet = RemoteFleet(TargetSpec(connect=TcpAddress(*server.getsockname())))
        trace = perform(side_by_side(*map(echo, range(2))), fleet, Manner(patience=0.3))
    kinds = [s.stuck.kind if s.stuck else None for s in trace.scripts]
    assert kinds == ["await-echo", "connect"]
