"""A target with more than one port: the one that was offered, or the one that is meant."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest

from harness.errors import TargetProblem, WrongTarget
from harness.launcher import finding
from harness.launcher.finding import EXPECTED_WITHIN, UNKNOWN_WITHIN, Finder
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.shared import SharedFleet
from harness.system import sock_diag, sockets
from harness.values.target import TargetSpec
from tests.support.rough import Launch, rough
from tests.support.serving import eventually

OFFERED = 12_345
HOST = "127.0.0.1"
UNREADABLE = TargetSpec(command=("server", "-x"))
ASKS = TargetSpec(command=("sh", "-c", "exec server $PORT"))
SILENT = TargetSpec(command=("sh", "-c", "exec server"))


def finder(spec: TargetSpec, took_offer: bool | None = None) -> Finder:
    return Finder(spec, OFFERED, took_offer, lambda: ())


def on(*ports: int) -> list[tuple[str, int]]:
    return [(HOST, port) for port in ports]


# --- how long the offered port is waited for ----------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "took_offer", "within"),
    [
        (SILENT, None, 0.0),
        (SILENT, False, 0.0),
        (ASKS, False, 0.0),
        (UNREADABLE, False, 0.0),
        (UNREADABLE, None, UNKNOWN_WITHIN),
        (ASKS, None, EXPECTED_WITHIN),
        (SILENT, True, EXPECTED_WITHIN),
    ],
)
def test_how_long_the_offered_port_is_waited_for(
    spec: TargetSpec, took_offer: bool | None, within: float
) -> None:
    """No longer than what is known of the target makes it likely to come."""
    found = finder(spec, took_offer)
    assert found.look([], 1.0) is None
    if within:
        assert found.look(on(7001), 2.0) is None
        assert found.look(on(7001), 1.99 + within) is None
    assert found.look(on(7001), 2.01 + within) == 7001


def test_the_offered_port_beats_every_other() -> None:
    """At once, whatever else is open, and wherever it listens."""
    assert finder(ASKS).look(on(7001, OFFERED), 1.0) == OFFERED
    assert finder(SILENT).look(on(*range(7000, 9000), OFFERED), 1.0) == OFFERED
    assert finder(SILENT).look([(HOST, 7001), ("192.0.2.1", OFFERED)], 1.0) == OFFERED


def test_a_port_that_was_asked_for_is_the_only_one() -> None:
    """With --port or a placeholder nothing else is looked at, however long it takes."""
    for spec in (TargetSpec(command=("s",), port=OFFERED), TargetSpec(command=("s", "{port}"))):
        found = finder(spec)
        assert found.look(on(7001), 1.0, last=True) is None
        assert found.look(on(7001, OFFERED), 1.0) == OFFERED


def test_one_port_of_both_families_is_one() -> None:
    """As a server has it that listens on 0.0.0.0 and on ::."""
    assert finder(SILENT).look([("0.0.0.0", 7001), ("::", 7001)], 1.0) == 7001


def test_a_port_that_cannot_be_reached_from_here_is_not_meant() -> None:
    """Where there is one that can."""
    assert finder(SILENT).look([("192.0.2.1", 7001), (HOST, 7002)], 1.0) == 7002
    assert finder(SILENT).look([("192.0.2.1", 7001)], 1.0) == 7001


def test_what_stays_unclear_is_told() -> None:
    """Once nothing new has come for a while, or there is no time left."""
    found = finder(SILENT)
    assert found.look(on(7001, 7002), 1.0) is None
    assert found.look(on(7001, 7002, 7003), 2.9) is None
    assert found.look(on(7001, 7002, 7003), 4.8) is None
    with pytest.raises(TargetProblem, match=r"7001, 7002 and 7003: choose with --port"):
        found.look(on(7001, 7002, 7003), 4.91)
    with pytest.raises(TargetProblem, match=r"7001 and 7002: choose with --port"):
        finder(ASKS).look(on(7001, 7002), 1.0, last=True)


def test_what_comes_later() -> None:
    """The offered port is better; another makes it unclear, unless the first one echoes."""
    look = finder(SILENT).again
    assert look(on(7001, OFFERED), 7001, proven=True) == OFFERED
    assert look(on(7001, 7002), 7001, proven=True) == 7001
    assert look(on(7002), 7001, proven=False) == 7001
    with pytest.raises(TargetProblem, match="7001 and 7002"):
        look(on(7001, 7002), 7001, proven=False)


# --- real targets -------------------------------------------------------------------------------

LATE = """\
health = socket.create_server(("127.0.0.1", 0))
time.sleep(0.3)
listener = socket.create_server(("127.0.0.1", port), backlog=128)"""
TWO = """\
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
other = socket.create_server(("127.0.0.1", 0))"""
MANY = """\
others = [socket.create_server(("127.0.0.1", 0)) for _ in range(600)]
listener = socket.create_server(("127.0.0.1", port), backlog=128)"""
MOVES = """\
health = socket.create_server(("127.0.0.1", 0))
health.accept()
listener = socket.create_server(("127.0.0.1", port), backlog=128)"""


@pytest.mark.parametrize("listen", [LATE, MANY])
def test_the_echo_port_among_others(launch: Launch, listen: str) -> None:
    """A health port that opens first, or hundreds of others, are not taken for it."""
    instance = launch(*rough(listen=listen))
    assert instance.address == (HOST, instance.offered)


def test_two_ports_of_which_none_is_meant(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrong one is never judged in the place of the right one."""
    monkeypatch.setattr(finding, "EXPECTED_WITHIN", 0.1)
    launcher = Launcher(TargetSpec(command=rough(listen=TWO)), keeper)
    with pytest.raises(TargetProblem, match=r"listens on \d+ and \d+: choose with --port") as told:
        launcher.launch()
    assert (told.value.exit_code, told.value.step) == (3, "choose")


def test_the_port_in_the_command_is_meant(keeper: Keeper) -> None:
    """And the user is told that there was a choice."""
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    listen = 'health = socket.create_server(("127.0.0.1", 0))\n'
    listen += 'listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)'
    code = rough(listen=listen)[-1].replace('int(os.environ["PORT"])', "0")
    launcher = Launcher(TargetSpec(command=(*rough()[:-1], code, str(port))), keeper)
    instance = launcher.launch()
    if instance.address[1] != port:  # looked at between the two: it comes a moment later
        eventually(lambda: len(instance.listeners()) == 2)
        assert launcher.look_again(instance, proven=False)
    assert instance.address == (HOST, port)


@pytest.fixture
def moved(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> Iterator[SharedFleet]:
    """A target whose health port was found, and which listens on the offered one since then."""
    monkeypatch.setattr(finding, "EXPECTED_WITHIN", 0.0)
    fleet = SharedFleet(Launcher(TargetSpec(command=rough(listen=MOVES)), keeper))
    with contextlib.closing(fleet):
        fleet.refresh()
        instance = fleet.current
        assert instance is not None
        assert instance.address[1] != instance.offered
        socket.create_connection(instance.address).close()
        eventually(lambda: len(instance.listeners()) == 2)
        yield fleet


def test_a_listener_on_the_offered_port_that_comes_later_is_used(moved: SharedFleet) -> None:
    """And the next instances are expected to take what they are offered."""
    assert moved.look_again(proven=True)
    instance = moved.current
    assert instance is not None
    assert instance.address == (HOST, instance.offered)
    assert moved.launcher.took_offer
    assert moved.launcher.may_overlap
    assert not moved.look_again(proven=True)
    moved.refresh()


def test_who_was_judged_on_the_wrong_port_is_not_judged_at_all(moved: SharedFleet) -> None:
    """When it shows only later, in the middle of a run."""
    moved.refresh()
    moved.launcher.settled = True
    with pytest.raises(WrongTarget, match="has come to listen on port"):
        moved.refresh()


def test_one_port_of_many_is_asked_for_alone(launch: Launch) -> None:
    """So that a look at the listener in use costs the same whatever else is open."""
    instance = launch(*rough(listen=MANY))
    port = instance.address[1]
    try:
        found = sock_diag.in_state(sock_diag.LISTEN, port=port)
    except sock_diag.Unavailable:
        pytest.skip("the system has no sock_diag")
    assert [(entry.host, entry.port) for entry in found] == [instance.address]
    assert sockets.listening_on([instance.pid], port) == {found[0].inode}
    assert sockets.listening_on([os.getpid()], port) == set()
    assert instance.listens()
