"""The rim: a TCP connection as a transport, and sockets that are made elsewhere."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.driver import Manner, opening, perform
from harness.driver.actions import Open
from harness.driver.tcp import TcpTransport
from harness.driver.traffic import FULL
from harness.driver.transport import Opened, Transport
from harness.driver.unix import UnixTransport
from harness.launcher.remote import RemoteFleet
from harness.values.address import TcpAddress, UnixAddress
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    Connect,
    HalfClose,
    Literal,
    Send,
    one,
    side_by_side,
)
from harness.values.target import TargetSpec
from tests.support.serving import echo, serving


@contextlib.contextmanager
def connected(what: Open | None = None) -> Iterator[tuple[Transport, socket.socket, Opened]]:
    """A transport on loopback, the server's side of it, and how far opening came at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = TcpTransport(TcpAddress(*listener.getsockname()))
        opened = transport.open(what or Open())
        peer = listener.accept()[0]
        try:
            with peer:
                yield transport, peer, opened
        finally:
            with contextlib.suppress(OSError):
                transport.close(abort=True)


def readable(transport: Transport) -> None:
    """Wait until something can be read."""
    assert select.select([transport.descriptor], [], [], 20)[0]


@pytest.mark.parametrize(
    ("what", "opened", "got"),
    [
        (Open(), Opened(up=True), None),
        (Open(end=True), Opened(up=True, ended=True), b""),
        (Open(first=b"hello"), Opened(up=True, written=5), b"hello"),
        (Open(first=b"hello", end=True), Opened(up=True, written=5, ended=True), b"hello"),
        (Open(first=memoryview(b"x" * 9000)), Opened(up=True, written=9000), b"x" * 9000),
    ],
)
def test_what_follows_is_done_at_once(what: Open, opened: Opened, got: bytes | None) -> None:
    """Where the connection is established at once, as on loopback."""
    with connected(what) as (_, peer, done):
        assert done == opened
        if got is not None:
            assert peer.recv(len(got) or 1, socket.MSG_WAITALL if got else 0) == got


@pytest.mark.parametrize("what", [Open(), Open(first=b"hello", end=True)])
def test_nobody_listens(what: Open) -> None:
    """The connect or the first write tells; it is the same."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    transport = TcpTransport(TcpAddress(*address))
    opened = transport.open(what)
    while opened == Opened():
        opened = transport.established()
    assert opened == Opened(refused="ECONNREFUSED")
    transport.close(abort=True)


def test_bytes_both_ways_and_the_end() -> None:
    """None: nothing there; empty: the end."""
    with connected() as (transport, peer, _):
        assert transport.read(9) is None
        peer.sendall(b"hello")
        readable(transport)
        assert (transport.waiting(), transport.end_waits()) == (5, False)
        assert transport.read(2) == b"he"
        transport.more_is_owed()
        assert transport.read(9) == b"llo"
        assert transport.write(b"again") == 5
        assert transport.takes_more()
        transport.half_close()
        assert peer.recv(9) == b"again"
        assert peer.recv(9) == b""
        assert transport.local_port() == peer.getpeername()[1]
        peer.shutdown(socket.SHUT_WR)
        readable(transport)
        assert transport.end_waits()
        assert transport.read(9) == b""


def test_a_full_system_takes_nothing() -> None:
    """Until the peer reads."""
    with connected() as (transport, _, _):
        data = bytes(1 << 20)
        while transport.write(data):
            pass
        assert not transport.takes_more()


@pytest.mark.parametrize("abort", [False, True])
def test_closing(abort: bool) -> None:
    """In order, or with a reset."""
    with connected() as (transport, peer, _):
        transport.close(abort=abort)
        if abort:
            with pytest.raises(ConnectionResetError):
                peer.recv(9)
        else:
            assert peer.recv(9) == b""


# --- who makes the sockets ----------------------------------------------------------------------


class Elsewhere:
    """An instance that has its sockets made where it is, and hands them over."""

    def __init__(self) -> None:
        self.made: list[tuple[int, int]] = []

    def make_socket(self, family: int, kind: int) -> socket.socket:
        self.made.append((family, kind))
        return opening.make(family, kind)


def test_an_instance_may_make_its_sockets() -> None:
    """Who cannot gets one of this process's own network."""
    elsewhere = Elsewhere()
    assert opening.maker_for(object()) is opening.make
    assert opening.maker_for(None) is opening.make
    with opening.socket_for(socket.AF_INET, None, opening.maker_for(elsewhere)) as made:
        assert made.family == socket.AF_INET
        assert not made.getblocking()
    assert elsewhere.made == [(socket.AF_INET, socket.SOCK_STREAM)]


def test_the_driver_asks_the_one_it_connects_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """For each connection one."""
    elsewhere = Elsewhere()
    monkeypatch.setattr(opening, "maker_for", lambda instance: elsewhere.make_socket)
    plan = one(Connect(), Send(Literal(b"hello")), HalfClose(), AwaitEnd())
    with serving(echo) as server:
        assert perform(plan, server.fleet, Manner(patience=10.0)).scripts[0].echoed == 5
    assert len(elsewhere.made) == 1


# --- Unix sockets -------------------------------------------------------------------------------


@contextlib.contextmanager
def unix_pair(
    name: str, what: Open | None = None
) -> Iterator[tuple[UnixTransport, socket.socket, Opened]]:
    """As `connected`, over a Unix socket."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(UnixAddress(name).name)
        listener.listen(1)
        transport = UnixTransport(UnixAddress(name))
        opened = transport.open(what or Open())
        peer = listener.accept()[0]
        try:
            with peer:
                yield transport, peer, opened
        finally:
            with contextlib.suppress(OSError):
                transport.close(abort=True)


@pytest.mark.parametrize(
    ("what", "opened"),
    [
        (Open(), Opened(up=True)),
        (Open(end=True), Opened(up=True, ended=True)),
        (Open(first=b"hello"), Opened(up=True, written=5)),
        (Open(first=b"hello", end=True), Opened(up=True, written=5, ended=True)),
    ],
)
def test_a_unix_connection_is_there_at_once(tmp_path: Path, what: Open, opened: Opened) -> None:
    """And with it what follows."""
    with unix_pair(str(tmp_path / "s"), what) as (transport, peer, done):
        assert transport.established().up
        assert done == opened
        if what.first:
            assert peer.recv(9) == what.first
        if what.end:
            assert peer.recv(9) == b""


def test_bytes_over_a_unix_socket(tmp_path: Path) -> None:
    """What waits on either side is known; nothing is urgent."""
    with unix_pair(str(tmp_path / "s")) as (transport, peer, _):
        assert transport.write(b"x" * 700) == 700
        assert transport.untaken() == 700
        assert peer.recv(9999) == b"x" * 700
        assert transport.untaken() == 0
        peer.sendall(b"hello")
        assert transport.waiting() == 5
        assert transport.read(9) == b"hello"
        assert transport.read(9) is None
        with pytest.raises(OSError, match="no urgent data"):
            transport.urgent(1)
        transport.half_close()
        assert peer.recv(9) == b""
        peer.close()
        assert transport.end_waits()
        assert transport.untaken() is None


def test_a_unix_connection_that_is_refused_or_must_wait(tmp_path: Path) -> None:
    """A full backlog is no refusal: the driver waits for room, and each client gets its echo."""
    path = str(tmp_path / "s")
    nobody = UnixTransport(UnixAddress(path))
    assert nobody.open(Open()) == Opened(refused="ENOENT")
    nobody.close(abort=False)
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as stack:
        listener.bind(path)
        refused = UnixTransport(UnixAddress(path))
        assert refused.open(Open()) == Opened(refused="ECONNREFUSED")
        refused.close(abort=False)
        listener.listen(0)
        stack.enter_context(socket.socket(socket.AF_UNIX)).connect(path)
        transport = UnixTransport(UnixAddress(path))
        assert transport.open(Open()) == Opened(refused=FULL)
        transport.close(abort=False)
        fleet = RemoteFleet(TargetSpec(connect=UnixAddress(path)))
        server = threading.Thread(target=_serve, args=(listener, 6))
        server.start()
        steps = (Connect(), Send(Literal(b"hello")), AwaitEcho(), HalfClose(), AwaitEnd())
        trace = perform(side_by_side(*[steps] * 5), fleet, Manner(patience=10.0))
        server.join()
    assert [seen.echoed for seen in trace.scripts] == [5] * 5


def _serve(listener: socket.socket, connections: int) -> None:
    for _ in range(connections):
        connection, _ = listener.accept()
        with connection:
            while data := _until_closed(connection):
                connection.sendall(data)


def _until_closed(connection: socket.socket) -> bytes:
    connection.settimeout(0.05)  # the first client never says anything
    try:
        return connection.recv(1024)
    except TimeoutError:
        return b""
