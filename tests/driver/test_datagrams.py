"""The driver for datagrams, on real sockets: against servers in a thread, and launched ones."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from types import SimpleNamespace
from typing import cast

import pytest

from harness.driver import udp
from harness.driver.asking import Asking
from harness.driver.datagrams import DatagramLoop, perform
from harness.driver.manner import Manner
from harness.driver.post import Client, Post
from harness.driver.pulse import Pulse
from harness.driver.world import World
from harness.judging.datagrams import judge
from harness.values.address import UdpAddress
from harness.values.datagrams import (
    LARGEST_DATAGRAM,
    Ask,
    AwaitAnswers,
    ClientTrace,
    DatagramPlan,
    DatagramScript,
    DatagramTrace,
    Leave,
    Step,
    in_turn,
    side_by_side,
)
from harness.values.plan import Literal, Meet, Plain, Wait
from harness.values.verdict import Kind, Profile
from tests.support.datagrams import Answer, Server, echo, serving

HELLO: tuple[Step, ...] = (Ask(Literal(b"hello")), AwaitAnswers())


def traced(
    plan: DatagramPlan, answer: Answer = echo, *, patience: float = 3.0
) -> tuple[DatagramTrace, Server]:
    with serving(answer) as server:
        return perform(plan, server.fleet, Manner(patience)), server


def seen(plan: DatagramPlan, answer: Answer = echo, *, patience: float = 3.0) -> ClientTrace:
    """What the first client saw."""
    return traced(plan, answer, patience=patience)[0].scripts[0]


def kinds(plan: DatagramPlan, answer: Answer, *, patience: float = 3.0) -> list[Kind]:
    trace, _ = traced(plan, answer, patience=patience)
    return [f.kind for f in judge(plan, trace, Profile.SEQUENTIAL)]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_datagram_comes_back(host: str) -> None:
    """Over IPv4 and IPv6, from where it was sent to."""
    with serving(host=host) as server:
        trace = perform(side_by_side(HELLO), server.fleet, Manner(3.0))
    client = trace.scripts[0]
    assert [(a.times, a.answers) for a in client.asked] == [(1, 1)]
    assert client.came[0].source == client.target == server.address
    assert client.address is not None
    assert judge(side_by_side(HELLO), trace, Profile.SEQUENTIAL) == []


def test_a_client_may_ask_from_another_address_of_the_machine() -> None:
    """Who answers the port of a client at the usual address has not answered that one."""

    def to_the_usual(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        sock.sendto(data, ("127.0.0.1", peer[1]))

    plan = DatagramPlan((DatagramScript(HELLO, own="127.0.0.2"),))
    client = seen(plan)
    assert client.address is not None
    assert client.address[0] == "127.0.0.2"
    assert client.asked[0].answers == 1
    assert kinds(plan, to_the_usual, patience=0.3) == [Kind.NO_ECHO]


def test_over_ipv6_there_is_one_address() -> None:
    """There a client asks as ever."""
    with serving(host="::1") as server:
        plan = DatagramPlan((DatagramScript(HELLO, own="127.0.0.2"),))
        trace = perform(plan, server.fleet, Manner(3.0))
    assert judge(plan, trace, Profile.SEQUENTIAL) == []


@pytest.mark.parametrize("size", [0, 1, 1472, 9000, LARGEST_DATAGRAM])
def test_every_size_goes_through(size: int) -> None:
    """Also none, and the largest."""
    assert kinds(side_by_side((Ask(Plain(1, size)), AwaitAnswers())), echo) == []


def test_what_is_lost_once_is_asked_again_and_accuses_nobody() -> None:
    """The first of each is dropped, as by a full buffer."""
    lost: set[bytes] = set()

    def forgetful(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        if data in lost:
            sock.sendto(data, peer)
        lost.add(data)

    plan = side_by_side((*(Ask(Plain(n, 20)) for n in range(12)), AwaitAnswers()))
    trace, server = traced(plan, forgetful)
    assert judge(plan, trace, Profile.SEQUENTIAL) == []
    assert {a.times for a in trace.scripts[0].asked} == {2}
    assert trace.duration < 1.5
    assert len(server.got) == 24


def test_silence_is_repeated_before_it_accuses() -> None:
    """The server answers everything but the empty one."""

    def no_empty(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        if data:
            sock.sendto(data, peer)

    plan = side_by_side((Ask(Literal(b"")), Ask(Literal(b"x")), AwaitAnswers()))
    trace, server = traced(plan, no_empty, patience=0.5)
    (finding,) = judge(plan, trace, Profile.SEQUENTIAL)
    assert finding.kind is Kind.NO_ECHO
    assert server.got.count(b"") == 4
    assert server.got.count(b"x") == 1


def test_a_late_answer_is_an_answer() -> None:
    """It was asked again meanwhile, and comes twice: as often as it was sent."""

    def late(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        time.sleep(0.3)
        sock.sendto(data, peer)

    assert kinds(side_by_side(HELLO), late) == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda sock, data, peer: sock.sendto(data[:3], peer), Kind.TRUNCATED),
        (lambda sock, data, peer: [sock.sendto(data, peer) for _ in "12"], Kind.DUPLICATED),
        (lambda sock, data, peer: [sock.sendto(d, peer) for d in (data[:2], data[2:])], Kind.SPLIT),
        (lambda sock, data, peer: sock.sendto(data.upper(), peer), Kind.CHANGED),
    ],
)
def test_wrong_answers_are_seen_at_once(answer: Answer, kind: Kind) -> None:
    """No patience is needed for what is wrong by itself."""
    plan = in_turn(HELLO, HELLO)
    trace, _ = traced(plan, answer)
    found = judge(plan, trace, Profile.SEQUENTIAL)
    assert found[0].kind is kind
    assert trace.duration < 1.5


def test_an_answer_from_another_socket_is_seen() -> None:
    """The client is not connected, so it hears whoever answers."""

    def elsewhere(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            other.sendto(data, peer)

    assert kinds(side_by_side(HELLO), elsewhere) == [Kind.ELSEWHERE]


def test_an_answer_to_the_one_before_is_foreign() -> None:
    """Both clients are there, and each gets the other's."""
    last: list[tuple[str, int]] = []

    def behind(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        sock.sendto(data, last[-1] if last else peer)
        last.append(peer)

    first = (Ask(Literal(b"first")), AwaitAnswers(), Meet("in"), Wait(0.05))
    second = (Meet("in"), Ask(Literal(b"second")), AwaitAnswers(briefly=True))
    assert kinds(side_by_side(first, second), behind)[0] is Kind.FOREIGN


def test_a_closed_port_is_told_by_the_system() -> None:
    """ICMP reaches a client that is not connected, and ends its wait early."""
    with serving() as server:
        pass
    started = time.monotonic()
    trace = perform(side_by_side(HELLO), server.fleet, Manner(3.0))
    (finding,) = judge(side_by_side(HELLO), trace, Profile.SEQUENTIAL)
    assert finding.kind is Kind.REFUSED
    assert trace.scripts[0].refused >= 3
    assert time.monotonic() - started < 2.5


def test_who_leaves_is_gone_and_its_port_is_not_used_again() -> None:
    """Its late answer meets nobody, and nobody else gets it."""
    ports = []
    plan = side_by_side((Ask(Literal(b"bye")), Leave()))
    with serving() as server:
        for _ in range(3):
            client = perform(plan, server.fleet, Manner(3.0)).scripts[0]
            assert client.left
            assert client.address is not None
            ports.append(client.address[1])
    assert set(ports) <= set(udp._left)
    assert len(set(ports)) == 3


def test_another_address_of_the_machine_can_be_asked() -> None:
    """``to`` says which, on the same port."""
    with serving(host="0.0.0.0") as server:
        server.fleet._address = UdpAddress("127.0.0.1", server.address[1])  # type: ignore[attr-defined]
        plan = DatagramPlan((DatagramScript(HELLO, to="127.0.0.2"),))
        trace = perform(plan, server.fleet, Manner(3.0))
    (finding,) = judge(plan, trace, Profile.SEQUENTIAL)
    assert finding.kind is Kind.ELSEWHERE
    assert "sent to 127.0.0.2" in finding.message


def test_a_flood_is_answered_in_the_end() -> None:
    """More than the target's buffer holds while it does not read: what was dropped is asked again,
    without filling the buffer anew."""
    gate = threading.Event()

    def gated(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        gate.wait(5.0)
        sock.sendto(data, peer)

    plan = side_by_side((*(Ask(Plain(n, 8000)) for n in range(60)), Wait(0.05), AwaitAnswers()))
    threading.Timer(0.1, gate.set).start()
    trace, _ = traced(plan, gated)
    assert judge(plan, trace, Profile.SEQUENTIAL) == []
    assert any(a.times > 1 for a in trace.scripts[0].asked)


def test_a_plan_ends_within_its_limit() -> None:
    """A server that sends on and on is left there."""

    def endless(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        for _ in range(40):
            sock.sendto(b"more" + data, peer)
            time.sleep(0.02)

    plan = side_by_side((Ask(Literal(b"hello")), Wait(9.0)))
    with serving(endless) as server:
        trace = DatagramLoop(plan, server.fleet, Manner(3.0, limit=lambda: 0.5)).run()
    assert trace.slow is not None
    assert judge(plan, trace, Profile.SEQUENTIAL)[0].kind is Kind.EXTRA


def test_it_is_about_as_fast_as_it_can_be() -> None:
    """Many clients share one loop: no wait stands between them."""
    plan = side_by_side(*(HELLO for _ in range(60)))
    trace, _ = traced(plan)
    assert all(c.asked[0].answers for c in trace.scripts)
    assert trace.duration < 2.0


def test_clients_whose_datagrams_were_lost_together_ask_again_one_by_one() -> None:
    """A small buffer would take in those of the first few each time, and the others never."""
    woken: list[tuple[float, int]] = []
    world = SimpleNamespace(wake_at=lambda at, client: woken.append((at, client.index)))
    post = Post(cast("World[Client]", world))
    for index in range(14):
        script = DatagramScript(())
        post.wake_at(Client(index, script, Asking(script, Pulse(0.0, 3.0))), 10.25)
    post.poller.close()
    times = [at for at, _ in woken]
    assert times[0] == 10.25 and times[-1] < 10.3
    assert all(b - a > 0.001 for a, b in itertools.pairwise(times))


def test_silence_is_no_slowness() -> None:
    """A target that answers no more is accused of that, also where the plan has little time."""
    answered: list[bytes] = []

    def only_first(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        answered.append(data)
        if len(answered) == 1:
            sock.sendto(data, peer)

    plan = in_turn((*HELLO, Ask(Literal(b"again")), AwaitAnswers()))
    with serving(only_first) as server:
        trace = perform(plan, server.fleet, Manner(1.5, limit=lambda: 1.2))
    assert trace.slow is None
    assert [f.kind for f in judge(plan, trace, Profile.SEQUENTIAL)] == [Kind.NO_ECHO]
