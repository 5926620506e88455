"""What a check shows beyond its plan: hundreds of one client, and crowds."""

from __future__ import annotations

import sys
from typing import cast

import pytest
from msgspec.structs import replace

from harness.contract import crowd, depth
from harness.contract.catalogue import find
from harness.contract.check import Check, Context
from harness.running import crowding
from harness.running import depth as deepening
from harness.running import lane as lane_module
from harness.running.lane import Lane
from harness.running.outcome import Capacity, Outcome
from harness.running.patience import Patience
from harness.running.performer import Performer
from harness.running.results import result_of
from harness.values.effort import Effort
from harness.values.plan import AwaitQuiet, Plan, problems_of
from harness.values.trace import Ending, Measurement, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Level, Profile, Result, Status
from tests.fuzzer.targets import fleet_for
from tests.main.test_turned_away import LIMITER

CONCURRENT = Context(profile=Profile.CONCURRENT, room=5000)
SEQUENTIAL = Context(profile=Profile.SEQUENTIAL)


# --- pure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("effort", Effort)
def test_clients_come_until_there_are_enough_of_them(effort: Effort) -> None:
    """Those of a quick server all come, in a few plans."""
    done, plans = 0, 0
    while count := depth.next_batch(effort, done, done * 0.0005):
        done, plans = done + count, plans + 1
    assert done == effort.of(*depth.TIMES)
    assert plans <= effort.of(0, 4, 40)


def test_a_server_that_takes_its_time_gets_fewer_clients() -> None:
    """Depth has an end in time as well: a process each takes a tenth of a second."""
    assert depth.next_batch(Effort.NORMAL, 0, 0.0) == depth.FIRST
    assert depth.next_batch(Effort.NORMAL, depth.FIRST, 1.0) == 0
    assert depth.next_batch(Effort.NORMAL, depth.FIRST, 0.8) == 2


@pytest.mark.parametrize("deep", [depth.RESETS, depth.VANISH, depth.LEAVE, depth.HALF_CLOSES])
def test_many_of_one_kind_are_a_sound_plan(deep: object) -> None:
    """Two at a time, and at the end one that must be served."""
    assert isinstance(deep, depth.Deep)
    plan = depth.repeated(deep, SEQUENTIAL, 7, 20)
    assert problems_of(plan) == []
    assert len(plan.scripts) == 21
    assert plan.scripts[20].after == (18, 19)
    assert plan.scripts[5].after == (3,)
    assert not depth.one_stays(plan)


@pytest.mark.parametrize("profile", [Profile.SEQUENTIAL, Profile.CONCURRENT])
def test_programs_of_a_row_come_to_rest_before_the_next_client(profile: Profile) -> None:
    """Who leaves at once does not wait for its program to start: hundreds of them side by side
    would keep the next client waiting, and a correct filter be accused."""
    context = Context(profile=profile, starts_each=True)
    plan = depth.repeated(depth.LEAVE, context, 0, 25)
    assert problems_of(plan) == []
    resting = [i for i, one in enumerate(plan.scripts) if AwaitQuiet(briefly=True) in one.steps]
    assert resting == [10, 20, 25]
    assert [one.after for one in plan.scripts[1:26]] == [(i,) for i in range(25)]


def test_one_client_stays_while_the_others_come_and_go() -> None:
    """It is there from the beginning, and leaves after the one who comes when they have gone."""
    plan = depth.repeated(depth.RESETS, CONCURRENT, 7, 20)
    assert problems_of(plan) == []
    *_, after_them, stays, after_all = plan.scripts
    assert (after_them.after, stays.after, after_all.after) == ((18, 19), (), (21,))
    assert after_them.steps[-1] in stays.steps
    assert depth.one_stays(plan)
    assert not plan.needs_concurrency  # nobody is needed in the same moment


def test_who_does_not_read_comes_with_others_to_who_serves_many_at_once() -> None:
    """Six at a time; to others it would take too long, and nobody may be left waiting."""
    plan = depth.repeated(depth.STALLED, CONCURRENT, 0, 20)
    assert problems_of(plan) == []
    assert plan.scripts[depth.AT_ONCE].after == (0,)
    assert depth.comes(depth.STALLED, CONCURRENT)
    assert not depth.comes(depth.STALLED, SEQUENTIAL)
    assert not depth.comes(depth.STALLED, replace(CONCURRENT, speed=10_000.0))
    assert not depth.comes(depth.STALLED, replace(CONCURRENT, starts_each=True))
    assert depth.comes(depth.RESETS, SEQUENTIAL)


def test_fewer_come_of_those_who_take_long() -> None:
    """At normal effort, and ten times as many at thorough."""
    assert depth.next_batch(Effort.NORMAL, 10, 0.2, most=48) == 38
    assert depth.next_batch(Effort.NORMAL, 48, 0.3, most=48) == 0
    assert depth.next_batch(Effort.QUICK, 0, 0.0, most=48) == 0
    assert depth.next_batch(Effort.THOROUGH, 470, 5.0, most=48) == 10


@pytest.mark.parametrize(
    ("context", "number", "said"),
    [
        (SEQUENTIAL, 12, "; it was number 13 of clients that reset"),
        (CONCURRENT, 12, "; it was number 13 of clients that reset, while one other client stayed"),
        (SEQUENTIAL, 20, "; it was the next after 20 clients that reset"),
        (CONCURRENT, 21, "; it was there while 20 clients that reset came and went"),
        (CONCURRENT, 22, "; it came after 20 clients that reset"),
        (CONCURRENT, None, ""),
    ],
)
def test_a_finding_says_which_of_a_row_it_is_about(
    context: Context, number: int | None, said: str
) -> None:
    """And who else was there."""
    plan = depth.repeated(depth.RESETS, context, 0, 20)
    finding = Finding(kind=Kind.NO_ECHO, breach=Breach.LIVENESS, message="no", session=number)
    assert depth.told_of(finding, depth.RESETS, plan).message == f"no{said}"


def test_crowds_keep_within_what_there_is() -> None:
    """Of descriptors, tasks and memory, ours and the target's."""
    assert crowd.sizes(CONCURRENT) == [crowd.FEW, crowd.SOME, crowd.MANY]
    assert crowd.sizes(Context(profile=Profile.CONCURRENT, room=20)) == [20]
    assert crowd.sizes(Context(profile=Profile.CONCURRENT, room=5000, backlog=1)) == [crowd.FEW]
    assert problems_of(crowd.crowd(CONCURRENT, 40)) == []


class _Performed:
    """A lane on which plans end as they are told to."""

    def __init__(self, *findings: tuple[Finding, ...]) -> None:
        self.left = list(findings)
        self.plans: list[Plan] = []
        self.patience = Patience(3.0)

    def performed(self, check: Check, plan: Plan, profile: Profile, **how: float) -> Outcome:
        self.plans.append(plan)
        return Outcome(plan, Trace((ScriptTrace(),) * len(plan.scripts)), self.left.pop(0))

    def freshen(self) -> None:
        pass


@pytest.mark.parametrize("served", [True, False])
def test_the_last_of_a_crowd_that_had_no_time_accuses_nobody(served: bool) -> None:
    """One more client decides, with all the patience, when the target has come to rest."""
    context = Context(profile=Profile.CONCURRENT, room=5000, effort=Effort.QUICK)
    silent = Finding(
        kind=Kind.NO_ECHO,
        breach=Breach.LIVENESS,
        message="nothing came within 1.0 s",
        session=crowd.FEW + 1,
        ending=Ending.OPEN,
    )
    lane = _Performed((silent,), (silent,), () if served else (silent,))
    found = crowding.capacity(cast(Performer, lane), find("sessions/simultaneous"), context)
    assert (found.failed is None) is served
    assert lane.plans[2] == crowd.one_more(context)
    assert problems_of(lane.plans[2]) == []


def _client(echoed: int, first: float | None, ended: float | None) -> ScriptTrace:
    return ScriptTrace(
        sent=50, echoed=echoed, received=echoed, first_byte=first, ended=ended, half_closed=True
    )


def test_who_is_served_when_another_has_left_was_not_served_at_once() -> None:
    """A pool of two serves four in turn."""
    clients = [_client(50, 0.1, 0.5), _client(50, 0.1, 0.6), _client(50, 0.55, 0.8)]
    trace = Trace((ScriptTrace(), *clients, _client(0, None, None), ScriptTrace()))
    assert crowd.in_time(trace) == 2


def test_a_process_for_each_client_is_seen() -> None:
    """Then no larger crowd comes."""
    measured = [
        Measurement(
            label, at=0.0, cpu=0.0, memory=0, descriptors=0, threads=0, processes=n, zombies=0
        )
        for label, n in (("before", 1), ("crowd", 33))
    ]
    trace = Trace((), measurements=tuple(measured))
    assert crowd.takes_a_process_each(trace, 32)
    assert not crowd.takes_a_process_each(trace, 100)


@pytest.mark.parametrize(
    ("kind", "session", "received", "counts"),
    [
        (Kind.DIED, None, None, True),
        (Kind.CHANGED, 3, 20, True),
        (Kind.FOREIGN, 3, 20, True),
        (Kind.EARLY_CLOSE, 3, 20, True),
        (Kind.EARLY_CLOSE, 3, 0, False),
        (Kind.REFUSED, 3, None, False),
        (Kind.NO_ECHO, 3, 0, False),
        (Kind.NO_ECHO, 11, 0, True),
    ],
)
def test_what_no_limit_on_clients_excuses(
    kind: Kind, session: int | None, received: int | None, counts: bool
) -> None:
    """Some may be turned away, or wait; nobody may be mixed up or dropped, and the next is
    served."""
    finding = Finding(
        kind=kind,
        breach=Breach.SAFETY,
        message="",
        session=session,
        received=received,
        ending=Ending.OPEN,
    )
    assert bool(crowd.breaches(crowd.crowd(CONCURRENT, 10), [finding])) is counts


def _finding(kind: Kind, session: int, received: int, ending: Ending = Ending.FIN) -> Finding:
    return Finding(
        kind=kind,
        breach=Breach.SAFETY,
        message="no",
        session=session,
        received=received,
        ending=ending,
    )


def _after_a_crowd(size: int, served: int) -> Trace:
    was = ScriptTrace(sent=50, echoed=50, received=50, first_byte=0.1)
    clients = (*[was] * served, *[ScriptTrace(sent=50)] * (size - served))
    return Trace((ScriptTrace(), *clients, ScriptTrace()))


@pytest.mark.parametrize(
    ("served", "session", "received", "used_up"),
    [(350, 401, 0, True), (200, 401, 0, False), (350, 17, 0, False), (350, 401, 20, False)],
)
def test_who_turns_the_next_away_after_very_many_may_be_used_up(
    served: int, session: int, received: int, used_up: bool
) -> None:
    """Super-servers let fewer in within a minute, and one of a crowd may find no place."""
    plan = crowd.crowd(CONCURRENT, 400)
    findings = [_finding(Kind.EARLY_CLOSE, session, received)]
    assert crowd.is_used_up(plan, _after_a_crowd(400, served), findings) is used_up


class _Crowds(_Performed):
    """A lane on which a crowd of 400 was served, and the one who came later was not."""

    def performed(self, check: Check, plan: Plan, profile: Profile, **how: float) -> Outcome:
        done = super().performed(check, plan, profile, **how)
        size = len(plan.scripts) - 2
        trace = _after_a_crowd(size, size) if size > 1 else done.trace
        return Outcome(plan, trace, done.findings, connections=1000)


@pytest.mark.parametrize("recovers", [0, 1, None])
def test_who_turns_everybody_away_after_a_crowd_gets_a_rest(recovers: int | None) -> None:
    """If it serves then it limited them; if not it may have lost a place to each, or allow so many
    in a minute: that is told, and accuses nobody."""
    context = Context(profile=Profile.CONCURRENT, room=5000)
    away = (_finding(Kind.EARLY_CLOSE, crowd.MANY + 1, 0),)
    rests = [away for _ in crowd.RESTS]
    if recovers is not None:
        rests[recovers:] = [()]
    lane = _Crowds((), (), away, *rests)
    found = crowding.capacity(cast(Performer, lane), find("sessions/simultaneous"), context)
    assert found.failed is None
    assert bool(found.doubt) is (recovers is None)
    assert not lane.left


@pytest.mark.parametrize("again", [True, False])
def test_who_stays_and_is_not_answered_accuses_when_it_shows_twice(again: bool) -> None:
    """Once may be chance, or the machine's."""
    silent = (_finding(Kind.NO_ECHO, 3, 60, Ending.OPEN),)
    crowds = Capacity(160, 160, "")
    lane = _Performed(silent, silent if again else ())
    check = find("sessions/simultaneous")
    found = crowding.who_stays(cast(Performer, lane), check, CONCURRENT, crowds)
    assert (found is not None) is again
    assert not lane.left


@pytest.mark.parametrize(
    ("crowds", "context"),
    [
        (Capacity(32, 32, ""), CONCURRENT),
        (Capacity(160, 1100, "", doubt="turned away"), CONCURRENT),
        (Capacity(160, 160, ""), replace(CONCURRENT, remote=True)),
        (Capacity(160, 160, ""), replace(CONCURRENT, effort=Effort.QUICK)),
        (Capacity(160, 160, ""), replace(CONCURRENT, speed=10_000.0)),
    ],
)
def test_nobody_stays_where_that_would_cost_much_or_prove_nothing(
    crowds: Capacity, context: Context
) -> None:
    """With a process for each client; at a limit; where others depend on it; in a hurry."""
    lane = cast(Performer, _Performed())
    assert crowding.who_stays(lane, find("sessions/simultaneous"), context, crowds) is None


def test_one_of_a_crowd_that_starves_is_a_reason_to_look() -> None:
    """It was served once, so it has a place."""
    starving = _finding(Kind.NO_ECHO, 3, 20, Ending.OPEN)
    assert crowd.starves([starving])
    assert not crowd.starves([_finding(Kind.NO_ECHO, 3, 0, Ending.OPEN)])
    lane = cast(Performer, _Performed((starving,), (starving,)))
    crowds = Capacity(8, 32, "", starved=True)
    assert crowding.who_stays(lane, find("sessions/simultaneous"), CONCURRENT, crowds) is not None


# --- on servers ---------------------------------------------------------------------------------

POOL = """
import os, selectors, socket, sys
pool = [bytearray(2048) for _ in range(int(sys.argv[1]))]
selector = selectors.DefaultSelector()
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
selector.register(listener, 1)
while True:
    for key, _ in selector.select():
        sock = key.fileobj
        if sock is listener:
            selector.register(listener.accept()[0], 1)
            continue
        buffer = pool.pop() if pool else None
        try:
            size = sock.recv_into(buffer) if buffer else 0
            if size:
                sock.sendall(memoryview(buffer)[:size])
                pool.append(buffer)
                continue
        except OSError:
            pass
        selector.unregister(sock)
        sock.close()
"""
"""Does not put back the buffer of a connection that ends, and drops who gets none."""

SELECT = """
import os, select, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
socks = [listener]
while True:
    for sock in select.select(socks, [], [])[0]:
        if sock is listener:
            socks.append(listener.accept()[0])
        elif data := sock.recv(4096):
            sock.sendall(data)
        else:
            socks.remove(sock)
            sock.close()
"""
"""select() takes care of 1,024 descriptors, and Python raises an exception for one beyond."""


def verdict(
    check_id: str, program: str, *words: str, patience: Patience | None = None, room: int = 64
) -> Result:
    with fleet_for([sys.executable, "-c", program, *words], Profile.CONCURRENT) as fleet:
        lane = Lane(fleet, patience or Patience(2.0), lambda check_id: check_id)
        return lane.run(find(check_id), Context(profile=Profile.CONCURRENT, room=room))


def test_what_each_client_uses_up_shows_in_hundreds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where those who come too late are dropped as by a limit: a fresh server does the same
    though they come slowly."""
    monkeypatch.setattr(deepening, "GENTLE_RATE", 200.0)
    result = verdict("resilience/reset-idle", POOL, "96")
    assert result.status is Status.FAILED, result.summary


@pytest.mark.parametrize("how", ["closes", "refuses"])
def test_who_limits_connections_is_not_accused(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary says so, and the next check goes less deep."""
    monkeypatch.setattr(deepening, "GENTLE_RATE", 45.0)
    patience = Patience(2.0)
    result = verdict("resilience/connect-and-leave", LIMITER, "50", how, patience=patience)
    assert result.status is Status.PASSED
    assert "seems to limit them" in result.summary
    assert patience.limited


def test_more_than_a_minute_s_worth_is_not_tried_slowly() -> None:
    """256 a minute is what inetd allows, and to come that slowly takes more than a minute."""
    result = verdict("resilience/connect-and-leave", LIMITER, "256", "closes", "for ever")
    assert result.status is Status.PASSED
    assert "seems to limit them" in result.summary


def test_a_thousand_clients_are_too_many_for_select() -> None:
    """More than 1,024 descriptors end this server: that is for information, and breaks no must."""
    result = verdict("sessions/capacity", SELECT, room=1100)
    assert (result.status, result.level) == (Status.FAILED, Level.MAY)
    assert result.findings[0].kind is Kind.DIED
    assert verdict("sessions/simultaneous", SELECT, room=1100).status is Status.PASSED


def test_how_many_are_served_at_once_is_told() -> None:
    """A pool has so many places, and nobody is accused."""
    program = """
import os, socket
from concurrent.futures import ThreadPoolExecutor
def echo(sock):
    with sock:
        while data := sock.recv(4096):
            sock.sendall(data)
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
with ThreadPoolExecutor(12) as pool:
    while True:
        pool.submit(echo, listener.accept()[0])
"""
    result = verdict("sessions/capacity", program, room=40)
    assert (result.status, result.summary) == (
        Status.PASSED,
        "12 of 32 clients were served at once",
    )


def test_those_who_are_turned_away_are_told() -> None:
    """A table that is full closes whoever comes then: they do not wait."""
    program = """
import os, selectors, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
ready = selectors.DefaultSelector()
ready.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in ready.select():
        if key.fileobj is listener:
            sock, _ = listener.accept()
            if len(ready.get_map()) > 30:
                sock.close()
            else:
                ready.register(sock, selectors.EVENT_READ)
        elif data := key.fileobj.recv(4096):
            key.fileobj.sendall(data)
        else:
            ready.unregister(key.fileobj)
            key.fileobj.close()
"""
    result = verdict("sessions/capacity", program, room=40)
    assert result.status is Status.PASSED
    told = "30 of 32 clients were served at once, and 2 closed without an answer"
    assert result.summary == told


def test_a_crowd_that_is_served_whole_is_told_too() -> None:
    """In the summary of the check that it belongs to."""
    result = verdict("sessions/simultaneous", SELECT, room=40)
    assert result.status is Status.PASSED
    assert result.summary.endswith("; 40 clients were served at once")


@pytest.mark.parametrize(
    ("shown", "status"), [(Status.FAILED, Status.FAILED), (Status.PASSED, Status.FLAKY)]
)
def test_what_showed_once_may_show_surely_in_a_crowd(
    shown: Status, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And if it does not, it was seen once."""
    check, plan = find("sessions/simultaneous"), Plan(())
    silent = _finding(Kind.NO_ECHO, 3, 60, Ending.OPEN)
    more = result_of(check, shown)
    monkeypatch.setattr(lane_module, "what_more_shows", lambda *about: more)
    with fleet_for([sys.executable, "-c", ""], Profile.CONCURRENT) as fleet:
        lane = Lane(fleet, Patience(2.0), lambda check_id: check_id)
        first, again = Outcome(plan, Trace(()), (silent,)), Outcome(plan, Trace(()), ())
        assert lane._crowd_after(check, CONCURRENT, first, again).status is status


@pytest.mark.parametrize(("third", "status"), [(True, Status.FAILED), (False, Status.PASSED)])
def test_a_doubt_is_settled_by_a_third_attempt(
    third: bool, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two have failed, and the second does not prove it."""
    check = replace(find("resources/memory"), doubts=lambda trace: True)
    grows = Finding(Kind.RESOURCE, Breach.LIVENESS, "memory grows")

    def perform(lane: Lane, check: Check, context: Context, *about: float, **ask: bool) -> Outcome:
        return Outcome(Plan(()), Trace(()), (grows,) if context.attempt < 3 or third else ())

    monkeypatch.setattr(Lane, "_perform", perform)
    with fleet_for([sys.executable, "-c", ""], Profile.CONCURRENT) as fleet:
        lane = Lane(fleet, Patience(2.0), lambda check_id: check_id)
        assert lane.run(check, CONCURRENT).status is status
