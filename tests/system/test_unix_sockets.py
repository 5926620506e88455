"""What the system tells of Unix and UDP sockets."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.system import datagrams, places, sock_diag, unix_sockets
from harness.system.sock_diag import Unavailable
from harness.values.address import UdpAddress, UnixAddress

OURS = [os.getpid()]


@contextlib.contextmanager
def listening(name: str | bytes, backlog: int = 3) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(name)
        listener.listen(backlog)
        yield listener


@pytest.fixture(params=["sock_diag", "table"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With sock_diag, and on a system that lacks unix_diag."""

    def unavailable(*_: object) -> None:
        raise Unavailable

    if request.param == "table":
        monkeypatch.setattr(sock_diag, "dump", unavailable)
        monkeypatch.setattr(sock_diag, "only", unavailable)
    return str(request.param)


def test_listeners(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, abstract names and relative paths; no client, and nothing that does not listen."""
    path, abstract = str(tmp_path / "a b"), f"@echo-{os.getpid()}"
    monkeypatch.chdir(tmp_path)
    with listening(path), listening(UnixAddress(abstract).name), listening("relative"):
        with socket.socket(socket.AF_UNIX) as bound, socket.socket(socket.AF_UNIX) as client:
            bound.bind(str(tmp_path / "bound"))
            client.connect(path)
            found = unix_sockets.listeners(OURS)
            assert places.held(OURS, UnixAddress(path))
        assert set(found) >= {UnixAddress(p) for p in (path, abstract, str(tmp_path / "relative"))}
        assert UnixAddress(str(tmp_path / "bound")) not in found
        assert os.getpid() in places.owners_of(UnixAddress(path))
        assert places.waits(UnixAddress(abstract))
    assert not places.waits(UnixAddress(path))
    assert unix_sockets.listeners(OURS) == []


def test_another_name_for_the_same_file(tmp_path: Path) -> None:
    """A listener is known by its file, whatever path leads there."""
    with listening(str(tmp_path / "real")):
        (tmp_path / "link").symlink_to("real")
        assert places.waits(UnixAddress(str(tmp_path / "link")))


def test_what_waits(tmp_path: Path) -> None:
    """Linux takes one more than listen(2) said."""
    path = str(tmp_path / "s")
    with listening(path, 3), contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(socket.socket(socket.AF_UNIX)).connect(path)
        assert places.queues(UnixAddress(path)) == (2, 4, 1)
    assert places.queues(UnixAddress(path)) is None


def test_the_other_end(tmp_path: Path) -> None:
    """Whether it is closed, what it has not read, and whether somebody holds who has left."""
    address = UnixAddress(str(tmp_path / "s"))
    with listening(address.path) as listener, socket.socket(socket.AF_UNIX) as client:
        client.connect(address.path)
        inode = os.fstat(client.fileno()).st_ino
        served = listener.accept()[0]
        with served:
            client.sendall(b"x" * 100)
            peer = unix_sockets.peer_of(inode)
            assert peer == os.fstat(served.fileno()).st_ino
            assert unix_sockets.unread(peer) == 100
            assert not places.has_released(OURS, address, inode)
            assert not places.holds_client(OURS, address)
        assert places.has_released(OURS, address, inode)
        with socket.socket(socket.AF_UNIX) as another:
            another.connect(address.path)
            held = listener.accept()[0]
        with held:
            assert places.holds_client(OURS, address)
        assert not places.holds_client(OURS, address)
        assert places.strangers(address) == 0


def test_udp() -> None:
    """Who waits for anybody's datagrams; not a client, which has a peer."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.bind(("127.0.0.1", 0))
        client.connect(server.getsockname())
        address = UdpAddress(*server.getsockname())
        assert datagrams.bound(OURS) == [address]
        assert list(datagrams._by_psutil(OURS)) == [address]
        assert places.held(OURS, address) == {os.fstat(server.fileno()).st_ino}
        assert places.owners_of(address) == set(OURS)
    assert not places.waits(address)
