"""Which transport of a target is tested, and at which place: TCP, else a Unix socket, else UDP."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import cast

import pytest

from harness.errors import TargetProblem
from harness.launcher import searching
from harness.launcher.command import Offer
from harness.launcher.finding import EXPECTED_WITHIN, UNKNOWN_WITHIN, Finder
from harness.launcher.instance import Instance
from harness.launcher.learned import ONLY_DATAGRAMS, Learned
from harness.launcher.searching import Search
from harness.values.address import Address, TcpAddress, Transport, UdpAddress, UnixAddress
from harness.values.target import TargetSpec

HOST = "127.0.0.1"
OFFER = Offer(12_345, "/tmp/offered.sock")
PATH = UnixAddress("/run/echo.sock")
TCP = TcpAddress(HOST, OFFER.port)
UNIX, UDP = UnixAddress(OFFER.path), UdpAddress(HOST, OFFER.port)
PLAIN = TargetSpec(command=("sh", "-c", "exec server"))
NAMES = TargetSpec(command=("sh", "-c", "exec server --listen /run/echo.sock --udp 7007"))


class Tree:
    """What the processes of a target wait on, as the system would tell it."""

    def __init__(self, *waits: Address) -> None:
        self.waits = waits
        self.looks = 0
        """At all that it listens on."""

    def listeners(self) -> list[tuple[str, int]]:
        self.looks += 1
        return [(a.host, a.port) for a in self.waits if isinstance(a, TcpAddress)]

    def took(self, host: str) -> bool | None:
        return TcpAddress(host, OFFER.port) in self.waits or None

    def unix_listeners(self) -> list[UnixAddress]:
        return [a for a in self.waits if isinstance(a, UnixAddress)]

    def datagram_sockets(self) -> list[UdpAddress]:
        return [a for a in self.waits if isinstance(a, UdpAddress)]

    def members(self) -> list[int]:
        return []


def search(
    spec: TargetSpec, tree: Tree, known: Transport | None = None, took: bool | None = None
) -> Search:
    finder = Finder(spec, OFFER.port, took, tree.members)
    return Search(spec, finder, OFFER, known, tree)


@pytest.fixture(autouse=True)
def all_are_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "TESTED", tuple(Transport))


def found_after(looking: Search, most: float = 9.0) -> tuple[Address | None, float]:
    """What is found, and after how many seconds of looking; at the last moment after ``most``."""
    steps = 0
    while steps / 10 < most:
        if (address := looking.look(100 + steps / 10)) is not None:
            return address, steps / 10
        steps += 1
    return looking.look(100 + most, last=True), most


@pytest.mark.parametrize(
    ("spec", "waits", "found", "after"),
    [
        (PLAIN, (TCP, UNIX, UDP), TCP, 0.0),
        (PLAIN, (UNIX, UDP), UNIX, UNKNOWN_WITHIN),
        (PLAIN, (UDP,), UDP, UNKNOWN_WITHIN),
        (PLAIN, (PATH,), PATH, 9.0),
        (PLAIN, (UdpAddress(HOST, 7007),), UdpAddress(HOST, 7007), 9.0),
        (NAMES, (PATH,), PATH, EXPECTED_WITHIN),
        (NAMES, (UdpAddress("0.0.0.0", 7007),), UdpAddress(HOST, 7007), EXPECTED_WITHIN),
        (NAMES, (UnixAddress("/run/control"), PATH), PATH, EXPECTED_WITHIN),
        (PLAIN, (), None, 9.0),
    ],
)
def test_what_speaks_for_a_place(
    spec: TargetSpec, waits: tuple[Address, ...], found: Address | None, after: float
) -> None:
    """It is the sooner tested the more speaks for it, since TCP may still come."""
    address, waited = found_after(search(spec, Tree(*waits)))
    assert (type(address), address) == (type(found), found)
    assert waited == pytest.approx(after, abs=0.11)


def test_tcp_that_comes_later_is_tested() -> None:
    """A socket to be controlled by is not taken for the service."""
    tree = Tree(UnixAddress("/run/control.sock"))
    looking = search(PLAIN, tree)
    assert looking.look(1.0) is None
    assert looking.look(5.0) is None
    tree.waits = (*tree.waits, TCP)
    assert looking.look(5.1) == TCP


@pytest.mark.parametrize("known", [Transport.UNIX, None])
def test_a_pinned_transport_is_not_kept_waiting(known: Transport | None) -> None:
    """Nor is one that earlier instances spoke: nothing better comes."""
    spec = PLAIN if known else TargetSpec(command=("s",), transport=Transport.UNIX)
    assert search(spec, Tree(UNIX, UDP), known).look(1.0) == UNIX
    assert search(spec, Tree(TCP)).candidates
    assert search(spec, Tree(PATH), Transport.UNIX, took=False).look(1.0) == PATH
    if not known:
        assert search(spec, Tree(TCP)).look(1.0, last=True) is None


def test_a_path_that_was_written_into_the_command_is_the_only_one() -> None:
    """As with a port."""
    spec = TargetSpec(command=("s", "{path}"))
    assert search(spec, Tree(PATH)).look(9.0, last=True) is None
    assert search(spec, Tree(PATH, UNIX)).look(1.0) == UNIX


def test_several_paths_of_which_none_is_meant() -> None:
    """The problem names them, once there is no time to wait any more."""
    looking = search(PLAIN, Tree(UnixAddress("/a"), UnixAddress("/b")))
    assert looking.look(1.0) is None
    with pytest.raises(TargetProblem, match="Unix sockets /a and /b"):
        looking.look(9.0, last=True)


def test_what_was_found_is_looked_at_again() -> None:
    """TCP that has come meanwhile is tested instead, unless the first answers."""
    looking = search(PLAIN, Tree(UNIX, TcpAddress(HOST, 7001)))
    assert looking.again(UNIX, proven=True) == UNIX
    assert looking.again(UNIX, proven=False) == TcpAddress(HOST, 7001)
    assert search(PLAIN, Tree(UNIX)).again(UNIX, proven=False) == UNIX


def test_the_executable_is_no_source() -> None:
    """What an interpreter holds says nothing of the path that its script takes."""
    spec = TargetSpec(command=(sys.executable, "-c", "serve()"))
    assert found_after(search(spec, Tree(PATH)), most=3.0) == (PATH, 3.0)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (PLAIN, True),
        (TargetSpec(command=PLAIN.command, transport=Transport.UDP), False),
        (TargetSpec(command=("python", "-m", "harness.hosting", "server:Datagrams")), False),
    ],
    ids=["found out", "asked for", "a handler of datagrams"],
)
def test_who_may_have_meant_tcp_is_told_so(spec: TargetSpec, told: bool) -> None:
    """Not who asked for datagrams, nor who gave a handler of them."""
    launcher = Learned(spec)
    launcher.learn(cast(Instance, SimpleNamespace(address=UDP, took_offer=True)))
    assert launcher.notices == ([ONLY_DATAGRAMS] if told else [])


def test_who_is_known_to_take_its_port_is_seldom_looked_at_as_a_whole() -> None:
    """It may take another port this time; until then one question a look is enough."""
    tree = Tree()
    looking = search(PLAIN, tree, Transport.TCP, took=True)
    looks = [looking.look(100 + step / 100) for step in range(20)]
    assert set(looks) == {None}
    assert 3 <= tree.looks <= 5
    tree.waits = (TCP,)
    assert looking.look(100.2) == TCP
    assert tree.looks <= 5
    other = TcpAddress(HOST, OFFER.port + 1)
    assert found_after(search(PLAIN, Tree(other), Transport.TCP, took=True))[0] == other
