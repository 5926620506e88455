"""What a lane concludes of a server of datagrams: at once, at the second try, or not at all."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.probing.datagram_profile import detect
from harness.running.datagram_lane import DatagramLane
from harness.running.fleets import lane_of
from harness.running.lane import Lane
from harness.running.patience import Patience
from harness.values.address import Transport
from harness.values.verdict import Profile, Result, Status
from tests.support.datagrams import Answer, echo, serving

CONTEXT = Context(
    Profile.SEQUENTIAL,
    transport=Transport.UDP,
    remote=True,
    unseen="it is a thread",
    listening=(("127.0.0.1", 7007),),
)


def judged(check_id: str, answer: Answer, patience: float = 0.5) -> Result:
    with serving(answer) as server:
        lane = DatagramLane(server.fleet, Patience(patience), lambda check: f"repeat {check}")
        return lane.run(find(check_id), CONTEXT)


def forgets(times: int) -> Answer:
    """The first so many datagrams have no answer."""
    seen: list[bytes] = []

    def answer(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        seen.append(data)
        if len(seen) > times:
            sock.sendto(data, peer)

    return answer


def test_each_sort_of_server_has_its_lane() -> None:
    """Streams, whatever they go over, and datagrams."""
    assert lane_of(Transport.UDP) is DatagramLane
    assert {lane_of(one) for one in (Transport.TCP, Transport.UNIX, None)} == {Lane}


def test_what_comes_back_passes() -> None:
    """And the report says how much was asked."""
    result = judged("datagram/read-boundary", echo)
    assert (result.status, result.summary) == (Status.PASSED, "10 datagrams of 1 client")


def test_one_that_was_lost_is_asked_again_and_passes() -> None:
    """UDP may lose."""
    assert judged("datagram/hello", forgets(1)).status is Status.PASSED


def test_silence_that_does_not_come_again_is_flaky() -> None:
    """It accuses nobody."""
    result = judged("datagram/hello", forgets(4))
    assert result.status is Status.FLAKY
    assert "there was no answer" in result.summary


def test_silence_that_stays_fails() -> None:
    """With the timeline of the second try."""
    result = judged("datagram/hello", forgets(99))
    assert result.status is Status.FAILED
    assert [entry.what for entry in result.timeline][:2] == ["asked (10)", "asked again (10)"]
    assert result.repeat == "repeat datagram/hello"


def test_a_wrong_byte_fails_at_once() -> None:
    """It is asked once."""
    got: list[bytes] = []

    def upper(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
        got.append(data)
        sock.sendto(data[:-1] + b"?", peer)

    result = judged("datagram/hello", upper)
    assert result.status is Status.FAILED
    assert result.diagnosis is not None
    assert len(got) == 1


def test_a_should_only_warns_and_a_may_only_tells() -> None:
    """An empty datagram without an answer, and a question from port 7."""
    deaf: Callable[..., object] = lambda s, data, peer: data and s.sendto(data, peer)  # noqa: E731
    assert judged("datagram/empty", deaf).level == "should"
    told = judged("datagram/echo-port", echo)
    assert told.status in (Status.PASSED, Status.SKIPPED)  # only root may have that port
    assert "port 7" in told.summary


def test_where_nothing_comes_back_nothing_is_said_of_where_it_comes_from() -> None:
    """Not even that all is well."""
    result = judged("datagram/from-the-same-address", lambda *_: None)
    assert result.status is Status.SKIPPED


@pytest.mark.parametrize(
    ("answer", "answered", "echoes"),
    [
        (echo, True, True),
        (lambda sock, data, peer: sock.sendto(b"?", peer), True, False),
        (lambda *_: None, False, False),
    ],
)
def test_what_it_promises_is_found_out(answer: Answer, answered: bool, echoes: bool) -> None:
    """By two clients, one after the other."""
    with serving(answer) as server:
        found = detect(server.fleet, patience=0.4)
    assert (found.profile, found.answered, found.echoes) == (
        Profile.SEQUENTIAL,
        answered,
        echoes,
    )
