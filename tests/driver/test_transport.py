"""The rim: a TCP connection as a transport, and sockets that are made elsewhere."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator

import pytest

from harness.driver import Manner, opening, perform
from harness.driver.actions import Open
from harness.driver.tcp import TcpTransport
from harness.driver.transport import Opened, Transport
from harness.values.address import TcpAddress
from harness.values.plan import AwaitEnd, Connect, HalfClose, Literal, Send, one
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
