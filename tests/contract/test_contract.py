"""The catalogue: every check is whole, and its plan can be performed for every target it is for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from click.testing import CliRunner

from harness.cli.contract import explain
from harness.contract.catalogue import CHECKS, FUZZ, IDS, choose, find
from harness.contract.check import BASIS, Check, Context, NotApplicable
from harness.errors import MachineProblem, UsageProblem
from harness.values import plan as p
from harness.values.effort import Effort
from harness.values.plan import Plan, encode, problems_of
from harness.values.trace import Measurement, Relaunched, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Level, Profile

ONE_SHOT, SEQUENTIAL, CONCURRENT = Profile
LASTING = {SEQUENTIAL, CONCURRENT}
ALL = set(Profile)

CATALOGUE: dict[str, dict[str, tuple[str, set[Profile]]]] = {
    "launch": {
        "listens": ("must", ALL),
        "stays-up": ("must", ALL),
        "restarts": ("should", ALL),
        "loopback-only": ("may", ALL),
    },
    "identity": {
        "one-byte": ("must", ALL),
        "hello": ("must", ALL),
        "every-byte-value": ("must", ALL),
        "nul-bytes": ("must", ALL),
        "newlines": ("must", ALL),
        "edge-whitespace": ("must", ALL),
        "invalid-utf8": ("must", ALL),
        "split-utf8": ("must", ALL),
        "telnet-bytes": ("must", ALL),
        "control-bytes": ("must", ALL),
        "looks-like-a-command": ("must", ALL),
        "format-directives": ("must", ALL),
        "nothing-extra": ("must", ALL),
        "long-stream": ("must", ALL),
        "counter": ("must", ALL),
    },
    "chunking": {
        "read-boundary": ("must", ALL),
        "exact-read-then-end": ("must", ALL),
        "one-write-many-reads": ("must", ALL),
        "many-writes-one-read": ("must", ALL),
        "byte-by-byte": ("must", ALL),
        "prompt": ("must", ALL),
        "uneven": ("must", ALL),
        "cumulative": ("must", ALL),
    },
    "shutdown": {
        "at-once": ("must", ALL),
        "after-echo": ("must", ALL),
        "flushes-everything": ("must", ALL),
        "data-with-fin": ("must", ALL),
        "lagging-reader": ("must", ALL),
        "orderly": ("must", ALL),
        "not-early": ("must", ALL),
        "idle-kept": ("must", ALL),
        "releases": ("must", ALL),
        "no-spin": ("must", ALL),
        "exit-status": ("must", {ONE_SHOT}),
    },
    "partial-send": {
        "stalled-reader": ("must", ALL),
        "interrupted-send": ("must", ALL),
        "no-spin": ("should", ALL),
        "slow-reader": ("must", ALL),
        "small-window": ("must", ALL),
        "both-ways": ("must", ALL),
        "bounded-memory": ("should", ALL),
    },
    "resilience": {
        "reset-idle": ("must", LASTING),
        "reset-mid-echo": ("must", LASTING),
        "vanish-while-sending": ("must", LASTING),
        "connect-and-leave": ("must", LASTING),
        "pause-resume": ("must", ALL),
        "urgent-data": ("should", ALL),
        "descriptor-famine": ("should", LASTING),
        "terminates": ("should", ALL),
    },
    "sessions": {
        "one-after-another": ("must", LASTING),
        "no-leftovers": ("must", LASTING),
        "queue": ("must", LASTING),
        "simultaneous": ("must", {CONCURRENT}),
        "capacity": ("may", {CONCURRENT}),
        "no-crosstalk": ("must", {CONCURRENT}),
        "slow-client-aside": ("must", {CONCURRENT}),
        "stalled-client-aside": ("must", {CONCURRENT}),
        "churn": ("must", {CONCURRENT}),
    },
    "resources": {
        "descriptors": ("should", LASTING),
        "memory": ("should", LASTING),
        "threads": ("should", LASTING),
        "zombies": ("should", LASTING),
        "idle-cpu": ("should", LASTING),
        "checkers": ("must", ALL),
        "unhandled-errors": ("should", ALL),
    },
    "datagram": {
        "one-byte": ("must", ALL),
        "hello": ("must", ALL),
        "every-byte-value": ("must", ALL),
        "empty": ("should", ALL),
        "boundaries": ("must", LASTING),
        "up-to-mtu": ("must", ALL),
        "read-boundary": ("must", ALL),
        "largest": ("should", ALL),
        "to-the-sender": ("must", LASTING),
        "from-the-same-address": ("should", ALL),
        "nothing-unasked": ("must", LASTING),
        "burst": ("must", LASTING),
        "client-gone": ("must", LASTING),
        "stays-up": ("must", ALL),
        "interleaved": ("must", LASTING),
        "echo-port": ("may", ALL),
    },
}
"""The contract as it is published.  An id that changes breaks the configurations of its users."""
EVERY = pytest.mark.parametrize("check", [*CHECKS, FUZZ], ids=lambda check: check.id)


REPORTS = {"resources/checkers", "resources/unhandled-errors"}
UNHEARD = "somebody else runs the target (--connect), so what it writes is not seen"
IN_THE_BACKLOG = {"sessions/queue", "resilience/descriptor-famine"}
"""Their clients meet while they wait to be accepted, which a sequential target allows."""


def contexts(check: Check) -> Iterator[Context]:
    """Every sort of target that the check is for, and not skipped for."""
    for profile in check.profiles:
        for remote, unseen in ((False, None), (True, None), (True, "it is hidden")):
            for speed in (None, 1000.0, 300_000.0):
                for attempt, effort in (
                    (1, Effort.NORMAL),
                    (2, Effort.QUICK),
                    (1, Effort.THOROUGH),
                ):
                    context = Context(
                        profile=profile,
                        remote=remote,
                        unseen=unseen,
                        speed=speed,
                        attempt=attempt,
                        effort=effort,
                        seed=attempt,
                    )
                    if check.not_for(context) is None:
                        yield context


LOOKS = (p.Measure, p.Watch, p.AwaitQuiet, p.AwaitRelease)
"""Steps that need the process, and do nothing to it."""


# --- the catalogue ------------------------------------------------------------------------------


def test_the_ids_are_those_of_the_contract() -> None:
    """In the order of the contract, with the fuzzer last."""
    expected = [f"{group}/{name}" for group, names in CATALOGUE.items() for name in names]
    assert [check.id for check in CHECKS] == expected
    assert list(IDS) == [*expected, "fuzz/plans"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_levels_and_profiles_are_those_of_the_contract(check: Check) -> None:
    """What is required of whom."""
    group, _, name = check.id.partition("/")
    level, profiles = CATALOGUE[group][name]
    assert check.group == group
    assert check.level == level
    assert set(check.profiles) == profiles


@EVERY
def test_a_check_can_be_explained(check: Check) -> None:
    """A requirement of one sentence, what is allowed and what is not, the basis."""
    assert check.requirement.endswith(".")
    assert ". " not in check.requirement
    assert check.requirement[0].isupper() or check.requirement[0].isdigit()
    assert len(check.requirement) <= 160
    assert check.allowed.endswith(".")
    assert "Not allowed" in check.allowed or check.level is Level.MAY
    assert check.basis in BASIS
    assert not check.hint.endswith(".")
    done = CliRunner().invoke(explain, [check.id])
    assert done.exit_code == 0
    assert check.id in done.output
    assert check.requirement.split()[0] in done.output


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_judges_something(check: Check) -> None:
    """Not everything is ignored, unless it judges by itself."""
    assert check.judge is not None or check.weigh is not None or set(Kind) - check.ignores


# --- plans --------------------------------------------------------------------------------------


@EVERY
def test_the_plan_can_be_performed_for_every_target(check: Check) -> None:
    """Sound, representable in a case file; a process that somebody else started is only looked
    at, and left alone where it cannot be seen."""
    for context in contexts(check):
        plan = check.plan(context)
        assert problems_of(plan) == [], context
        assert msgspec.json.decode(encode(plan), type=Plan) == plan
        if context.remote:
            needed = [s for each in plan.scripts for s in each.steps if type(s) in p.NEEDS_PROCESS]
            assert all(isinstance(step, LOOKS) for step in needed), context
            # The system's table of sockets tells of the release too.
            assert not needed or not context.unseen or check.id == "shutdown/releases", context
        if context.profile is not CONCURRENT and check.id not in IN_THE_BACKLOG:
            assert not plan.needs_concurrency, context


@EVERY
def test_the_plan_depends_on_the_seed_only(check: Check) -> None:
    """The same context, the same plan: nothing random is left to chance."""
    for context in contexts(check):
        assert check.plan(context) == check.plan(context)


def test_checks_that_need_the_process_say_so() -> None:
    """With ``--connect`` they are skipped with that reason, and only they: what stops, pauses or
    limits a process always, what watches it where it cannot be seen."""

    def skipped(unseen: str | None) -> dict[str, str]:
        reasons = {
            c.id: c.not_for(Context(profile=c.profiles[0], remote=True, unseen=unseen))
            for c in CHECKS
        }
        return {check_id: reason for check_id, reason in reasons.items() if reason}

    assert skipped(None) == {
        "launch/restarts": NOT_OURS.format("stopped and started again"),
        "shutdown/exit-status": (
            "only the process that started it can see its exit status (--connect)"
        ),
        "partial-send/interrupted-send": NOT_OURS.format("interrupted (SIGSTOP and SIGCONT)"),
        "resilience/pause-resume": NOT_OURS.format("paused (SIGSTOP)"),
        "resilience/descriptor-famine": NOT_OURS.format("limited in its descriptors"),
        "resilience/terminates": NOT_OURS.format("stopped"),
        **dict.fromkeys(REPORTS, UNHEARD),
    }
    hidden = skipped("it is hidden")
    watching = set(hidden) - set(skipped(None))
    assert watching == {
        "launch/loopback-only",
        "shutdown/no-spin",
        "partial-send/no-spin",
        "partial-send/bounded-memory",
        *({f"resources/{name}" for name in CATALOGUE["resources"]} - REPORTS),
    }
    reason = "the target's process cannot be seen (--connect): it is hidden"
    assert {hidden[check_id] for check_id in watching} == {reason}


NOT_OURS = "somebody else runs the target (--connect), so it is not {}"


def measured(*labels: str, processes: int = 1, strangers: int = 0) -> Trace:
    """Each 50 MB more than the one before, with a second of CPU each second."""
    values = [
        Measurement(
            label=label,
            at=float(n),
            cpu=float(n),
            memory=50_000_000 * (n + 1),
            descriptors=10 * n,
            threads=10 * n,
            processes=processes,
            zombies=10 * n,
            awake=1.0,
            strangers=strangers,
        )
        for n, label in enumerate(labels)
    ]
    return Trace(
        scripts=(ScriptTrace(), ScriptTrace(absorbed=60_000_000)), measurements=tuple(values)
    )


WATCHING = {
    "shutdown/no-spin": ("ended-before", "ended-after"),
    "partial-send/bounded-memory": ("before", "stalled"),
    "resources/idle-cpu": ("alone-before", "alone-after", "connected-before", "connected-after"),
    **{f"resources/{n}": [f"round-{i}" for i in range(6)] for n in ("descriptors", "memory")},
    **{f"resources/{n}": [f"round-{i}" for i in range(6)] for n in ("threads", "zombies")},
}


WATCHED_AGAIN = ("again-before", "again-after", "later-before", "later-after")


@pytest.mark.parametrize(
    ("labels", "echoed", "told"),
    [(WATCHED_AGAIN, 10, True), (WATCHED_AGAIN[:2], 10, False), (WATCHED_AGAIN, 9, False)],
    ids=["twice", "once", "not all has come back"],
)
def test_who_is_busy_when_all_that_waited_has_gone(
    labels: Sequence[str], echoed: int, told: bool
) -> None:
    """Once may be a collector at work, and what has not come back is something to do."""
    check = find("resources/idle-cpu")
    assert check.judge is not None
    trace = msgspec.structs.replace(
        measured(*labels), scripts=(ScriptTrace(sent=10, echoed=echoed),)
    )
    found = check.judge(Plan(scripts=()), trace, Context(profile=CONCURRENT))
    assert ["idle again" in f.message for f in found] == [True] * told


@pytest.mark.parametrize("check_id", WATCHING)
def test_a_target_that_somebody_else_runs_is_accused_of_its_own_only(check_id: str) -> None:
    """What it used may be for clients that are not ours; one that went away was not measured."""
    check, labels = find(check_id), WATCHING[check_id]
    assert check.judge is not None
    theirs = Context(profile=CONCURRENT, remote=True)
    plan = Plan(scripts=())
    assert check.judge(plan, measured(*labels), theirs)
    assert check.judge(plan, measured(*labels, strangers=1), Context(profile=CONCURRENT))
    with pytest.raises(NotApplicable, match="serves others too"):
        check.judge(plan, measured(*labels, strangers=1), theirs)
    for trace in (measured(*labels, processes=0), measured()):
        with pytest.raises(MachineProblem, match="while it was watched"):
            check.judge(plan, trace, theirs)


def test_the_sockets_of_another_machine_are_not_judged() -> None:
    """What cannot be seen is not passed."""
    check = find("shutdown/releases")
    assert check.not_for(Context(profile=SEQUENTIAL, remote=True)) is None
    assert check.not_for(Context(profile=SEQUENTIAL, remote=True, elsewhere=True))


def test_a_target_that_picks_its_port_cannot_be_restarted_on_the_same() -> None:
    """Known before, or found out by the restart itself; both skip the check with the reason."""
    check = find("launch/restarts")
    reason = "the target chooses another port at each start"
    assert check.not_for(Context(profile=SEQUENTIAL, same_port=False)) == reason
    assert check.judge is not None
    trace = Trace(scripts=(), relaunched=Relaunched(same_port=False))
    with pytest.raises(NotApplicable, match=reason):
        check.judge(Plan(scripts=()), trace, Context(profile=SEQUENTIAL))


def test_shared_plans_are_the_same_plan() -> None:
    """Checks with the same word are performed once for all of them."""
    for word in {check.shares for check in CHECKS} - {None}:
        sharing = [check for check in CHECKS if check.shares == word]
        assert len(sharing) > 1
        for context in contexts(sharing[0]):
            if context.attempt > 1:  # a suspicion is looked into alone
                continue
            assert len({encode(check.plan(context)) for check in sharing}) == 1
            assert len({check.profiles for check in sharing}) == 1


# --- judgements of their own --------------------------------------------------------------------


def judged(
    check_id: str, trace: Trace, profile: Profile = CONCURRENT, **known: object
) -> list[Finding]:
    check = find(check_id)
    assert check.judge is not None
    context = msgspec.structs.replace(Context(profile=profile), **known)
    return check.judge(check.plan(context), trace, context)


def measurement(label: str, at: float = 0.0, **changes: object) -> Measurement:
    plain = Measurement(
        label=label, at=at, cpu=1.0, memory=10_000_000, descriptors=5, threads=1, processes=1,
        zombies=0,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def rounds(what: str, values: list[int]) -> Trace:
    made = (measurement(f"round-{n}", **{what: value}) for n, value in enumerate(values))
    return Trace(scripts=(), measurements=tuple(made))


@pytest.mark.parametrize(
    ("what", "check_id"),
    [
        ("descriptors", "resources/descriptors"),
        ("threads", "resources/threads"),
        ("zombies", "resources/zombies"),
    ],
)
@pytest.mark.parametrize(
    ("values", "leaks"),
    [
        ([5, 17, 29, 41, 53, 65], True),
        ([5, 8, 11, 14, 17, 20], True),
        ([5, 17, 29, 29, 41, 53], True),
        ([5, 5, 5, 5, 5, 5], False),
        ([5, 30, 30, 30, 30, 30], False),
        ([5, 6, 7, 8, 9, 10], False),
        ([5, 40, 60, 70, 70, 70], False),
        ([5, 17, 29, 5, 17, 29], False),
        ([5, 17, 29], False),
        ([], False),
    ],
)
def test_a_leak_grows_with_every_round(
    what: str, check_id: str, values: list[int], leaks: bool
) -> None:
    """What grows once, or now and then, or less and less, is a pool, a cache, an arena."""
    found = judged(check_id, rounds(what, values))
    assert bool(found) is leaks
    for finding in found:
        assert (finding.kind, finding.breach) == (Kind.RESOURCE, Breach.LIVENESS)
        assert ", ".join(map(str, values)) in finding.message


def test_memory_leaks_in_step_with_what_was_sent() -> None:
    """Growth by some KiB a round is the allocator's business."""
    mib = 1024 * 1024
    assert judged("resources/memory", rounds("memory", [n * mib for n in range(20, 26)]))
    assert not judged("resources/memory", rounds("memory", [20 * mib + n * 9000 for n in range(6)]))


@pytest.mark.parametrize(
    ("attempt", "kept", "leaks"),
    [
        (1, 4 * 65_536, True),  # a read of each who does not read
        (1, 100_000, False),
        (2, 4 * 65_536, False),
        (2, 44 * 65_536, True),
    ],
)
def test_what_only_those_leave_who_do_not_read_is_suspected_and_decided(
    attempt: int, kept: int, leaks: bool
) -> None:
    """Four of them are in a round at first, and where they make it suspicious many more."""
    turns = 6 if attempt == 1 else 15
    trace = rounds("memory", [20_000_000 + kept * n for n in range(turns)])
    assert bool(judged("resources/memory", trace, attempt=attempt)) is leaks


@pytest.mark.parametrize(
    ("steps", "leaks"),
    [
        ([10, 0, 11, 1, 9, 12, 3, 10, 20, 0, 14, 4, 15, 0], True),
        ([10, 11, 9, 12, 3, 10, 20, 14, 15, 8, 0, 0, 0, 0], False),  # then it has enough
        ([10, 0, 11, 1, 9, 12, -3, 10, 20, 0, 14, 4, 15, 0], False),  # some is given back
    ],
)
def test_memory_grows_in_large_steps_too(steps: list[int], leaks: bool) -> None:
    """A runtime takes more than it needs just then: of the long rounds any two must grow."""
    values = itertools.accumulate((mib * 1024 * 1024 for mib in steps), initial=20 * 1024 * 1024)
    assert bool(judged("resources/memory", rounds("memory", [*values]), attempt=2)) is leaks


@pytest.mark.parametrize(
    ("steps", "doubtful"),
    [
        ([7] * 14, True),  # Go, which collects nothing before a limit of 256 MiB
        ([12, 15, 7, 0, 13, 7, 7, 4, 1, 5, 3, 2, 5, 9], True),  # Ruby, a thread for each client
        ([25] * 14, False),  # more than such a limit
        ([7] * 5, False),  # too few rounds to tell
    ],
)
def test_a_heap_that_warms_up_leaves_a_doubt(steps: list[int], doubtful: bool) -> None:
    """It grows for hundreds of clients, so that twice as many more decide."""
    values = itertools.accumulate((mib * 1024 * 1024 for mib in steps), initial=30 * 1024 * 1024)
    check = find("resources/memory")
    assert check.doubts(rounds("memory", [*values])) is doubtful
    more = Context(profile=CONCURRENT, attempt=3)
    turns = [s for script in check.plan(more).scripts for s in script.steps]
    assert sum(isinstance(s, p.Measure) for s in turns) == 28 + 1 + 1


@pytest.mark.parametrize(
    ("sevenths", "leaks"),
    [
        ([21, 13, 27, 28], True),  # Node, whose collector lets some of it lie for a while
        ([17, 20, 4, 2], False),  # Ruby again, when it is warm
        ([30, 20, 8, 6], False),
    ],
)
def test_what_goes_on_growing_afterwards_leaks(sevenths: list[int], leaks: bool) -> None:
    """Seven rounds count as one there, and all of them grow by so much but one."""
    steps = [mib / 7 for mib in sevenths for _ in range(7)]
    sizes = itertools.accumulate((mib * 1024 * 1024 for mib in steps), initial=120 * 1024 * 1024)
    trace = rounds("memory", [int(size) for size in sizes])
    assert bool(judged("resources/memory", trace, attempt=3)) is leaks


def test_what_comes_back_after_a_while_was_kept_by_nobody() -> None:
    """Some look only now and then whether their client is still there."""
    trace = rounds("threads", [1, 13, 25, 37, 49, 61])

    def with_later(threads: int) -> Trace:
        later = measurement("afterwards", threads=threads)
        return msgspec.structs.replace(trace, measurements=(*trace.measurements, later))

    assert judged("resources/threads", with_later(61))
    assert judged("resources/threads", with_later(40))
    assert not judged("resources/threads", with_later(5))


def test_one_thing_left_of_each_who_does_not_read_is_seen() -> None:
    """They break off while all buffers are full, some of each round, and in either profile."""
    for profile in (Profile.SEQUENTIAL, CONCURRENT):
        plan = find("resources/threads").plan(Context(profile=profile))
        turns = sum(isinstance(s, p.Measure) for script in plan.scripts for s in script.steps)
        unread = [s for s in plan.scripts if p.StopReading() in s.steps]
        assert len(unread) == 4 * turns
        leaving = len(unread) // turns
        values = [1 + leaving * turn for turn in range(turns)]
        assert judged("resources/threads", rounds("threads", values), profile=profile)


def test_a_dead_tree_leaks_nothing() -> None:
    """Rounds measured after the target has ended do not count."""
    trace = rounds("descriptors", [5, 17, 29, 41, 53, 65])
    dead = tuple(msgspec.structs.replace(m, processes=0) for m in trace.measurements)
    assert not judged("resources/descriptors", msgspec.structs.replace(trace, measurements=dead))


@pytest.mark.parametrize(
    ("cpu", "awake", "spins"),
    [
        (0.40, 1.0, True),
        (0.11, 0.3, True),
        (0.11, 0.95, True),
        (0.05, 0.95, False),
        (0.05, 0.5, False),
        (0.01, 1.0, False),
        (0.0, 0.0, False),
        (0.0, None, False),
    ],
)
def test_spinning_is_cpu_or_being_awake_at_every_look(
    cpu: float, awake: float | None, spins: bool
) -> None:
    """A whole core, or, where the machine has none to give, ready to run whenever one looks."""
    watched = (
        measurement("ended-before", at=1.0, cpu=2.0),
        measurement("ended-after", at=1.4, cpu=2.0 + cpu, awake=awake),
    )
    trace = Trace(scripts=(), measurements=watched)
    assert bool(judged("shutdown/no-spin", trace)) is spins
    assert not judged("shutdown/no-spin", msgspec.structs.replace(trace, measurements=watched[:1]))


def test_memory_that_a_reader_who_stalls_can_fill() -> None:
    """Half of the flood is the limit."""
    mib = 1024 * 1024
    for grown, full in ((10, False), (31, False), (33, True), (64, True)):
        measured = (
            measurement("before", memory=20 * mib),
            measurement("stalled", memory=(20 + grown) * mib),
        )
        scripts = (ScriptTrace(), ScriptTrace(absorbed=64 * mib))
        trace = Trace(scripts=scripts, measurements=measured)
        found = judged("partial-send/bounded-memory", trace)
        assert bool(found) is full
        assert not full or f"grew by {grown} MiB" in found[0].message


def test_memory_of_a_process_that_begins_is_not_what_a_reader_fills() -> None:
    """Under inetd it is started for the client; of what was not taken nothing can be kept."""
    mib = 1024 * 1024
    measured = (measurement("before", memory=mib), measurement("stalled", memory=46 * mib))
    trace = Trace((ScriptTrace(), ScriptTrace(absorbed=9 * mib)), measurements=measured)
    assert not judged("partial-send/bounded-memory", trace)


def test_who_waits_for_a_slow_client() -> None:
    """Clients whose first byte came only after the slow one had finished."""
    slow = ScriptTrace(ended=1.3)
    prompt, late = ScriptTrace(first_byte=0.1), ScriptTrace(first_byte=1.31)
    size = len(find("sessions/slow-client-aside").plan(Context(profile=CONCURRENT)).scripts)
    in_time = Trace(scripts=(slow, *(prompt,) * (size - 1)))
    assert not judged("sessions/slow-client-aside", in_time)
    in_vain = Trace(scripts=(slow, prompt, late, late, *(prompt,) * (size - 4)))
    found = judged("sessions/slow-client-aside", in_vain)
    assert [(f.kind, f.breach, f.session) for f in found] == [(Kind.ORDER, Breach.LIVENESS, 2)]
    assert found[0].message.startswith("2 of ")


def test_a_restart_that_failed() -> None:
    """Without the target's output, which reports show in a place of its own."""
    failed = Relaunched(same_port=True, failed="it ended.\n    Traceback ...")
    found = judged("launch/restarts", Trace(scripts=(), relaunched=failed))
    assert [f.kind for f in found] == [Kind.NOT_LISTENING]
    assert found[0].message.endswith("it did not listen: it ended.")
    again = Trace(scripts=(), relaunched=Relaunched(same_port=True))
    assert judged("launch/restarts", again) == []
    assert judged("launch/restarts", Trace(scripts=())) == []


def test_who_else_may_reach_it() -> None:
    """Addresses other than loopback, of both families."""
    nowhere = Trace(scripts=())
    inside = (("127.0.0.1", 7007), ("::1", 7007))
    assert judged("launch/loopback-only", nowhere, listening=inside) == []
    outside = (("0.0.0.0", 7007), ("127.0.0.1", 7007))
    found = judged("launch/loopback-only", nowhere, listening=outside)
    assert found[0].message == "it listens on 0.0.0.0:7007, which other machines may reach"


def test_an_urgent_byte_in_band_is_excused() -> None:
    """A server with SO_OOBINLINE sends it back like any other; nothing else is excused."""
    check = find("resilience/urgent-data")
    plan = check.plan(Context(profile=SEQUENTIAL))

    def finding(kind: Kind, got: bytes, length: int = 1) -> Finding:
        return Finding(
            kind=kind, breach=Breach.SAFETY, message="", session=0, offset=100, length=length,
            got=got.hex(), window_start=92,
        )  # fmt: skip

    assert check.excuses(plan, finding(Kind.EXTRA, b"8 before!rest"))
    assert not check.excuses(plan, finding(Kind.EXTRA, b"8 before?rest"))
    assert not check.excuses(plan, finding(Kind.EXTRA, b"8 before!!est", length=2))
    assert not check.excuses(plan, finding(Kind.LOST, b"8 before!rest"))


def test_during_a_famine_anything_may_happen_but_death() -> None:
    """Afterwards clients must be served."""
    check = find("resilience/descriptor-famine")
    plan = check.plan(Context(profile=SEQUENTIAL))
    after = len(plan.scripts) - 2

    def finding(kind: Kind, session: int | None) -> Finding:
        return Finding(kind=kind, breach=Breach.LIVENESS, message="", session=session)

    assert check.excuses(plan, finding(Kind.REFUSED, after - 1))
    assert not check.excuses(plan, finding(Kind.REFUSED, after))
    assert not check.excuses(plan, finding(Kind.NO_ECHO, after + 1))
    assert not check.excuses(plan, finding(Kind.DIED, None))


# --- choosing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({"only": ("identity/hello",)}, ["identity/hello"]),
        ({"only": ("identity",)}, [f"identity/{n}" for n in CATALOGUE["identity"]]),
        ({"only": ("identity/",)}, [f"identity/{n}" for n in CATALOGUE["identity"]]),
        ({"only": ("*/one-*",)}, ["identity/one-byte", "chunking/one-write-many-reads",
                                  "sessions/one-after-another", "datagram/one-byte"]),
        ({"only": ("shutdown/releases", "launch/listens")}, ["launch/listens",
                                                             "shutdown/releases"]),
        ({"only": ("launch",), "skip": ("*/listens", "*/*-*")}, ["launch/restarts"]),
        ({"only": ("launch",), "level": Level.SHOULD}, ["launch/listens", "launch/stays-up",
                                                        "launch/restarts"]),
        ({"only": ("launch",), "level": Level.MUST}, ["launch/listens", "launch/stays-up"]),
        ({"only": ("fuzz",)}, ["fuzz/plans"]),
        ({"skip": ("[!f]*",)}, ["fuzz/plans"]),
        ({}, list(IDS)),
    ],
)  # fmt: skip
def test_choosing(options: dict[str, object], chosen: list[str]) -> None:
    """Patterns on ids, or a bare group; always in the order of the contract."""
    assert choose(**options) == chosen  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message", "advice"),
    [
        ({"only": ("identity/helo",)}, "--only 'identity/helo' matches no", "'identity/hello'?"),
        ({"skip": ("hello",)}, "--skip 'hello' matches no check", "'identity/hello'?"),
        ({"only": ("idntity",)}, "--only 'idntity' matches no check", "'identity'?"),
        ({"only": ("launch", "zzz")}, "--only 'zzz' matches no check", "shows all checks"),
        ({"only": ("launch",), "skip": ("launch",)}, "no check is left", "shows all checks"),
    ],
)
def test_a_choice_of_nothing_is_an_error(
    options: dict[str, tuple[str, ...]], message: str, advice: str
) -> None:
    """It names the pattern and the nearest id: nothing chosen would verify nothing."""
    with pytest.raises(UsageProblem) as raised:
        choose(**options)  # type: ignore[arg-type]
    assert raised.value.message.startswith(message)
    assert advice in raised.value.advice
    assert raised.value.exit_code == 2


def test_finding_a_check() -> None:
    """By its exact id; a slip gets the nearest."""
    for check_id in IDS:
        assert find(check_id).id == check_id
    with pytest.raises(UsageProblem, match="there is no check 'shutdown/orderley'") as raised:
        find("shutdown/orderley")
    assert "'shutdown/orderly'?" in raised.value.advice


@pytest.mark.parametrize(
    ("profile", "session", "breach", "excused"),
    [
        (Profile.CONCURRENT, 0, Breach.LIVENESS, True),
        (Profile.CONCURRENT, 0, Breach.SAFETY, False),
        (Profile.CONCURRENT, 2, Breach.LIVENESS, False),
        (Profile.SEQUENTIAL, 0, Breach.LIVENESS, False),
    ],
)
def test_who_hangs_when_a_reader_stalls_is_not_accused_of_a_reset(
    profile: Profile, session: int, breach: Breach, excused: bool
) -> None:
    """What another client loses by a reset is gone for good; a relay that stands still once its
    reader has stalled does so in ``partial-send``, too."""
    check = find("resilience/reset-mid-echo")
    plan = check.plan(Context(profile=profile))
    found = Finding(kind=Kind.NO_ECHO, breach=breach, message="made up", session=session)
    assert check.excuses(plan, found) is excused
