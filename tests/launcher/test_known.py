"""Launches of a target that is known to take its port: one question tells that the next one has."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.system import sock_diag
from harness.system.backlog import Backlog
from harness.values.address import TcpAddress
from harness.values.target import TargetSpec
from tests.support.rough import rough
from tests.support.serving import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is sock_diag(7) that is asked")

LISTEN = "listener = socket.create_server(({host!r}, port), family=socket.AF_INET{six})"
BOTH = "listener = socket.create_server(('', port), family=socket.AF_INET6, dualstack_ipv6=True)"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The ports of which all sockets were asked for; None: of all."""
    asked: list[int | None] = []
    in_state = sock_diag.in_state

    def counted(*states: int, port: int | None = None, **how: object) -> list[sock_diag.Entry]:
        asked.append(port)
        return in_state(*states, port=port, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(sock_diag, "in_state", counted)
    return asked


@pytest.fixture
def free() -> Iterator[int]:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield port


def test_the_second_launch_asks_one_question(keeper: Keeper, looks: list[int | None]) -> None:
    """Neither it nor its first client need a look at all that listen."""
    launcher = Launcher(TargetSpec(command=rough()), keeper)
    launcher.launch()
    launching = launcher.begin()
    eventually(lambda: launching.instance.took("127.0.0.1"), "it listens")
    looks.clear()
    second = launching.finish()
    assert second.address == TcpAddress("127.0.0.1", second.offered)
    assert second.backlog.has_room()
    assert looks == []


@pytest.mark.parametrize("listen", [LISTEN.format(host="0.0.0.0", six=""), BOTH])
def test_the_address_is_that_of_the_first_launch(keeper: Keeper, listen: str) -> None:
    """Whether it listens at one address, at all, or at those of both families."""
    launcher = Launcher(TargetSpec(command=rough(listen=listen)), keeper)
    first, second = launcher.launch(), launcher.launch()
    assert isinstance(first.address, TcpAddress)
    assert isinstance(second.address, TcpAddress)
    assert first.address.host == second.address.host
    assert second.took_offer


def test_a_listener_of_somebody_else_is_not_taken_for_it(keeper: Keeper) -> None:
    """It is the process that counts, and not the port."""
    launcher = Launcher(TargetSpec(command=rough()), keeper)
    first, second = launcher.launch(), launcher.launch()
    assert second.took("127.0.0.1")
    second.offer, others = first.offer, second.offer
    assert second.took("127.0.0.1") is False
    second.kill()
    first.offer = others
    assert first.took("127.0.0.1") is None


def test_a_listener_is_found_by_the_address_of_a_client(free: int) -> None:
    """At that address or at all; not at another one, and not when it is closed."""
    for host, found in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0")):
        with socket.create_server((host, free)) as server:
            seen = sock_diag.listener("127.0.0.1", free)
            assert seen is not None
            assert (seen.host, seen.port, seen.unread) == (found, free, 0)
            assert seen.inode == os.fstat(server.fileno()).st_ino
    with socket.create_server(("127.0.0.2", free)):
        assert sock_diag.listener("127.0.0.1", free) is None
    assert sock_diag.listener("127.0.0.1", free) is None
    with pytest.raises(sock_diag.Unavailable):
        sock_diag.listener("localhost", free)


def test_an_open_connection_is_no_listener(free: int) -> None:
    """Also when it is all that is left there."""
    server = socket.create_server(("127.0.0.1", free))
    client = socket.create_connection(("127.0.0.1", free))
    accepted, _ = server.accept()
    server.close()
    assert sock_diag.listener("127.0.0.1", free) is None
    for sock in (client, accepted):
        sock.close()


def test_who_was_seen_vacant_has_room_for_one(looks: list[int | None]) -> None:
    """From the second client on the system is asked as always."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = TcpAddress(*server.getsockname())
        backlog = Backlog(address, vacant=True)
        assert backlog.has_room()
        assert looks == []
        backlog.begin()
        with socket.create_connection(address):
            assert not backlog.has_room()
        assert looks == [address.port]
        assert backlog.limit == 1
