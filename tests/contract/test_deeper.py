"""What some checks do beyond a single exchange, as plans and judgements."""

from __future__ import annotations

import itertools

import pytest

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.values import plan as p
from harness.values.effort import Effort
from harness.values.trace import Ending, Measurement, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

CONCURRENT, SEQUENTIAL = Context(profile=Profile.CONCURRENT), Context(profile=Profile.SEQUENTIAL)


def test_a_client_ends_beside_one_that_came_before_and_one_that_came_after() -> None:
    """What is kept for a later client may hold the connection of an earlier one open."""
    plan = find("shutdown/after-echo").plan(CONCURRENT)
    beside = [s for s in plan.scripts if any(isinstance(step, p.Meet) for step in s.steps)]
    assert len(beside) == 4
    first_comes = [isinstance(script.steps[0], p.Connect) for script in beside]
    waits_last = [isinstance(script.steps[-1], p.Meet) for script in beside]
    assert first_comes == [True, False, True, False]
    assert waits_last == [False, True, True, False]  # who ends first lets the other go on
    assert not find("shutdown/after-echo").plan(SEQUENTIAL).needs_concurrency


@pytest.mark.parametrize("effort", Effort)
def test_streams_end_while_queues_are_full_in_many_sizes(effort: Effort) -> None:
    """In steps of less than a read, from a few KiB on; then in larger ones beyond what a send
    buffer that has grown holds; and never more than eight at once."""
    plan = find("shutdown/lagging-reader").plan(Context(profile=Profile.CONCURRENT, effort=effort))
    narrow = [s for s in plan.scripts if _connect(s).receive_buffer == 4096]
    sizes = sorted(p.size_of(step.payload) for s in narrow for step in s.steps if _sends(step))
    close = effort.of(12, 48, 160)
    assert len(narrow) == close + effort.of(0, 16, 24)
    assert {b - a for a, b in itertools.pairwise(sizes[:close])} == {1500}
    assert all(b - a == 30_000 for a, b in itertools.pairwise(sizes[close - 1 :]))
    assert max(sizes) > effort.of(0, 500_000, 500_000)
    assert sum(not script.after for script in plan.scripts) <= 8


@pytest.mark.parametrize(
    ("check_id", "most"), [("shutdown/lagging-reader", 16), ("sessions/churn", 20)]
)
def test_few_come_where_each_starts_a_program(check_id: str, most: int) -> None:
    """Fifty interpreters beside other work are slow whoever wrote them; still more than the eight
    sizes of which one shows a full queue, and a client of each kind."""
    each = find(check_id).plan(Context(profile=Profile.CONCURRENT, starts_each=True))
    assert 8 < sum(script.connects for script in each.scripts) <= most
    usual = find(check_id).plan(CONCURRENT)
    assert sum(script.connects for script in usual.scripts) >= 50


def _connect(script: p.Script) -> p.Connect:
    first = script.steps[0]
    assert isinstance(first, p.Connect)
    return first


def _sends(step: p.Step) -> bool:
    return isinstance(step, p.Send)


@pytest.mark.parametrize(
    ("kind", "whose", "excused"),
    [
        (Kind.EARLY_CLOSE, "hungry", True),
        (Kind.NO_ECHO, "hungry", True),
        (Kind.DIED, "hungry", False),
        (Kind.EARLY_CLOSE, "stays", True),
        (Kind.NO_ECHO, "stays", False),
        (Kind.EARLY_CLOSE, "earlier", False),
        (Kind.NO_ECHO, "later", False),
    ],
)
def test_in_a_famine_only_newcomers_may_suffer(kind: Kind, whose: str, excused: bool) -> None:
    """Whoever was there before is served all the time, and whoever comes later again, or still
    waits: who was turned away does not."""
    check = find("resilience/descriptor-famine")
    plan = check.plan(CONCURRENT)
    last = len(plan.scripts) - 1
    number = {"hungry": 1, "stays": last - 3, "earlier": last - 2, "later": last}[whose]
    finding = Finding(kind=kind, breach=Breach.SAFETY, message="", session=number)
    assert check.excuses(plan, finding) is excused


@pytest.mark.parametrize("backlog", [1, 2, 8])
def test_who_waited_in_a_famine_is_served_before_anybody_else_comes(backlog: int) -> None:
    """A new client would wake a server up that has forgotten them; and a server that accepts again
    when a client of its own ends has had one."""
    check = find("resilience/descriptor-famine")
    plan = check.plan(Context(profile=Profile.CONCURRENT, backlog=backlog))
    *_, stays, earlier, new, _ = plan.scripts
    assert stays.steps[-3:] == (p.Meet("ended"), p.AwaitEcho(), p.Close())
    assert earlier.steps[-2:] == (p.AwaitEnd(), p.Meet("ended"))
    assert new.after == tuple(range(len(plan.scripts) - 2))
    came = [s for s in plan.scripts if s.connects and s.steps[0] == p.Meet("begin")]
    assert len(came) == min(3, backlog)


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_server_has_time_to_break_after_a_famine(attempt: int) -> None:
    """Who comes last comes when a timer of a tenth of a second has ended long ago."""
    context = Context(profile=Profile.CONCURRENT, attempt=attempt)
    first, *others = find("resilience/descriptor-famine").plan(context).scripts[-1].steps
    assert first == p.Wait(0.5)
    assert [type(step) for step in others] == [p.Connect, p.Send, p.AwaitEcho, p.Close]


def watched(cpu: float, awake: float, *, absorbed: int) -> Trace:
    """The same both times that it is looked at, for half a second."""

    def at(what: str, used: float, moment: float) -> Measurement:
        return Measurement(what, moment, used, 0, 0, 1, processes=1, zombies=0, awake=awake)

    seen = ScriptTrace(sent=300_000, absorbed=absorbed, ending=Ending.CLIENT)
    looks = [
        moment
        for n, label in enumerate(("stalled", "later"))
        for moment in (at(f"{label}-before", n, n), at(f"{label}-after", n + cpu, n + 0.5))
    ]
    return Trace((seen,), measurements=tuple(looks))


@pytest.mark.parametrize(
    ("cpu", "awake", "absorbed", "spins"),
    [(0.4, 1.0, 200_000, True), (0.01, 0.0, 200_000, False), (0.4, 1.0, 100, False)],
)
def test_who_waits_for_a_reader_uses_no_processor(
    cpu: float, awake: float, absorbed: int, spins: bool
) -> None:
    """Where nothing was held back there may have been something to do."""
    check = find("partial-send/no-spin")
    assert check.judge is not None
    trace = watched(cpu, awake, absorbed=absorbed)
    assert bool(check.judge(check.plan(CONCURRENT), trace, CONCURRENT)) is spins


def test_who_is_done_when_it_is_looked_at_again_has_had_something_to_do() -> None:
    """One that takes each byte by itself works for a while at what it has read."""
    check = find("partial-send/no-spin")
    assert check.judge is not None
    busy_at_first = polled(940, 20, 0.02, later=10)
    assert check.judge(check.plan(CONCURRENT), busy_at_first, CONCURRENT) == []


def polled(often: float, usually: float, cpu: float, *, later: float | None = None) -> Trace:
    """Wakes a second while its client does not read, and while it is idle; seconds of CPU.
    ``later``: wakes a second when it is looked at again."""

    def at(label: str, moment: float, wakes: float, used: float) -> Measurement:
        return Measurement(label, moment, used, 0, 0, 1, 1, 0, awake=0.1, wakes=round(wakes))

    seen = ScriptTrace(sent=300_000, absorbed=200_000, ending=Ending.CLIENT)
    idle = (at("idle-before", 0.0, 7, 1.0), at("idle-after", 0.2, 7 + 0.2 * usually, 1.0))
    looks = [
        moment
        for label, begin, wakes in (
            ("stalled", 1.0, often),
            ("later", 2.0, often if later is None else later),
        )
        for moment in (
            at(f"{label}-before", begin, 500, begin),
            at(f"{label}-after", begin + 0.5, 500 + 0.5 * wakes, begin + cpu),
        )
    ]
    return Trace((seen,), measurements=(*idle, *looks))


@pytest.mark.parametrize(
    ("often", "usually", "cpu", "accused"),
    [
        (940, 20, 0.02, True),  # a JVM that waits for a millisecond again and again
        (940, 20, 0.0, False),  # a program in C that does so uses next to nothing
        (200, 20, 0.05, False),
        (940, 900, 0.05, False),  # it always does: that has nothing to do with who reads
    ],
)
def test_who_waits_for_a_reader_does_not_look_again_and_again(
    often: float, usually: float, cpu: float, accused: bool
) -> None:
    """A short sleep between two attempts costs some hundredths of a core."""
    check = find("partial-send/no-spin")
    assert check.judge is not None
    found = check.judge(check.plan(CONCURRENT), polled(often, usually, cpu), CONCURRENT)
    assert bool(found) is accused
    assert not found or "woke up 940 times a second" in found[0].message


def test_children_end_in_one_moment() -> None:
    """Eight of each round, while their parent is stopped; only where there can be eight, and where
    the parent belongs to the target."""
    plan = find("resources/zombies").plan(CONCURRENT)
    resumed = [step for s in plan.scripts for step in s.steps if isinstance(step, p.ResumeTarget)]
    assert len(resumed) == 6
    assert all(step.children_first for step in resumed)
    assert not find("resources/zombies").plan(SEQUENTIAL).needs_concurrency
    each = find("resources/zombies").plan(Context(profile=Profile.CONCURRENT, starts_each=True))
    assert not any(p.PauseTarget() in script.steps for script in each.scripts)


def test_a_suspicion_of_the_memory_is_decided_by_many_connections() -> None:
    """A collector has run by then.  Those who do not read come besides."""
    again = Context(profile=Profile.SEQUENTIAL, attempt=2)

    def readers(check_id: str) -> int:
        scripts = find(check_id).plan(again).scripts
        return sum(s.connects and p.StopReading() not in s.steps for s in scripts)

    assert readers("resources/memory") == 1500
    assert readers("resources/descriptors") == 192


@pytest.mark.parametrize("effort", Effort)
def test_a_connection_is_busy_for_seconds(effort: Effort) -> None:
    """A server that gives each connection a time when it begins cuts it off, however busy."""
    plan = find("shutdown/not-early").plan(Context(profile=Profile.SEQUENTIAL, effort=effort))
    (script,) = plan.scripts
    waits = [step.seconds for step in script.steps if isinstance(step, p.Wait)]
    assert sum(waits) >= effort.of(0.05, 2.1, 70.0)
    assert max(waits) <= 0.25


@pytest.mark.parametrize(
    "check_id", ["resources/idle-cpu", "shutdown/no-spin", "resilience/descriptor-famine"]
)
def test_a_short_look_never_accuses_alone(check_id: str) -> None:
    """What a quick run suspects is tried again with the seconds of a normal one."""

    def watched(effort: Effort, attempt: int) -> list[float]:
        context = Context(profile=Profile.SEQUENTIAL, effort=effort, attempt=attempt)
        scripts = find(check_id).plan(context).scripts
        return [s.seconds for each in scripts for s in each.steps if isinstance(s, p.Watch)]

    assert sum(watched(Effort.QUICK, 1)) < sum(watched(Effort.NORMAL, 1))
    assert watched(Effort.QUICK, 2) == watched(Effort.NORMAL, 2)


@pytest.mark.parametrize(
    "check_id", ["partial-send/interrupted-send", "resources/descriptors", "shutdown/no-spin"]
)
def test_only_a_first_quick_look_is_hasty(check_id: str) -> None:
    """Whether a target stalls or rests is seen in a moment then, and in a longer one otherwise;
    but whoever only leaves when it stalls never waits long for that."""

    def leaves(script: p.Script) -> bool:
        return isinstance(script.steps[-1], p.Reset | p.Close) and p.StopReading() in script.steps

    def hasty(effort: Effort, attempt: int) -> set[bool]:
        context = Context(profile=Profile.SEQUENTIAL, effort=effort, attempt=attempt)
        scripts = find(check_id).plan(context).scripts
        steps = [step for each in scripts if not leaves(each) for step in each.steps]
        return {s.briefly for s in steps if isinstance(s, p.AwaitStall | p.AwaitQuiet)}

    assert hasty(Effort.QUICK, 1) == {True}
    assert hasty(Effort.QUICK, 2) == hasty(Effort.NORMAL, 1) == {False}


@pytest.mark.parametrize("effort", Effort)
def test_a_stream_is_as_long_as_the_effort_says(effort: Effort) -> None:
    """Hundreds of KiB, 16 MiB, or a GiB on one connection."""
    plan = find("identity/long-stream").plan(Context(profile=Profile.SEQUENTIAL, effort=effort))
    (script,) = plan.scripts
    sent = sum(p.size_of(step.payload) for step in script.steps if isinstance(step, p.Send))
    assert sent >= effort.of(400 * 1024, 2**24, 2**30)


@pytest.mark.parametrize(
    ("check_id", "seconds"),
    [("shutdown/idle-kept", 70), ("launch/stays-up", 70), ("partial-send/stalled-reader", 8)],
)
def test_thoroughness_is_silence(check_id: str, seconds: float) -> None:
    """Longer than a minute where servers have time limits, and longer than five seconds where they
    give up on a reader."""
    check = find(check_id)
    long = check.plan(Context(profile=Profile.SEQUENTIAL, effort=Effort.THOROUGH))
    waits = [s.seconds for each in long.scripts for s in each.steps if isinstance(s, p.Wait)]
    assert max(waits) >= seconds
    assert check.waits_at(Effort.THOROUGH) >= check.waits_at(Effort.NORMAL)
