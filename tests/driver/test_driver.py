"""The driver, on real sockets: against servers in a thread, and against launched ones."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.driver import Manner, perform, telling
from harness.driver.brief import Brief
from harness.driver.incoming import common_prefix
from harness.driver.loop import Loop
from harness.driver.manner import limit_for
from harness.driver.world import Pacer
from harness.judging.blame import output_behind
from harness.launcher.fleet import Fleet
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.remote import RemoteFleet
from harness.launcher.shared import SharedFleet
from harness.system.tree import is_stopped
from harness.values.address import TcpAddress
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    AwaitExit,
    AwaitRelease,
    AwaitStall,
    Close,
    Connect,
    HalfClose,
    InterruptTarget,
    LimitDescriptors,
    Literal,
    Measure,
    Meet,
    PauseTarget,
    Plain,
    Plan,
    Random,
    ReadSome,
    Relaunch,
    Repeat,
    Reset,
    RestoreDescriptors,
    ResumeTarget,
    Script,
    Send,
    SendUrgent,
    StartReading,
    Step,
    StopReading,
    Terminate,
    Wait,
    in_turn,
    materialise,
    one,
    problems_of,
    side_by_side,
)
from harness.values.target import TargetSpec
from harness.values.trace import SURPLUS_KEPT, Ending, ScriptTrace, Trace
from tests.support.rough import LISTEN, rough
from tests.support.serving import Server, echo, eventually, read_to_end, serving

MIB = 1024 * 1024
ABORT = struct.pack("ii", 1, 0)
FleetOf = Callable[..., SharedFleet]
WORD = Literal(b"hello")


def performed(
    plan: Plan, where: Server | Fleet, *, patience: float = 10.0, hurry: bool = False
) -> Trace:
    assert problems_of(plan) == []
    fleet = where.fleet if isinstance(where, Server) else where
    return perform(plan, fleet, Manner(patience=patience, hurry=hurry))


def seen_by(
    steps: tuple[Step, ...], where: Server | Fleet, *, patience: float = 10.0
) -> ScriptTrace:
    """What the only client of a plan has seen, when nothing went wrong on this side."""
    trace = performed(one(*steps), where, patience=patience)
    assert trace.unable is None
    assert trace.slow is None
    return trace.scripts[0]


def what(seen: ScriptTrace) -> list[str]:
    return [moment.what for moment in seen.timeline]


# --- bytes --------------------------------------------------------------------------------------


def test_it_reads_while_it_writes() -> None:
    """16 MiB through a blocking server, which sends before it reads on: no deadlock."""
    size = 16 * MIB
    with serving(echo) as server:
        seen = seen_by(
            (Connect(), Send(Random(1, size)), AwaitEcho(), HalfClose(), AwaitEnd()), server
        )
    assert (seen.sent, seen.received, seen.echoed) == (size, size, size)
    assert (seen.surplus, seen.ending, seen.half_closed) == (b"", Ending.FIN, True)
    assert (seen.stuck, seen.error, seen.done) == (None, None, 5)


def test_what_is_wrong_is_kept() -> None:
    """The common prefix is counted, and the rest is there to be judged."""

    def wrong(connection: socket.socket) -> None:
        data = read_to_end(connection)
        connection.sendall(data[:7] + b"surprise")

    with serving(wrong) as server:
        seen = seen_by((Connect(), Send(Literal(b"0123456789")), HalfClose(), AwaitEnd()), server)
    assert (seen.echoed, seen.received, seen.surplus) == (7, 15, b"surprise")


def test_it_can_go_on_though_bytes_are_wrong_or_missing() -> None:
    """Each message is sent, and what does not come in a moment is no longer waited for."""

    def forgetful(connection: socket.socket) -> None:
        answers = iter((b"one", b"", b"THREE", b"four and more", b"five"))
        while connection.recv(1024):
            connection.sendall(next(answers))

    words = (b"one", b"two", b"three", b"four", b"five")
    steps = [step for word in words for step in (Send(Literal(word)), AwaitEcho(briefly=True))]
    with serving(forgetful) as server:
        plan = one(Connect(), *steps, Close())
        trace = perform(plan, server.fleet, Manner(patience=10.0, persist=True))
    seen = trace.scripts[0]
    assert seen.sent == len(b"".join(words))
    assert [(m.what, m.size) for m in seen.timeline[1:-1]] == [
        *(("sent", 3), ("received", 3)),
        *(("sent", 3), ("went on", 0)),
        *(("sent", 5), ("received", 5)),
        *(("sent", 4), ("received", 13)),
        *(("sent", 4), ("received", 4)),
    ]
    assert seen.stuck is None


def test_bytes_before_they_were_sent_are_no_echo() -> None:
    """A server that guesses what comes has echoed nothing."""

    def guess(connection: socket.socket) -> None:
        connection.sendall(b"hello")
        read_to_end(connection)

    with serving(guess) as server:
        steps = (Connect(), StopReading(), Wait(0.05), StartReading(), Wait(0.3), Send(WORD),
                 HalfClose(), AwaitEnd())  # fmt: skip
        seen = seen_by(steps, server)
    assert (seen.echoed, seen.surplus) == (0, b"hello")


def test_what_is_kept_is_bounded() -> None:
    """A server that floods fills no memory; all of it is counted."""
    flood = 4 * SURPLUS_KEPT

    def pour(connection: socket.socket) -> None:
        connection.sendall(b"?" * flood)

    with serving(pour) as server:
        seen = seen_by((Connect(), AwaitEnd()), server)
    assert seen.received <= flood
    assert seen.received > SURPLUS_KEPT
    assert len(seen.surplus) == SURPLUS_KEPT


@pytest.mark.parametrize(
    ("one_side", "other", "length"),
    [
        (b"", b"", 0),
        (b"abc", b"abc", 3),
        (b"abc", b"abd", 2),
        (b"xbc", b"abc", 0),
        (b"abc", b"abcdef", 3),
        (b"a" * 1000 + b"b", b"a" * 1000 + b"c", 1000),
    ],
)
def test_the_common_prefix(one_side: bytes, other: bytes, length: int) -> None:
    """Found by halving, and right at every border."""
    assert common_prefix(one_side, other) == common_prefix(other, one_side) == length


def test_urgent_data_is_not_part_of_the_stream() -> None:
    """An ordinary server drops it, and everything else comes back."""
    with serving(echo) as server:
        steps = (Connect(), Send(WORD), AwaitEcho(), SendUrgent(), Send(WORD), AwaitEcho(),
                 HalfClose(), AwaitEnd())  # fmt: skip
        seen = seen_by(steps, server)
    assert (seen.sent, seen.echoed, seen.ending) == (10, 10, Ending.FIN)
    assert "sent urgent byte" in what(seen)


# --- cuts, gaps, pace ---------------------------------------------------------------------------


def data_segments_in(connection: socket.socket) -> int:
    """``tcpi_data_segs_in`` of TCP_INFO, <linux/tcp.h>."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    if len(info) < 156:
        pytest.skip("the system does not count segments")
    return int(struct.unpack_from("=I", info, 152)[0])


def test_cuts_arrive_as_segments_of_their_own() -> None:
    """As many segments as writes: no Nagle puts them together."""
    counted = []

    def count(connection: socket.socket) -> None:
        read_to_end(connection)
        counted.append(data_segments_in(connection))

    with serving(count) as server:
        steps = (Connect(), Send(Plain(1, 23), cuts=(2, 5)), HalfClose(), AwaitEnd())
        assert seen_by(steps, server).sent == 23
    assert counted == [7]


def test_lockstep_sends_each_piece_when_the_one_before_came_back() -> None:
    """The server's reads are the client's writes, in size and order."""
    sizes: list[int] = []

    def note(connection: socket.socket) -> None:
        while data := connection.recv(1024):
            sizes.append(len(data))
            connection.sendall(data)

    with serving(note) as server:
        steps = (Connect(), Send(Plain(1, 24), cuts=(1, 2, 4), lockstep=60.0), AwaitEcho(), Close())
        assert seen_by(steps, server).echoed == 24
    assert sizes == [1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2]


def test_lockstep_is_no_silence() -> None:
    """Patience counts where the target is waited for, not where the client holds back by itself."""
    with serving(lambda connection: connection.sendall(read_to_end(connection))) as server:
        steps = (Connect(), Send(Plain(1, 2), cuts=(1,), lockstep=0.6), HalfClose(), AwaitEnd())
        trace = performed(one(*steps), server, patience=0.2)
    seen = trace.scripts[0]
    assert (seen.stuck, seen.echoed) == (None, 2)


def test_lockstep_ends_in_time() -> None:
    """A server that never answers costs the lockstep's seconds, and then gets the rest."""
    got: list[bytes] = []
    with serving(lambda connection: got.append(read_to_end(connection))) as server:
        steps = (Connect(), Send(Plain(1, 24), cuts=(8,), lockstep=0.1), HalfClose(), AwaitEnd())
        seen = seen_by(steps, server)
    assert got == [materialise(Plain(1, 24))]
    assert (seen.sent, seen.received) == (24, 0)


def test_gaps_lie_between_writes() -> None:
    """Five writes have four gaps."""
    with serving(echo) as server:
        trace = performed(
            one(Connect(), Send(Plain(1, 5), cuts=(1,), gap=0.05), AwaitEcho(), Close()), server
        )
    assert trace.scripts[0].echoed == 5
    assert trace.duration >= 0.2


def test_a_gap_longer_than_patience_is_no_stall() -> None:
    """Who waits on purpose is not given up on."""
    with serving(echo) as server:
        steps = (Connect(), Send(Plain(1, 3), cuts=(1,), gap=0.4), AwaitEcho(), Wait(0.4), Close())
        seen = seen_by(steps, server, patience=0.25)
    assert (seen.stuck, seen.echoed) == (None, 3)


def test_reading_stops_and_starts() -> None:
    """While it is stopped nothing is read; ``ReadSome`` reads what it says and no byte more."""
    flood = Send(Repeat(b"0123456789abcdef", 16 * MIB), background=True)
    stalled = (Connect(), StopReading(), flood, AwaitStall())
    with serving(echo) as server:
        seen = seen_by((*stalled, Reset()), server)
        assert (seen.received, seen.stalled) == (0, True)
        assert 0 < seen.sent < 16 * MIB
        seen = seen_by((*stalled, ReadSome(100_001), Reset()), server)
        assert seen.received == 100_001
        steps = (*stalled, ReadSome(3), StartReading(), AwaitEcho(), HalfClose(), AwaitEnd())
        seen = seen_by(steps, server)
        assert (seen.echoed, seen.ending) == (16 * MIB, Ending.FIN)


def test_reading_at_a_pace() -> None:
    """Chunks of the size that was said, a gap after each."""
    steps = (Connect(), StartReading(chunk=10, gap=0.02), Send(Plain(1, 100)), AwaitEcho(), Close())
    with serving(echo) as server:
        trace = performed(one(*steps), server)
    assert trace.scripts[0].echoed == 100
    assert trace.duration >= 9 * 0.02


def test_the_slow_part_of_reading_is_limited() -> None:
    """After the limit it reads as fast as it can: the whole would take 200 s at that pace."""
    reading = StartReading(chunk=100, gap=0.2, limit=200)
    with serving(echo) as server:
        seen = seen_by((Connect(), reading, Send(Plain(1, 100_000)), AwaitEcho(), Close()), server)
    assert seen.echoed == 100_000


# --- patience -----------------------------------------------------------------------------------


def test_progress_renews_patience() -> None:
    """A server that drips a byte now and then takes longer than patience, and is waited for."""

    def drip(connection: socket.socket) -> None:
        for byte in read_to_end(connection):
            time.sleep(0.3)  # the slowness that is tested
            connection.sendall(bytes([byte]))

    with serving(drip) as server:
        trace = performed(
            one(Connect(), Send(Plain(1, 6)), HalfClose(), AwaitEnd()), server, patience=1.0
        )
    assert (trace.scripts[0].echoed, trace.scripts[0].stuck) == (6, None)
    assert trace.duration > 1.5


@pytest.mark.parametrize("payload", [Plain(1, 100), Plain(1, 12_000_000)])
def test_a_reply_without_end_is_left(payload: Plain) -> None:
    """Bytes that move for ever are no progress, whether the client waits for an echo or writes."""

    def pour(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"and on and on " * 4096)

    with serving(pour) as server:
        trace = performed(
            one(Connect(), Send(payload), AwaitEcho(), HalfClose(), AwaitEnd()), server
        )
    seen = trace.scripts[0]
    assert (trace.slow, seen.stuck, seen.done) == (None, None, 5)
    assert len(seen.surplus) == SURPLUS_KEPT
    assert seen.received > seen.sent + SURPLUS_KEPT


def drip_and_stop(connection: socket.socket) -> None:
    connection.sendall(connection.recv(3))
    read_to_end(connection)


def deaf(connection: socket.socket) -> None:
    """Takes nothing, until the server is closed."""
    connection.recv(1 << 20, socket.MSG_PEEK)
    while connection.send(b"") == 0:
        if select_closed(connection):
            return


def select_closed(connection: socket.socket) -> bool:
    try:
        connection.getpeername()
    except OSError:
        return True
    time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    ("handler", "steps", "at", "kind", "received"),
    [
        (drip_and_stop, (Connect(), Send(WORD), AwaitEcho(), Close()), 2, "await-echo", 3),
        (echo, (Connect(), AwaitEnd()), 1, "await-end", 0),
        (deaf, (Connect(), Send(Repeat(b"x", 64 * MIB)), AwaitEcho()), 1, "send", 0),
        (
            deaf,
            (Connect(), Send(Repeat(b"x", 64 * MIB), background=True), HalfClose()),
            2,
            "half-close",
            0,
        ),
        (
            echo,
            (Connect(), Send(WORD), AwaitEcho(), StopReading(), ReadSome(1), Close()),
            4,
            "read-some",
            5,
        ),
    ],
)
def test_a_server_that_stops_is_given_up_on(
    handler: Callable[[socket.socket], None],
    steps: tuple[Step, ...],
    at: int,
    kind: str,
    received: int,
) -> None:
    """Patience ends, and the trace names the step that waited, and how long in vain."""
    with serving(handler) as server:
        trace = performed(one(*steps), server, patience=0.5)
    seen = trace.scripts[0]
    assert seen.stuck is not None
    assert (seen.stuck.step, seen.stuck.kind, seen.done) == (at, kind, at)
    assert seen.stuck.waited >= 0.5
    assert (seen.received, seen.ending) == (received, Ending.OPEN)
    assert trace.unable is None


def test_a_connection_that_is_never_established() -> None:
    """The listener's queue is full, and nobody accepts."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        fleet = RemoteFleet(TargetSpec(connect=TcpAddress(*listener.getsockname())))
        waiting = tuple((Connect(), Meet("all"), Close()) for _ in range(6))
        trace = performed(side_by_side(*waiting), fleet, patience=0.5)
    stuck = [seen.stuck for seen in trace.scripts if seen.stuck]
    assert stuck
    assert {s.kind for s in stuck} == {"connect"}
    assert any(seen.stuck is None for seen in trace.scripts)


def test_bytes_that_move_now_and_then_for_ever() -> None:
    """Progress without end is cut short, and the trace says so: slow, not stuck."""

    def drip(connection: socket.socket) -> None:
        connection.recv(1024)
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)  # the slowness that is tested

    plan = one(Connect(), Send(Repeat(b"x", MIB)), AwaitEcho(), Close())
    with serving(drip) as server:
        trace = perform(plan, server.fleet, Manner(patience=10.0, limit=lambda: 0.5))
    assert trace.slow is not None
    assert trace.slow >= 0.5
    seen = trace.scripts[0]
    assert (seen.stuck, seen.ending) == (None, Ending.CLIENT)
    assert 0 < seen.echoed < MIB


def test_the_limit_grows_with_patience() -> None:
    """At least 15 s, else five times the patience."""
    assert [limit_for(patience) for patience in (0.1, 3.0, 10.0)] == [15, 15, 50]


def test_in_a_hurry_scripts_that_have_not_begun_are_left_out() -> None:
    """Once patience has ended; without a hurry each of them is tried."""
    plan = in_turn(*(((Connect(), Send(WORD), AwaitEcho(), Close()),) * 3))
    with serving(read_to_end) as server:  # type: ignore[arg-type]
        trace = performed(plan, server, patience=0.3, hurry=True)
        assert [seen.stuck is not None for seen in trace.scripts] == [True, False, False]
        assert [seen.sent for seen in trace.scripts] == [5, 0, 0]
        trace = performed(plan, server, patience=0.3)
        assert [seen.stuck is not None for seen in trace.scripts] == [True, True, True]


def test_wrong_bytes_are_not_waited_for_with_patience() -> None:
    """Nothing more is expected of a reply that is wrong already."""

    def banner(connection: socket.socket) -> None:
        connection.sendall(b"hi")
        read_to_end(connection)

    with serving(banner) as server:
        steps = (Connect(), Wait(0.1), Send(Plain(1, 100)), AwaitEcho(), Close())
        seen = seen_by(steps, server, patience=30.0)
    assert seen.stuck is None
    assert seen.surplus == b"hi"


def test_briefly_goes_on_without_the_echo() -> None:
    """It does not insist, and nothing is stuck."""
    with serving(read_to_end) as server:  # type: ignore[arg-type]
        seen = seen_by((Connect(), Send(WORD), AwaitEcho(briefly=True), Close()), server)
    assert (seen.stuck, seen.ending, seen.done) == (None, Ending.CLIENT, 4)


def test_everything_written_and_echoed_is_no_stall() -> None:
    """``AwaitStall`` ends, and no stall was seen."""
    with serving(echo) as server:
        seen = seen_by(
            (Connect(), Send(Plain(1, 1000)), AwaitStall(), AwaitEcho(), Close()), server
        )
    assert (seen.stalled, seen.echoed) == (False, 1000)


def test_a_connection_that_ended_is_no_stall() -> None:
    """Nothing can stall any more."""
    with serving(lambda connection: None) as server:
        seen = seen_by((Connect(), AwaitEnd(), AwaitStall(), Close()), server)
    assert (seen.stalled, seen.done) == (False, 4)


# --- scripts together ---------------------------------------------------------------------------


def test_scripts_meet() -> None:
    """Nobody leaves the place before everybody has come; every visit counts by itself."""
    slow = (Connect(), Wait(0.2), Meet("place"), Meet("place"), Send(WORD), AwaitEcho(), Close())
    fast = (Connect(), Meet("place"), Send(WORD), AwaitEcho(), Meet("place"), Close())
    with serving(echo) as server:
        first, second = performed(side_by_side(slow, fast), server).scripts
    assert first.first_byte is not None
    assert second.first_byte is not None
    assert second.first_byte >= 0.2
    assert first.first_byte > second.first_byte
    assert (first.echoed, second.echoed) == (5, 5)


def test_nobody_waits_for_a_script_that_has_ended() -> None:
    """Who is stuck on the way to the place is not waited for twice."""
    late = (Connect(), Send(WORD), AwaitEcho(), Meet("place"), Close())
    with serving(read_to_end) as server:  # type: ignore[arg-type]
        trace = performed(
            side_by_side(late, (Connect(), Meet("place"), Close())), server, patience=0.3
        )
    assert [seen.stuck is not None for seen in trace.scripts] == [True, False]


def test_scripts_that_wait_for_each_other_in_a_circle_end() -> None:
    """A fault of the plan ends it when patience does."""
    plan = side_by_side((Meet("a"), Meet("b")), (Meet("b"), Meet("a")))
    with serving(echo) as server:
        trace = performed(plan, server, patience=0.2)
    assert all(seen.stuck is not None for seen in trace.scripts)


def test_one_after_another() -> None:
    """A script begins when those before it have ended, and not earlier."""
    busy, most = [0], [0]

    def count(connection: socket.socket) -> None:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        echo(connection)
        busy[0] -= 1
        connection.shutdown(socket.SHUT_WR)

    session = (Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd())
    plan = Plan(
        scripts=(Script(session), Script(session, after=(0,)), Script(session, after=(0, 1)))
    )
    with serving(count) as server:
        trace = performed(plan, server)
        assert len(server.peers) == 3
    assert most == [1]
    times = [(seen.first_byte, seen.finished) for seen in trace.scripts]
    for (_, finished), (first_byte, _) in itertools.pairwise(times):
        assert finished is not None
        assert first_byte is not None
        assert finished <= first_byte


def test_many_clients_at_once() -> None:
    """A hundred sessions in one loop, each with its own bytes."""
    sessions = (
        (Connect(), Send(Random(n, 3000)), AwaitEcho(), HalfClose(), AwaitEnd()) for n in range(100)
    )
    with serving(echo) as server:
        trace = performed(side_by_side(*sessions), server)
    assert {(s.echoed, s.ending) for s in trace.scripts} == {(3000, Ending.FIN)}


def test_the_rate_of_connections_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six connections at 20 a second have five gaps of 50 ms."""
    monkeypatch.setattr(Pacer, "next_at", 0.0)
    with serving(echo) as server:
        plan = side_by_side(*(((Connect(), Send(WORD), AwaitEcho(), Close()),) * 6))
        trace = perform(plan, server.fleet, Manner(patience=5.0, rate=20.0))
    assert trace.duration >= 5 / 20
    assert {seen.echoed for seen in trace.scripts} == {5}


def test_background_steps_end_at_once() -> None:
    """Writing and half-closing go on while later steps run, and come about in order."""
    allowed = threading.Event()

    def patient(connection: socket.socket) -> None:
        allowed.wait(20)
        echo(connection)

    steps = (Connect(), StopReading(), Send(Random(1, 16 * MIB), background=True),
             HalfClose(background=True), Meet("there"), StartReading(), AwaitEnd())  # fmt: skip
    with serving(patient) as server:
        plan = side_by_side(steps, (Wait(0.1), Meet("there"), Connect(), Close()))
        threading.Timer(0.2, allowed.set).start()
        trace = performed(plan, server)
    seen = trace.scripts[0]
    assert (seen.echoed, seen.ending, seen.half_closed) == (16 * MIB, Ending.FIN, True)
    happened = what(seen)
    assert happened.index("half-closed") > happened.index("sent")


# --- endings ------------------------------------------------------------------------------------


def test_fin_before_the_client_ended_its_side() -> None:
    """Orderly, but early: the trace has both facts."""
    with serving(lambda connection: None) as server:
        seen = seen_by((Connect(), AwaitEnd(), Close()), server)
    assert (seen.ending, seen.half_closed, seen.error) == (Ending.FIN, False, None)
    assert seen.ended is not None


def test_rst() -> None:
    """SO_LINGER 0 and close: reset, never taken for an orderly end."""

    def slam(connection: socket.socket) -> None:
        read_to_end(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)

    with serving(slam) as server:
        seen = seen_by((Connect(), Send(WORD), HalfClose(), AwaitEnd()), server)
    assert (seen.ending, seen.error, seen.half_closed) == (Ending.RST, "ECONNRESET", True)


def test_still_open() -> None:
    """The script is over and the server has not closed."""
    with serving(echo) as server:
        seen = seen_by((Connect(), Send(WORD), AwaitEcho()), server)
    assert (seen.ending, seen.ended, seen.stuck) == (Ending.OPEN, None, None)


def test_never() -> None:
    """Nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fleet = RemoteFleet(TargetSpec(connect=TcpAddress(*listener.getsockname())))
    seen = seen_by((Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd()), fleet)
    assert (seen.ending, seen.error, seen.sent) == (Ending.NEVER, "ECONNREFUSED", 0)
    assert seen.stuck is None


@pytest.mark.parametrize(
    ("code", "status", "name", "output"),
    [
        ("serve(lambda c: (c.recv(99), sys.exit('it broke')))", 1, None, "it broke"),
        ("serve(lambda c: (c.recv(99), os._exit(0)))", 0, None, ""),
        ("serve(lambda c: (c.recv(99), os.kill(os.getpid(), 9)))", None, "SIGKILL", ""),
        ("serve(lambda c: (c.recv(99), os.abort()))", None, "SIGABRT", ""),
    ],
)
def test_died(
    fleet_of: FleetOf, code: str, status: int | None, name: str | None, output: str
) -> None:
    """The process ended while the connection was open: status or signal, and its last words."""
    trace = performed(one(Connect(), Send(WORD), AwaitEcho(), Close()), fleet_of(code))
    (death,) = trace.deaths
    assert (death.status, death.signal, death.asked, death.script) == (status, name, False, 0)
    assert output in death.output
    assert trace.scripts[0].ending is (Ending.FIN if status == 0 else Ending.DIED)


def test_a_death_is_told_once(fleet_of: FleetOf) -> None:
    """In the trace of the plan in which it happened, and in no later one."""
    fleet = fleet_of("serve(lambda c: os._exit(3))")
    plan = one(Connect(), Send(WORD), AwaitEcho(), Close())
    assert [d.status for d in performed(plan, fleet).deaths] == [3]
    trace = performed(plan, fleet)
    assert trace.deaths == ()
    assert trace.scripts[0].ending is Ending.NEVER


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little of the processor the target gets, its death is waited for."""
    monkeypatch.setattr(telling, "DEATH_SHOWS_WITHIN", 20.0)


@pytest.mark.usefixtures("patient")
def test_a_death_that_follows_a_reset_is_waited_for(fleet_of: FleetOf) -> None:
    """What closes the sockets of a process that crashes comes before its exit status, also when
    the client has ended its side already."""
    fleet = fleet_of("serve(lambda c: (c.recv(1), c.close(), time.sleep(0.1), os._exit(3)))")
    trace = performed(one(Connect(), Send(WORD), HalfClose(), AwaitEnd()), fleet)
    assert trace.scripts[0].ending in (Ending.RST, Ending.DIED)
    assert [d.status for d in trace.deaths] == [3]


@pytest.mark.usefixtures("patient")
def test_a_death_that_follows_an_orderly_end_too_early_is_waited_for(fleet_of: FleetOf) -> None:
    """All was read, so that the system ends the connection with FIN; what is missing tells."""
    fleet = fleet_of("serve(lambda c: (c.recv(100), c.close(), time.sleep(0.1), os._exit(3)))")
    trace = performed(one(Connect(), Send(WORD), HalfClose(), AwaitEnd()), fleet)
    assert [d.status for d in trace.deaths] == [3]


def test_a_target_that_lives_on_each_time_is_not_waited_for(
    fleet_of: FleetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that closes early costs the wait a few times in a run, unless it does die."""
    monkeypatch.setattr(telling, "DEATH_SHOWS_WITHIN", 600.0)
    fleet = fleet_of("serve(lambda c: os._exit(3) if c.recv(1024) == b'die' else None)")
    brief = Brief()
    brief.survived = telling.SURVIVES
    plan = one(Connect(), Send(WORD), AwaitEnd())
    trace = perform(plan, fleet, Manner(patience=10.0, brief=brief))
    assert trace.scripts[0].ending is Ending.FIN
    assert trace.deaths == ()
    assert brief.survived == telling.SURVIVES + 1
    plan = one(Connect(), Send(Literal(b"die")), AwaitEnd())
    trace = perform(plan, fleet, Manner(patience=10.0, brief=brief))
    assert [d.status for d in trace.deaths] == [3]


def test_reset_is_what_the_server_gets() -> None:
    """ECONNRESET in its read."""
    with serving(echo) as server:
        seen = seen_by((Connect(), Send(WORD), AwaitEcho(), Reset()), server)
        assert seen.ending is Ending.CLIENT
        eventually(lambda: server.errors)
        error = server.errors[0]
    assert isinstance(error, OSError)
    assert error.errno == errno.ECONNRESET


def test_close_is_an_orderly_end_for_the_server() -> None:
    """An empty read, no error."""
    ends: list[bytes] = []

    def note(connection: socket.socket) -> None:
        connection.sendall(connection.recv(1024))
        ends.append(connection.recv(1024))

    with serving(note) as server:
        seen = seen_by((Connect(), Send(WORD), AwaitEcho(), Close()), server)
        eventually(lambda: ends or server.errors)
        assert server.errors == []
    assert (seen.ending, ends) == (Ending.CLIENT, [b""])


def test_a_server_that_no_longer_reads_is_heard_to_the_end() -> None:
    """Writing fails after its RST or close; what it had sent before counts."""

    def half(connection: socket.socket) -> None:
        connection.sendall(connection.recv(100))
        connection.shutdown(socket.SHUT_WR)
        read_to_end(connection)

    with serving(half) as server:
        seen = seen_by((Connect(), Send(Plain(1, 100)), AwaitEnd()), server)
    assert (seen.echoed, seen.ending) == (100, Ending.FIN)


def test_no_port_is_left_to_the_target_in_time_wait(fleet_of: FleetOf) -> None:
    """A target that closes first can be started again at once, though it sets no SO_REUSEADDR."""
    fleet = fleet_of("serve(lambda c: c.recv(9))")
    assert fleet.current is not None
    address = fleet.current.address
    for steps in (
        (Connect(), Send(WORD), AwaitEnd()),
        (Connect(), Send(WORD), Wait(0.1), Close()),
        (Connect(), Send(WORD), AwaitEnd(), Close()),
    ):
        performed(one(*steps), fleet)
    fleet.current.kill()
    with socket.socket() as bare:
        bare.bind(address)


# --- what the machine lacks ---------------------------------------------------------------------

FAMINE = """
import resource, socket
from harness.driver import Manner, perform
from harness.values.plan import Close, Connect, Meet, side_by_side
from harness.launcher.remote import RemoteFleet
from harness.values.address import TcpAddress
from harness.values.target import TargetSpec

listener = socket.create_server(("127.0.0.1", 0), backlog=200)
fleet = RemoteFleet(TargetSpec(connect=TcpAddress(*listener.getsockname())))
plan = side_by_side(*(((Connect(), Meet("all"), Close()),) * 100))
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
trace = perform(plan, fleet, Manner(patience=5.0))
print(trace.unable)
"""


def test_the_harness_runs_out_of_descriptors() -> None:
    """Nothing can be concluded, and the limit is named; the target is not accused."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FAMINE],
        capture_output=True, text=True, check=False, timeout=50, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "open files" in done.stdout
    assert "ulimit -n" in done.stdout


class NoPortLeft(socket.socket):
    """As on a machine that has no client port left for its first address."""

    def connect_ex(self, address: object) -> int:
        if self.getsockname()[0] in ("0.0.0.0", "127.0.0.1"):
            return errno.EADDRNOTAVAIL
        return super().connect_ex(address)  # type: ignore[arg-type]


def test_other_source_addresses_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the ports of one are used up; the loopback net has more."""
    with serving(echo) as server:
        with monkeypatch.context() as patched:
            patched.setattr("harness.driver.opening.socket.socket", NoPortLeft)
            plan = in_turn(*(((Connect(), Send(WORD), AwaitEcho(), Close()),) * 3))
            trace = performed(plan, server)
        assert [seen.echoed for seen in trace.scripts] == [5, 5, 5]
        hosts = {host for host, _ in server.peers}
    assert len(hosts) == 3
    assert "127.0.0.1" not in hosts


def test_no_source_address_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out is the harness's problem, never a finding."""

    class NoAddressLeft(NoPortLeft):
        def bind(self, address: object) -> None:
            raise OSError(errno.EADDRINUSE, "Address already in use")

    with serving(echo) as server, monkeypatch.context() as patched:
        patched.setattr("harness.driver.opening.socket.socket", NoAddressLeft)
        trace = performed(one(Connect(), Send(WORD), AwaitEcho(), Close()), server)
    assert trace.unable is not None
    assert "no free client port" in trace.unable


def test_a_target_that_somebody_else_stopped(fleet_of: FleetOf) -> None:
    """Its silence says nothing about it."""
    fleet = fleet_of()
    assert fleet.current is not None
    pid = fleet.current.pid
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: is_stopped(pid))
    plan = one(Connect(), Send(WORD), AwaitEcho(), Close())
    trace = performed(plan, fleet, patience=0.4)
    assert trace.unable is not None
    assert "stopped" in trace.unable
    os.kill(pid, signal.SIGCONT)
    assert performed(plan, fleet).scripts[0].echoed == 5


def test_a_plan_that_forgets_to_resume(fleet_of: FleetOf) -> None:
    """That is no silence of the target either; and it runs again afterwards."""
    fleet = fleet_of()
    trace = performed(one(Connect(), PauseTarget(), Send(WORD), AwaitEcho()), fleet, patience=0.3)
    assert trace.unable is not None
    assert "paused" in trace.unable
    assert performed(one(Connect(), Send(WORD), AwaitEcho(), Close()), fleet).scripts[0].echoed == 5


# --- steps on the target ------------------------------------------------------------------------

LOGS_READS = """
def note(connection):
    while data := connection.recv(1024):
        print(len(data), flush=True)
        connection.sendall(data)
serve(note)
"""


def test_reads_are_exact_when_the_target_was_paused(fleet_of: FleetOf) -> None:
    """All that was written lies in its receive buffer: full reads, then the rest."""
    fleet = fleet_of(LOGS_READS)
    sizes = (1024, 1025, 3000)
    steps: list[Step] = [Connect()]
    for n, size in enumerate(sizes):
        steps += [PauseTarget(), Send(Plain(n, size), cuts=(100,)), ResumeTarget(), AwaitEcho()]
    assert seen_by((*steps, Close()), fleet).echoed == sum(sizes)
    assert fleet.last_output().split() == ["1024", "1024", "1", "1024", "1024", "952"]


def test_a_launched_target_stalls(fleet_of: FleetOf) -> None:
    """All its threads are asleep and nothing moves; interrupted it goes on, and loses nothing."""
    fleet = fleet_of()
    steps = (Connect(receive_buffer=256 * 1024), StopReading(),
             Send(Random(1, 16 * MIB), background=True), AwaitStall(), InterruptTarget(times=2),
             StartReading(), AwaitEcho(), HalfClose(), AwaitEnd())  # fmt: skip
    seen = seen_by(steps, fleet)
    assert seen.stalled
    assert MIB < seen.absorbed < 16 * MIB
    assert (seen.echoed, seen.ending) == (16 * MIB, Ending.FIN)


def test_a_target_that_is_busy_has_not_stalled(fleet_of: FleetOf) -> None:
    """It moves no byte while it computes, but it is awake."""
    busy = "def think(c):\n    until = time.process_time() + 0.4\n"
    busy += "    while time.process_time() < until: pass\n    echo(c)\nserve(think)"
    fleet = fleet_of(busy)
    steps = (Connect(), Send(Plain(1, 100)), AwaitStall(), Close())
    seen = seen_by(steps, fleet)
    assert (seen.stalled, seen.echoed) == (False, 100)


def test_terminate_and_relaunch(fleet_of: FleetOf) -> None:
    """A death that was asked for is noted as such; the new instance has the old port."""
    fleet = fleet_of()
    assert fleet.current is not None
    before = fleet.current.pid
    trace = performed(
        one(Connect(), Send(WORD), AwaitEcho(), Terminate(), AwaitExit(), Relaunch()), fleet
    )
    assert [(d.signal, d.asked) for d in trace.deaths] == [("SIGTERM", True)]
    assert trace.relaunched is not None
    assert (trace.relaunched.same_port, trace.relaunched.failed) == (True, None)
    assert fleet.current.pid != before
    assert performed(one(Connect(), Send(WORD), AwaitEcho(), Close()), fleet).scripts[0].echoed == 5


def test_a_second_launch_that_fails_tells_what_the_second_process_wrote(
    fleet_of: FleetOf, tmp_path: Path
) -> None:
    """Not what the first wrote, which came up as it should."""
    once = f"""
if os.path.exists({str(tmp_path / "been")!r}): sys.exit("the second: address already in use")
open({str(tmp_path / "been")!r}, "w").close()
print("the first: listening", flush=True)
{LISTEN}"""
    fleet = fleet_of(listen=once)
    trace = performed(
        one(Connect(), Send(WORD), AwaitEcho(), Terminate(), AwaitExit(), Relaunch()), fleet
    )
    assert trace.relaunched is not None and trace.relaunched.failed is not None
    assert trace.relaunched.output.strip() == "the second: address already in use"
    assert output_behind(trace, [], fleet) == trace.relaunched.output


def test_a_target_that_ignores_sigterm_is_still_running(fleet_of: FleetOf) -> None:
    """``AwaitExit`` is the step that is stuck."""
    fleet = fleet_of(listen=f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{LISTEN}")
    trace = performed(one(Connect(), Terminate(), AwaitExit()), fleet, patience=0.3)
    assert trace.scripts[0].stuck is not None
    assert trace.scripts[0].stuck.kind == "await-exit"
    assert trace.deaths == ()


@pytest.mark.parametrize("launched", [True, False])
def test_a_socket_that_is_left_in_close_wait(fleet_of: FleetOf, launched: bool) -> None:
    """A server that closes is seen to release it; one that does not is given up on."""
    steps = (Connect(), Send(WORD), AwaitEcho(), Close(), AwaitRelease())
    kept: list[socket.socket] = []

    def keep(connection: socket.socket) -> None:
        kept.append(connection.dup())
        echo(connection)

    if launched:
        seen = seen_by(steps, fleet_of())
        assert (seen.released, seen.stuck) == (True, None)
        careless = fleet_of("kept = []\nserve(lambda c: (kept.append(c.dup()), echo(c)))")
        seen = seen_by(steps, careless, patience=0.3)
    else:
        with serving(echo) as server:
            seen = seen_by(steps, server)
        assert (seen.released, seen.stuck) == (True, None)
        with serving(keep) as server:
            seen = seen_by(steps, server, patience=0.3)
            for connection in kept:
                connection.close()
    assert seen.released is False
    assert seen.stuck is not None
    assert seen.stuck.kind == "await-release"


def test_measuring_and_limiting(fleet_of: FleetOf) -> None:
    """Descriptors are counted; with none left, the target cannot accept; then it can again."""
    fleet = fleet_of(
        "while True:\n    try:\n        select.select([listener], [], [])\n"
        "        connection = listener.accept()[0]\n"
        "    except OSError:\n        time.sleep(0.01)\n        continue\n"
        "    with connection: echo(connection)"
    )
    assert fleet.current is not None
    pid = fleet.current.pid
    limit = Path(f"/proc/{pid}/limits").read_text()
    hungry = (Measure("before"), LimitDescriptors(), Connect(), Send(WORD), AwaitEcho(briefly=True),
              Measure("hungry"), RestoreDescriptors(), AwaitEcho(), Measure("fed"),
              Close())  # fmt: skip
    trace = performed(one(*hungry), fleet)
    assert trace.scripts[0].echoed == 5
    before, famine, fed = (trace.measured(label) for label in ("before", "hungry", "fed"))
    assert before is not None
    assert famine is not None
    assert fed is not None
    assert before.descriptors == famine.descriptors == fed.descriptors - 1
    assert before.processes == before.threads == 1
    assert before.memory > 0
    assert Path(f"/proc/{pid}/limits").read_text() == limit


def test_each_session_of_a_one_shot_target_has_an_instance(keeper: Keeper) -> None:
    """Every client is served by a process of its own, and each ends with status 0."""
    once = rough("connection, _ = listener.accept()\nwith connection: echo(connection)")
    fleet = OneShotFleet(Launcher(TargetSpec(command=once), keeper))
    session = (Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd(), Close(), AwaitExit())
    try:
        trace = performed(in_turn(session, session), fleet)
    finally:
        fleet.close()
    assert [(s.echoed, s.ending) for s in trace.scripts] == [(5, Ending.FIN)] * 2
    assert [(d.status, d.script) for d in trace.deaths] == [(0, 0), (0, 1)]


def test_an_end_that_somebody_else_has_heard_of_is_seen(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks the warden for something else may be told of an end: the poller never is."""
    timeout = Loop._timeout

    def listens(loop: Loop) -> float:
        if any(isinstance(client.talk.step, AwaitExit) for client in loop.clients):
            for instance in loop.world.in_use.values():
                while instance.alive:
                    keeper.poll(0.1)
        return timeout(loop)

    monkeypatch.setattr(Loop, "_timeout", listens)
    once = rough("connection, _ = listener.accept()\nwith connection: echo(connection)")
    fleet = OneShotFleet(Launcher(TargetSpec(command=once), keeper))
    session = (Connect(), Send(WORD), AwaitEcho(), HalfClose(), AwaitEnd(), Close(), AwaitExit())
    try:
        trace = performed(one(*session), fleet, patience=1.0)
    finally:
        fleet.close()
    assert trace.scripts[0].stuck is None


def test_time_in_which_we_did_not_run_is_nobodys_silence() -> None:
    """A harness that was stopped for longer than its patience goes on to wait for the answer."""
    stopped_for, looks = [0.0], itertools.count()

    def monotonic() -> float:
        next(looks)
        return time.monotonic() + stopped_for[0]

    def answer_late(connection: socket.socket) -> None:
        word = connection.recv(1024)
        stopped_for[0] = 100.0
        seen = next(looks)
        eventually(lambda: next(looks) > seen + 40)  # the loop has looked at the time meanwhile
        connection.sendall(word)

    plan = one(Connect(), Send(WORD), AwaitEcho(), Close())
    with serving(answer_late) as server:
        trace = Loop(plan, server.fleet, Manner(patience=10.0), clock=monotonic).run()
    assert trace.scripts[0].echoed == 5


def test_a_slow_second_start_accuses_nobody(fleet_of: FleetOf, tmp_path: Path) -> None:
    """A target that lives, does not listen again in time and does not say why is not judged."""
    slow = f"""
if os.path.exists({str(tmp_path / "been")!r}): time.sleep(60)
open({str(tmp_path / "been")!r}, "w").close()
{LISTEN}"""
    fleet = fleet_of(listen=slow)
    fleet.launcher.spec = msgspec.structs.replace(fleet.launcher.spec, start_timeout=0.5)
    trace = performed(
        one(Connect(), Send(WORD), AwaitEcho(), Terminate(), AwaitExit(), Relaunch()), fleet
    )
    assert trace.relaunched is None
    assert trace.unable is not None and "did not say why" in trace.unable
