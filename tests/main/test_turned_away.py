"""A client that is dropped: a limit on connections, which is no breach, or a bug."""

from __future__ import annotations

import sys

import msgspec
import pytest

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.driver import Manner, perform
from harness.fuzzer import Bounds, Case, Failure, FuzzSummary, Task, attempts, examine, replay
from harness.fuzzer import run as fuzz
from harness.fuzzer.case import Rate
from harness.probing import limits
from harness.probing.limits import MANY
from harness.running.lane import Lane
from harness.running.patience import Patience
from harness.values.events import Notice
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    Close,
    Connect,
    HalfClose,
    Literal,
    Send,
    in_turn,
    side_by_side,
)
from harness.values.trace import Ending
from harness.values.verdict import Breach, Finding, Kind, Profile, Status
from tests.fuzzer.targets import fleet_for

LIMITED = """
import os, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
served = 0
while True:
    connection, _ = listener.accept()
    served += 1
    with connection:
        if served > 25:
            continue
        while data := connection.recv(4096):
            connection.sendall(data)
"""
"""Serves its first 25 connections and closes all others at once."""

DROPPING = """
import os, socket, struct
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
served = 0
while True:
    connection, _ = listener.accept()
    served += 1
    with connection:
        if served % 4 == 0 and connection.recv(1):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            continue
        while data := connection.recv(4096):
            connection.sendall(data)
"""
"""Resets every fourth connection."""


def used(command: list[str], profile: Profile) -> tuple[Status, str]:
    """``sessions/queue`` on an instance that has had many connections already."""
    with fleet_for(command, profile) as fleet:
        perform(in_turn(*((Connect(), Close()),) * (MANY + 5)), fleet, Manner(patience=10.0))
        lane = Lane(fleet, Patience(3.0), lambda check_id: check_id)
        result = lane.run(find("sessions/queue"), Context(profile=profile))
    return result.status, result.summary


def test_who_drops_clients_on_a_fresh_instance_too_has_a_bug() -> None:
    """The verdict is that of `--only`, whatever the instance has been used for before."""
    status, summary = used([sys.executable, "-c", DROPPING], Profile.SEQUENTIAL)
    assert (status, "reset the connection" in summary) == (Status.FAILED, True), summary


SILENT = """
import contextlib, os, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    connection, _ = listener.accept()
    with connection, contextlib.suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
"""
"""Reads all, and gives nobody a byte."""


def test_who_drops_the_first_client_of_many_is_not_asked_gently() -> None:
    """No limit is met by then, so that nothing has to be tried again one by one."""
    context = Context(profile=Profile.SEQUENTIAL)
    plan = in_turn(*((Connect(), Send(Literal(b"hello")), HalfClose(), AwaitEnd()),) * 24)
    check = msgspec.structs.replace(find("sessions/no-leftovers"), plan=lambda context: plan)
    with fleet_for([sys.executable, "-c", SILENT], Profile.SEQUENTIAL) as fleet:
        lane = Lane(fleet, Patience(0.3), lambda check_id: check_id)
        first = lane._perform(check, context, 0.3, ask=True)
    assert limits.turned_away(first.findings, first.connections)
    assert (first.before, first.turned_away) == (0, False)


@pytest.mark.parametrize(
    ("session", "before", "early"),
    [
        (0, 0, True),
        (18, 0, True),
        (19, 0, False),
        (0, MANY - 2, True),
        (0, MANY - 1, False),
        (None, 0, False),
    ],
)
def test_a_limit_is_not_met_by_the_first_clients(
    session: int | None, before: int, early: bool
) -> None:
    """Of a plan as of an instance; a finding that is about nobody tells nothing."""
    plan = in_turn(*((Connect(), Close()),) * 24)
    finding = Finding(kind=Kind.TRUNCATED, breach=Breach.SAFETY, message="", session=session)
    assert limits.too_early(plan, [finding], before) == early


def test_who_comes_at_once_with_many_may_be_the_last_of_them() -> None:
    """The order in which a plan names its clients is not that in which they come."""
    finding = Finding(kind=Kind.TRUNCATED, breach=Breach.SAFETY, message="", session=0)
    crowd = ((Connect(), Close()),)
    assert limits.too_early(side_by_side(*crowd * (MANY - 1)), [finding], 0)
    assert not limits.too_early(side_by_side(*crowd * MANY), [finding], 0)


def test_who_serves_on_a_fresh_instance_may_have_a_limit() -> None:
    """It accuses nobody, and says what to do."""
    status, summary = used([sys.executable, "-c", LIMITED], Profile.SEQUENTIAL)
    assert (status, "--rate" in summary) == (Status.INCONCLUSIVE, True), summary


# --- the search by random plans -----------------------------------------------------------------

LIMITER = """
import os, socket, struct, sys, threading, time
LIMIT, HOW = int(sys.argv[1]), sys.argv[2]
WINDOW, REST = (1e9, 1e9) if "for ever" in sys.argv else (1.0, 10.0)
address = ("127.0.0.1", int(os.environ["PORT"]))
listener = socket.create_server(address, backlog=128)

def echo(connection):
    try:
        with connection:
            while data := connection.recv(4096):
                connection.sendall(data)
    except OSError:
        pass

recent, rests_until = [], 0.0
while True:
    connection, _ = listener.accept()
    now = time.monotonic()
    recent = [at for at in recent if at > now - WINDOW] + [now]
    if len(recent) > LIMIT:
        rests_until = now + REST
    if now >= rests_until:
        threading.Thread(target=echo, args=(connection,), daemon=True).start()
        continue
    if HOW == "resets":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    if HOW == "refuses":
        listener.close()
        time.sleep(REST)
        listener = socket.create_server(address, backlog=128)
"""
"""Serves so many connections a second, and then nobody for ten seconds, in one of three ways.  With
``for ever`` it serves so many in all, which is a bug."""


def search(
    command: list[str], profile: Profile, sessions: int
) -> tuple[list[Failure], FuzzSummary, list[Notice]]:
    task = Task(profile=profile, seed=0, patience=2.0, bounds=Bounds(sessions, 30.0, bugs=1))
    with fleet_for(command, profile) as fleet:
        events = list(fuzz(fleet, task, shrink_seconds=lambda: 1.0))
    summary = events[-1]
    assert isinstance(summary, FuzzSummary)
    return (
        [event for event in events if isinstance(event, Failure)],
        summary,
        [event for event in events if isinstance(event, Notice)],
    )


@pytest.mark.parametrize("how", ["closes", "resets", "refuses"])
def test_the_search_accuses_no_limit(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on with fewer connections to each instance, and says so once."""
    monkeypatch.setattr(attempts, "GENTLE_WITHIN", 0.5)
    monkeypatch.setattr(examine, "GENTLE_WITHIN", 0.5)
    command = [sys.executable, "-c", LIMITER, "25", how]
    failures, summary, notices = search(command, Profile.CONCURRENT, 90)
    assert failures == []
    assert summary.unconfirmed == 0
    assert summary.stats.sessions >= 90
    assert summary.turned_away is not None
    assert summary.turned_away >= 25
    assert [n.text.partition(" connections")[2] for n in notices] == [
        ", as one that limits them: each instance gets only a few from here on; see --rate."
    ]


def _many_sessions() -> Case:
    session = (Connect(), Send(Literal(b"hello")), AwaitEcho(), HalfClose(), AwaitEnd())
    return Case(
        profile=Profile.CONCURRENT,
        seed=0,
        found_after=0,
        created=None,
        findings=(),
        decides=(),
        rate=Rate(failed=1, of=1),
        plan=in_turn(*(session for _ in range(35))),
    )


@pytest.mark.parametrize("word", ["", "for ever"])
def test_the_same_clients_one_by_one_tell_a_limit_from_a_bug(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search confirms that who serves so many in all has a bug, and that a limit has none."""
    monkeypatch.setattr(attempts, "GENTLEST_RATE", 20.0)
    command = [sys.executable, "-c", LIMITER, "25", "closes", word]
    kinds = frozenset({Kind.EARLY_CLOSE, Kind.TRUNCATED, Kind.RESET, Kind.NO_ECHO})
    with fleet_for(command, Profile.CONCURRENT) as fleet:
        tried = attempts.Attempts(fleet, Profile.CONCURRENT, patience=2.0, rate=None)
        tried.fresh = False
        plan = _many_sessions().plan
        seen = tried.shows(plan, kinds, 2.0, fresh=True)
        assert (seen is not None) == (word == "for ever")
        assert tried.rate is None
        # Where there is no time for that, nothing is told.
        assert tried.shows(plan, kinds, 2.0, fresh=True, within=0.1) is None


def test_a_case_that_meets_a_limit_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Performed at a gentle rate it passes."""
    monkeypatch.setattr(attempts, "GENTLEST_RATE", 20.0)
    command = [sys.executable, "-c", LIMITER, "25", "closes"]
    with fleet_for(command, Profile.CONCURRENT) as fleet:
        done = replay(_many_sessions(), fleet, profile=Profile.CONCURRENT)
    assert not done.failed
    assert done.unable is not None
    assert "set --rate" in done.unable


def test_a_case_of_who_serves_only_so_many_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a gentle rate as well."""
    monkeypatch.setattr(attempts, "GENTLEST_RATE", 60.0)
    with fleet_for([sys.executable, "-c", LIMITED], Profile.SEQUENTIAL) as fleet:
        done = replay(_many_sessions(), fleet, profile=Profile.SEQUENTIAL)
    assert done.failed


@pytest.mark.parametrize(
    ("kind", "ending", "received", "connections", "limit"),
    [
        (Kind.REFUSED, Ending.NEVER, None, 20, True),
        (Kind.REFUSED, Ending.NEVER, None, 19, False),
        (Kind.EARLY_CLOSE, Ending.FIN, 0, 20, True),
        (Kind.EARLY_CLOSE, Ending.RST, 0, 20, True),
        (Kind.TRUNCATED, Ending.RST, 0, 20, True),
        (Kind.RESET, Ending.RST, 0, 20, True),
        (Kind.TRUNCATED, Ending.RST, 1, 20, False),
        (Kind.NO_ECHO, Ending.OPEN, 0, 20, False),
        (Kind.CHANGED, Ending.FIN, 0, 20, False),
        (Kind.DIED, Ending.DIED, 0, 20, False),
    ],
)
def test_what_a_limit_looks_like(
    kind: Kind, ending: Ending, received: int | None, connections: int, limit: bool
) -> None:
    """A client is refused or dropped before it gets a byte, after many connections."""
    finding = Finding(kind=kind, breach=Breach.SAFETY, message="", ending=ending, received=received)
    assert limits.turned_away([finding], connections) == limit


def test_rates_get_gentler_step_by_step() -> None:
    """Down to one that no limit known to us minds."""
    assert limits.gentler(None) == limits.GENTLE_RATE
    assert limits.gentler(50.0) == limits.GENTLE_RATE
    assert limits.gentler(limits.GENTLE_RATE) == limits.GENTLEST_RATE
    assert limits.gentler(limits.GENTLEST_RATE) is None
