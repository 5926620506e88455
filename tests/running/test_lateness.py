"""Late or lost: who owes bytes is asked for them by the end of input, and who is slow is let be."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.driver import Manner, perform
from harness.driver.brief import BRIEFLY, MANY_IN_VAIN, Brief
from harness.driver.silence import ONCE_STUCK, STUCK_AGAIN
from harness.judging.oracle import judge
from harness.probing.limits import connects
from harness.running.lane import Lane
from harness.running.patience import Patience
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    Close,
    Connect,
    HalfClose,
    Literal,
    Meet,
    Plan,
    Send,
    StartReading,
    StopReading,
    Wait,
    in_turn,
    one,
    side_by_side,
)
from harness.values.trace import Ending, ScriptTrace
from harness.values.verdict import Breach, Finding, Kind, Profile, Status
from tests.support.serving import Handler, Server, read_to_end, serving

WORD = Literal(b"hello")
INSISTS = one(Connect(), Send(WORD), AwaitEcho(), Close())
CONTEXT = Context(profile=Profile.CONCURRENT, remote=True)


def loses_the_last_byte(connection: socket.socket) -> None:
    while data := connection.recv(1024):
        connection.sendall(data[:-1])


def answers_at_the_end(connection: socket.socket) -> None:
    connection.sendall(read_to_end(connection))


def thinks(seconds: float) -> Handler:
    """A handler that is correct, and takes ``seconds`` for each answer."""

    def handler(connection: socket.socket) -> None:
        while data := connection.recv(1024):
            time.sleep(seconds)  # what is tested: a target that is slow
            connection.sendall(data)

    return handler


def asked(server: Server, plan: Plan = INSISTS) -> tuple[ScriptTrace, bool, list[Finding]]:
    trace = perform(plan, server.fleet, Manner(patience=0.9, ask=True))
    assert trace.unable is None
    return trace.scripts[0], trace.spoilt, judge(plan, trace, Profile.CONCURRENT)


# --- asking for the rest ------------------------------------------------------------------------


def test_who_closes_without_the_rest_has_lost_it() -> None:
    """That is proved by seeing it once: a correct server flushes everything before it closes."""
    with serving(loses_the_last_byte) as server:
        seen, spoilt, findings = asked(server)
    assert not spoilt
    assert (seen.echoed, seen.ending, seen.half_closed) == (4, Ending.FIN, True)
    assert seen.asked is not None
    assert 0.3 <= seen.asked < 0.9
    assert [(f.kind, f.breach, f.offset) for f in findings] == [(Kind.NO_ECHO, Breach.SAFETY, 4)]
    assert "ended its side" in findings[0].message


def test_who_sends_the_rest_when_asked_is_only_late() -> None:
    """The plan is over, and proves nothing."""
    with serving(answers_at_the_end) as server:
        seen, spoilt, _ = asked(server)
    assert spoilt
    assert seen.asked is not None


def test_who_keeps_the_rest_and_the_connection_may_be_slow() -> None:
    """It stays a liveness breach, to be tried again with more patience."""
    let_go = threading.Event()

    def keeps(connection: socket.socket) -> None:
        read_to_end(connection)
        let_go.wait(20)

    with serving(keeps) as server:
        seen, spoilt, findings = asked(server)
        let_go.set()
    assert not spoilt
    assert seen.stuck is not None
    assert seen.stuck.waited >= 0.9
    assert [(f.kind, f.breach) for f in findings] == [(Kind.NO_ECHO, Breach.LIVENESS)]


def test_who_is_in_time_is_never_asked() -> None:
    """Half of the time at which it would be."""
    with serving(thinks(0.1)) as server:
        seen, spoilt, findings = asked(server)
    assert (seen.asked, seen.half_closed, spoilt, findings) == (None, False, False, [])


def answers_in_two(before: float, between: float) -> Handler:
    """A handler that sends the first byte after ``before`` seconds and the rest ``between`` later:
    what the systems do when a segment found no room at the client."""

    def handler(connection: socket.socket) -> None:
        data = connection.recv(1024)
        time.sleep(before)  # what is tested: how long silence may last
        connection.sendall(data[:1])
        time.sleep(between)
        connection.sendall(data[1:])
        read_to_end(connection)

    return handler


STOPPED = 0.8
HELD_UP = one(
    Connect(), Send(WORD), StopReading(), Wait(STOPPED), StartReading(), AwaitEcho(), Close()
)


@pytest.mark.parametrize("before", [0.0, STOPPED + 0.7])
def test_who_was_held_up_gets_as_long_again_before_being_asked(before: float) -> None:
    """A segment that found no room at a client who did not read is sent again at intervals that
    double: the target has done all it should.  What waited in our own buffer proves nothing."""
    with serving(answers_in_two(before, 0.0 if before else STOPPED + 0.7)) as server:
        seen, spoilt, findings = asked(server, HELD_UP)
    assert (seen.asked, seen.half_closed, spoilt, findings) == (None, False, False, [])


def test_who_has_gone_on_since_is_asked_as_ever() -> None:
    """The first byte that was not there yet when reading was taken up shows that all is well."""
    with serving(answers_in_two(STOPPED + 0.2, 0.8)) as server:
        seen, spoilt, _ = asked(server, HELD_UP)
    assert spoilt
    assert seen.asked is not None
    assert seen.asked < 0.5


def test_patience_is_no_shorter_than_the_time_that_a_target_was_held_up() -> None:
    """Giving up, too, waits for the systems first."""

    def never(connection: socket.socket) -> None:
        connection.recv(1024)
        let_go.wait(20)

    let_go = threading.Event()
    with serving(never) as server:
        held_up = perform(HELD_UP, server.fleet, Manner(patience=0.3)).scripts[0].stuck
        plain = perform(INSISTS, server.fleet, Manner(patience=0.3)).scripts[0].stuck
        let_go.set()
    assert held_up is not None
    assert plain is not None
    assert held_up.waited >= STOPPED > plain.waited


def test_nobody_is_asked_unless_the_caller_says_so() -> None:
    """Plans mean what they say: no half-close that is not in them."""
    with serving(loses_the_last_byte) as server:
        trace = perform(INSISTS, server.fleet, Manner(patience=0.4))
    seen = trace.scripts[0]
    assert (seen.asked, seen.half_closed, trace.spoilt) == (None, False, False)
    assert seen.stuck is not None


# --- in a lane ----------------------------------------------------------------------------------


def lane_on(server: Server) -> Lane:
    return Lane(server.fleet, Patience(0.9), lambda check_id: check_id)


def test_a_slow_server_is_not_accused() -> None:
    """It is silent for longer than one waits before asking, and answers in time all the same."""
    with serving(thinks(0.45)) as server:
        lane = lane_on(server)
        result = lane.run(find("resilience/connect-and-leave"), CONTEXT)
    assert (result.status, result.findings) == (Status.PASSED, ())
    assert not lane.patience.asks, "asking such a server again would only cost time"


def test_what_is_lost_fails_at_the_first_try() -> None:
    """No second try with twice the patience, and the next check waits for less."""
    with serving(loses_the_last_byte) as server:
        lane = lane_on(server)
        check = find("resilience/connect-and-leave")
        result = lane.run(check, CONTEXT)
        times = len(server.peers) // connects(check.plan(CONTEXT))
    assert result.status is Status.FAILED
    assert result.findings[0].breach is Breach.SAFETY
    assert lane.patience.seconds == pytest.approx(0.45)
    assert lane.patience.retries
    assert times == 1, "it was tried again"


def test_a_server_that_answers_at_the_end_fails_for_not_answering() -> None:
    """Late for good is a breach, too: one wait of twice the patience decides."""
    with serving(answers_at_the_end) as server:
        lane = lane_on(server)
        result = lane.run(find("resilience/connect-and-leave"), CONTEXT)
    assert result.status is Status.FAILED
    finding = result.findings[0]
    assert (finding.kind, finding.breach) == (Kind.NO_ECHO, Breach.LIVENESS)
    assert "did not come within 1.8 s" in finding.message
    assert lane.patience.seconds < 0.9


# --- less patience for what is known ------------------------------------------------------------


def never_closes(let_go: threading.Event) -> Handler:
    def handler(connection: socket.socket) -> None:
        while data := connection.recv(1024):
            connection.sendall(data)
        let_go.wait(20)

    return handler


def test_ends_can_be_waited_for_with_less_patience() -> None:
    """Only where nothing but ends is missing."""
    let_go = threading.Event()
    ends = (Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd())
    with serving(never_closes(let_go)) as server:
        trace = perform(one(*ends), server.fleet, Manner(patience=20.0, end_patience=0.2))
        let_go.set()
    stuck = trace.scripts[0].stuck
    assert stuck is not None
    assert (stuck.kind, 0.2 <= stuck.waited < 5) == ("await-end", True)


def test_an_echo_is_waited_for_all_the_same() -> None:
    """Another client's missing end does not shorten the wait for bytes."""
    let_go = threading.Event()

    def slow_to_second(connection: socket.socket) -> None:
        while data := connection.recv(1024):
            if data == b"second":
                time.sleep(0.8)  # what is tested: a target that is slow
            connection.sendall(data)
        let_go.wait(20)

    ends = (Connect(), Send(WORD), AwaitEcho(), Meet("go"), HalfClose(), AwaitEnd())
    second = (Connect(), Meet("go"), Send(Literal(b"second")), AwaitEcho(), Close())
    with serving(slow_to_second) as server:
        trace = perform(
            side_by_side(ends, second), server.fleet, Manner(patience=20.0, end_patience=0.2)
        )
        let_go.set()
    assert trace.scripts[1].echoed == 6
    assert trace.scripts[1].stuck is None


def test_once_stuck_a_plan_is_less_patient() -> None:
    """The second client of a target that never closes costs a second, not all of the patience."""
    let_go = threading.Event()
    ends = (Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd())
    with serving(never_closes(let_go)) as server:
        trace = perform(in_turn(ends, ends), server.fleet, Manner(patience=2.0))
        let_go.set()
    first, second = (seen.stuck for seen in trace.scripts)
    assert first is not None
    assert second is not None
    assert first.waited >= 2.0
    assert ONCE_STUCK <= second.waited < 2.0


def test_waits_in_vain_get_shorter() -> None:
    """Dozens of brief waits for a target that answers none of them."""
    many = MANY_IN_VAIN + 20
    waits = [AwaitEcho(briefly=True)] * many
    let_go = threading.Event()

    def never_answers(connection: socket.socket) -> None:
        let_go.wait(20)

    with serving(never_answers) as server:
        began = time.monotonic()
        perform(one(Connect(), Send(WORD), *waits, Close()), server.fleet, Manner(patience=20.0))
        took = time.monotonic() - began
        let_go.set()
    assert took < (many - 4) * BRIEFLY


def test_waits_in_vain_are_counted_over_plans() -> None:
    """What one check has learnt of a target need not be learnt by the next."""
    brief = Brief()
    for _ in range(MANY_IN_VAIN):
        assert brief.seconds == BRIEFLY
        brief.was_in_vain()
    plan = one(Connect(), Send(WORD), *[AwaitEcho(briefly=True)] * 4, HalfClose(), AwaitEnd())
    with serving(answers_at_the_end) as server:
        began = time.monotonic()
        trace = perform(plan, server.fleet, Manner(patience=20.0, brief=brief))
        took = time.monotonic() - began
    assert trace.scripts[0].echoed == 5
    assert took < 4 * BRIEFLY


def test_silence_that_comes_again_and_again_is_waited_for_less_each_time() -> None:
    """A dozen clients of a target that answers none of them."""
    let_go = threading.Event()

    def never_answers(connection: socket.socket) -> None:
        let_go.wait(20)

    with serving(never_answers) as server:
        trace = perform(
            in_turn(*[INSISTS.scripts[0].steps] * 12), server.fleet, Manner(patience=1.0)
        )
        let_go.set()
    waited = [seen.stuck.waited for seen in trace.scripts if seen.stuck is not None]
    assert len(waited) == 12
    assert min(waited[:2]) >= 1.0
    assert STUCK_AGAIN <= min(waited) < 0.5
    assert sum(waited) < 0.5 * 12


def test_ends_that_do_not_come_do_not_shorten_the_wait_for_bytes() -> None:
    """They may be another check's business: what they teach says nothing of an echo."""
    let_go = threading.Event()

    def never_closes_and_may_be_mute(connection: socket.socket) -> None:
        if (data := connection.recv(1024)) != b"mute":
            connection.sendall(data)
        let_go.wait(20)

    ends = (Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd())
    mute = (Connect(), Send(Literal(b"mute")), AwaitEcho())
    with serving(never_closes_and_may_be_mute) as server:
        trace = perform(in_turn(*[ends] * 4, mute), server.fleet, Manner(patience=0.4))
        let_go.set()
    *waited, for_bytes = (seen.stuck.waited for seen in trace.scripts if seen.stuck is not None)
    assert len(waited) == 4
    assert min(waited[:2]) >= 0.4
    assert STUCK_AGAIN <= waited[3] < 0.4, "ends are waited for less and less"
    assert for_bytes >= 0.4


def test_a_wait_on_purpose_costs_no_cpu_time() -> None:
    """Longer than one waits before asking, and than the patience: nothing is due meanwhile."""
    waits = one(Connect(), Send(WORD), AwaitEcho(), Wait(1.5), Close())
    with serving(thinks(0.0)) as server:
        before = time.thread_time()
        trace = perform(waits, server.fleet, Manner(patience=0.9, ask=True))
        used = time.thread_time() - before
    assert (trace.scripts[0].stuck, trace.scripts[0].asked) == (None, None)
    assert used < 0.3


def test_a_silent_target_is_not_called_slow() -> None:
    """A plan whose time is over goes on while nothing moves at all: patience decides about that."""
    let_go = threading.Event()
    with serving(lambda connection: bool(let_go.wait(20))) as server:
        plan = one(Connect(), Send(WORD), AwaitEcho())
        trace = perform(plan, server.fleet, Manner(patience=2.0, limit=lambda: 1.2))
        let_go.set()
    assert trace.slow is None
    assert trace.scripts[0].stuck is not None
    assert trace.scripts[0].stuck.waited >= 2.0
