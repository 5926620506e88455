"""Several clients: who is served, who is forgotten, and who takes others along."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.contract.sessions_at_once import GONE
from harness.diagnosis import Case, Evidence, explain
from harness.diagnosis.experiments.values import Fact, Observed
from harness.values.address import LaunchStyle
from harness.values.plan import AwaitEcho, Connect, Literal, Meet, Send
from harness.values.plan import one as alone
from harness.values.trace import Ending, ScriptTrace
from harness.values.verdict import Finding, Kind, Profile
from tests.diagnosis.made import case, causes, ended, failed, found, seen, talked

ANSWERED = seen("0.1 connected; 0.1 sent 10; 0.2 received 10")
SILENT = seen("0.1 connected; 0.1 sent 10; 0.9 gave up waiting after 0.8 s", ending=Ending.OPEN)
TOGETHER = "sessions/simultaneous"
SLOW = "sessions/slow-client-aside"
STALLED = "sessions/stalled-client-aside"
QUEUE = "sessions/queue"


def crowd(check_id: str, served: str, *, half: bool = False) -> Evidence:
    """Clients that are there together; ``served``: ``+`` and ``-`` for each.  ``half``: those that
    are not served were served before."""
    waiting = [
        found(Kind.NO_ECHO, n, sent=20, received=10 if half else 0)
        for n, mark in enumerate(served)
        if mark == "-"
    ]
    scripts = [ANSWERED if mark == "+" or half else SILENT for mark in served]
    return failed(check_id, waiting, *scripts, together=True)


def test_one_after_another_though_many_were_promised() -> None:
    """Only the first is served; the others are when it has left."""
    observed = {"served": 1, "first_unserved": 2, "after": [2, 3, 4]}
    told = explain(case(crowd(TOGETHER, "+---"), clients=observed)).causes[0]
    assert told.id == "one-at-a-time"
    assert "When it had left 3 of the others got theirs." in told.evidence


@pytest.mark.parametrize(
    ("check_id", "served", "cause"),
    [(SLOW, "+--", "blocked-by-idle-client"), (STALLED, "+--", "blocked-by-stalled-reader")],
)
def test_one_that_blocks(check_id: str, served: str, cause: str) -> None:
    """Who is silent, or does not read, blocks the others; the other checks passed."""
    others = {TOGETHER, SLOW, STALLED} - {check_id}
    assert causes(case(crowd(check_id, served), passed=others)) == [cause]


@pytest.mark.parametrize("check_id", [SLOW, STALLED])
def test_who_comes_when_others_have_left(check_id: str) -> None:
    """Three are served beside the one that stays, and leave; nobody hears who comes then."""
    plan = find(check_id).plan(Context(profile=Profile.CONCURRENT))
    later = next(n for n, s in enumerate(plan.scripts) if s.steps[0] == Meet(GONE))
    scripts = [ANSWERED] * later + [SILENT] + [seen()] * (len(plan.scripts) - later - 1)
    mute = found(Kind.NO_ECHO, later, sent=10, received=0, ending="open")
    one = failed(check_id, mute, *scripts, plan=plan)
    assert causes(case(one, passed={TOGETHER, SLOW, STALLED} - {check_id})) == [
        "leaver-blocks-accept"
    ]
    nobody = [found(Kind.NO_ECHO, n, sent=10, ending="open") for n in range(1, later + 1)]
    scripts[1:later] = [SILENT] * (later - 1)
    held_up = failed(check_id, nobody, *scripts, plan=plan)
    assert "leaver-blocks-accept" not in causes(case(held_up, passed={TOGETHER}))
    few = crowd(TOGETHER, "++------")
    assert "leaver-blocks-accept" not in causes(case(one, few))


@pytest.mark.parametrize(
    ("served", "cause"),
    [(0, "leaver-blocks-accept"), (1, "leaver-blocks-accept"), (14, "blocked-by-idle-client")],
)
def test_a_row_of_clients_beside_a_slow_one(served: int, cause: str) -> None:
    """Sixteen come one after another: if most of them get nothing they wait since somebody has
    left; if one of them gets nothing it shares something with the slow one."""
    plan = find(SLOW).plan(Context(profile=Profile.CONCURRENT))
    later = [n for n, s in enumerate(plan.scripts) if s.after]
    scripts = [ANSWERED] * len(plan.scripts)
    for n in later[served:]:
        scripts[n] = SILENT
    mute = [found(Kind.NO_ECHO, n, sent=10, received=0, ending="open") for n in later[served:]]
    one = failed(SLOW, mute, *scripts, plan=plan)
    assert causes(case(one, passed={TOGETHER, STALLED})) == [cause]


def test_an_idle_client_that_was_seen_to_block_nobody() -> None:
    """The experiment says that others are served beside a silent one, and beside an idle one."""
    served: dict[str, Fact] = {"silent": "served", "idle": "served"}
    one = case(crowd(SLOW, "+--"), passed={TOGETHER, STALLED}, neighbours=served)
    assert "blocked-by-idle-client" not in causes(one)


def test_a_stalled_client_that_loses_its_own_bytes() -> None:
    """What goes wrong with the stalled one itself blocks nobody."""
    one = failed(STALLED, found(Kind.LOST, 0), ANSWERED, ANSWERED, together=True)
    assert "blocked-by-stalled-reader" not in causes(case(one, passed={TOGETHER, SLOW}))


@pytest.mark.parametrize("served", ["++++--", "+++---"])
def test_a_limit(served: str) -> None:
    """The first few are served and none of the others."""
    told = explain(case(crowd(TOGETHER, served))).causes[0]
    assert told.id == "connection-limit"
    assert f"only {served.count('+')} clients" in told.bug


def test_a_limit_that_turns_away() -> None:
    """Those above the limit may be disconnected as well."""
    over = failed(
        TOGETHER, found(Kind.EARLY_CLOSE, 2), ANSWERED, ANSWERED, SILENT, SILENT, together=True
    )
    assert causes(case(over)) == ["connection-limit"]


def test_some_of_those_that_are_ready() -> None:
    """Any of them is forgotten, and also one that had been served before: the other events of the
    same moment are thrown away."""
    one = [crowd(TOGETHER, "-+--+-"), crowd(SLOW, "-+-", half=True)]
    assert causes(case(*one)) == ["first-ready-only"]


def test_somebody_is_passed_over() -> None:
    """The first is served, another is not, and several who came after it are."""
    crowded = crowd(TOGETHER, "+-" + "+" * 6)
    times = (0.1 + n / 100 for n in range(8))
    scripts = tuple(
        replace(s, timeline=(replace(s.timeline[0], at=at), *s.timeline[1:]))
        for s, at in zip(crowded.trace.scripts, times, strict=True)
    )
    crowded = replace(crowded, trace=replace(crowded.trace, scripts=scripts))
    assert causes(case(crowded, crowd(SLOW, "-+-", half=True))) == ["first-ready-only"]


def test_a_variable_that_the_next_client_changes() -> None:
    """Of those that come together the last is served; each that was served once goes on."""
    assert causes(case(crowd(TOGETHER, "--+-+"), crowd(STALLED, "---+"))) == [
        "shared-loop-variable"
    ]


def test_a_variable_through_which_the_last_is_sent_all() -> None:
    """The last that came gets bytes of others, and some of those stay open for ever."""
    lost = [found(Kind.NO_ECHO, n, sent=10, received=0, ending="open") for n in (0, 1)]
    last = found(Kind.FOREIGN, 3, message="10 bytes belong to connection 3", sent=10, received=20)
    one = failed(TOGETHER, [last, *lost], SILENT, SILENT, ANSWERED, ANSWERED, together=True)
    assert causes(case(one)) == ["shared-loop-variable"]
    closed = [found(Kind.NO_ECHO, n, sent=10, received=0, ending="fin") for n in (0, 1)]
    other = failed(TOGETHER, [last, *closed], SILENT, SILENT, ANSWERED, ANSWERED, together=True)
    assert "shared-loop-variable" not in causes(case(other))  # each has a thread that sees its end


LAGGING = "shutdown/lagging-reader"


def torn(*others: Finding) -> Evidence:
    """The second of two clients lost bytes in the middle; ``others``: what else was found."""
    lost = found(Kind.LOST, 1, sent=100, received=80)
    return failed(LAGGING, [lost, *others], SILENT, ANSWERED, together=True)


MUTE = found(Kind.NO_ECHO, 0, sent=10, received=0, ending="open")


@pytest.mark.parametrize(
    ("one", "told"),
    [
        pytest.param(torn(MUTE), True, id="beside one that got nothing"),
        pytest.param(torn(), False, id="all the others are served"),
    ],
)
def test_two_threads_that_read_from_one_client_tear_it_apart(one: Evidence, told: bool) -> None:
    """Where the variable is shared one client is read by two threads, and another by none."""
    cause = explain(case(crowd(TOGETHER, "--+-+"), one)).causes[0]
    assert cause.id == "shared-loop-variable"
    assert (LAGGING in cause.explains) is told


def test_bytes_that_a_client_loses_alone_are_no_matter_of_threads() -> None:
    """Who is alone has one thread: what is lost there, and maybe elsewhere, is another bug."""
    alone_too = failed("identity/long-stream", found(Kind.LOST, 0), ANSWERED)
    cause = explain(case(crowd(TOGETHER, "--+-+"), torn(MUTE), alone_too)).causes[0]
    assert cause.id == "shared-loop-variable"
    assert LAGGING not in cause.explains


def crossed() -> Evidence:
    """The last that came gets bytes of others, and some of those stay open for ever."""
    lost = [found(Kind.NO_ECHO, n, sent=10, received=0, ending="open") for n in (0, 1)]
    last = found(Kind.FOREIGN, 3, message="10 bytes belong to connection 3", sent=10, received=20)
    return failed(TOGETHER, [last, *lost], SILENT, SILENT, ANSWERED, ANSWERED, together=True)


def test_what_else_comes_of_threads_that_serve_and_close_the_connection_of_another() -> None:
    """Of clients that come close together in another check one is closed and others are not, and
    what is never closed stays open."""
    closed = [found(Kind.NO_END, 0), found(Kind.EARLY_CLOSE, 1)]
    ends = failed("shutdown/after-echo", closed, ANSWERED, ANSWERED)
    grows = failed("resources/descriptors", found(Kind.RESOURCE), ANSWERED, ANSWERED)
    cause = explain(case(crossed(), ends, grows)).causes[0]
    assert cause.id == "shared-loop-variable"
    assert set(cause.explains) == {TOGETHER, "shutdown/after-echo", "resources/descriptors"}
    lone = failed("shutdown/after-echo", found(Kind.EARLY_CLOSE), ANSWERED)
    assert explain(case(crossed(), lone)).causes[0].explains == (TOGETHER,)


NIL = "panic: runtime error: invalid memory address or nil pointer dereference in a goroutine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (f"{NIL} (a.go:44), while resilience/descriptor-famine ran", True),
        (f"{NIL} (a.go:44), while sessions/churn ran", False),
        ("panic: too many open files, while resilience/descriptor-famine ran", False),
    ],
)
def test_a_variable_with_nothing_in_it_when_accept_has_failed(words: str, told: bool) -> None:
    """The threads use the shared variable also when accept() has put nothing into it."""
    report = failed("resources/unhandled-errors", found(Kind.RESOURCE, None, message=words))
    told_of = explain(case(crossed(), report)).causes[0].explains
    assert ("resources/unhandled-errors" in told_of) is told


@pytest.mark.parametrize(
    ("writes", "special", "told"),
    [([b"a", b"\0"], False, True), ([b"a", b"\0\0"], False, False), ([b"a", b"\0"], True, False)],
)
def test_a_lone_client_that_is_closed_for_another(
    writes: list[bytes], special: bool, told: bool
) -> None:
    """It ends at one byte that does no harm in a trial: a client that left before had its thread
    close the connection of the next.  Of more bytes, or with a trial that names some, nobody
    knows."""
    ends = talked("identity/nul-bytes", writes, b"a", early=True)
    tried = Observed("bytes", {"tried": 256}, "It was tried.", special=special)
    one = replace(case(crossed(), ends), observed=(tried,))
    cause = next(c for c in explain(one).causes if c.id == "shared-loop-variable")
    assert ("identity/nul-bytes" in cause.explains) is told


def left_alone(check_id: str) -> Evidence:
    """The first client was served, and got nothing more after the second had left."""
    gone = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.3 closed", finished=0.3)
    stays = found(Kind.NO_ECHO, 0, sent=20, received=10, ending="open")
    return failed(check_id, stays, ANSWERED, gone, together=True)


@pytest.mark.parametrize(("served", "told"), [("+---", True), ("-+--", True), ("-++-", False)])
def test_one_of_many_is_served_whoever_it_is(served: str, told: bool) -> None:
    """Threads that want one lock do not take it in turns: it need not be the first."""
    assert ("one-at-a-time" in causes(case(crowd(TOGETHER, served)))) is told


def test_who_leaves_takes_another_along() -> None:
    """A client that stays is forgotten when others leave; a crowd that stays is served."""
    one = [left_alone(SLOW), left_alone("sessions/churn")]
    assert causes(case(*one, passed={TOGETHER})) == ["removes-wrong-client"]
    assert "removes-wrong-client" not in causes(case(one[0], passed={TOGETHER}))
    assert "blocked-by-idle-client" not in causes(case(one[0], passed={TOGETHER}))


def test_one_for_each_wakeup() -> None:
    """Of three that come in the same moment one is served, and any number of those that do not."""
    one = failed(QUEUE, [found(Kind.NO_ECHO, n) for n in (1, 2)], ANSWERED, SILENT, SILENT)
    assert causes(case(one, clients={"together": 1, "first_unserved": 0, "served": 12})) == [
        "wakeup-accepts-one"
    ]


def test_who_sends_nothing_is_not_passed_over() -> None:
    """A script that acts on the target, or only connects, waits for no answer."""
    one = failed(QUEUE, [found(Kind.NO_ECHO, n) for n in (1, 2)], ANSWERED, SILENT, SILENT)
    quiet = seen("0.1 descriptors limited")
    famine = failed(
        "resilience/descriptor-famine",
        found(Kind.NO_ECHO, 2),
        quiet,
        ANSWERED,
        SILENT,
        together=True,
    )
    facts: dict[str, Fact] = {"together": 1, "first_unserved": 0, "together_served": [1]}
    assert causes(case(one, famine, clients=facts)) == ["wakeup-accepts-one"]


def test_one_for_each_wakeup_is_no_variable_that_changes() -> None:
    """Who accepts one for each event takes the first, not the last."""
    observed = {"together": 1, "tried": 12, "first_unserved": 0, "served": 12}
    assert causes(case(crowd(TOGETHER, "--+-+"), clients=observed)) == ["shared-loop-variable"]
    assert causes(case(crowd(TOGETHER, "+----"), clients=observed)) == ["wakeup-accepts-one"]


def test_who_came_first_is_accepted_for_a_wakeup() -> None:
    """Of three in the same moment only the last is served: that is no matter of turns."""
    one = failed(QUEUE, found(Kind.NO_ECHO, 1), ANSWERED, SILENT, SILENT)
    facts: dict[str, Fact] = {"together": 1, "first_unserved": 0, "together_served": [1]}
    assert causes(case(one, clients=facts)) == ["wakeup-accepts-one"]
    assert causes(case(one, clients={**facts, "together_served": [3]})) == []
    ended = found(Kind.TRUNCATED, 1, received=0, ending="open")
    over = failed("fuzz/plans", ended, ANSWERED, SILENT, SILENT)
    told = explain(case(one, over, clients=facts))
    assert set(told.causes[0].explains) == {QUEUE, "fuzz/plans"}


def never_ended(*numbers: int) -> Case:
    """Of six clients that end in the same moment some do not see the end."""
    over = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.3 half-closed")
    one = failed(QUEUE, [found(Kind.NO_END, n) for n in numbers], *[over] * 6)
    return case(one, passed={TOGETHER})


def test_the_one_behind_each_that_was_removed() -> None:
    """Every second one is skipped: a list is changed while a loop goes over it."""
    assert causes(never_ended(1, 3, 5)) == ["removal-skips-next"]


def test_who_ends_alone_was_not_skipped() -> None:
    """A client that ended at another time than all others stands behind none that was removed."""
    together = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.3 half-closed")
    later = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.5 half-closed")
    one = failed(QUEUE, found(Kind.NO_END, 3), *[together] * 3, later)
    assert causes(case(one, passed={TOGETHER})) == []


def test_all_behind_the_first() -> None:
    """All the others are forgotten: the loop over the events is left too early."""
    assert causes(never_ended(1, 2, 3, 4)) == ["first-ready-only"]


def test_last_in_first_out() -> None:
    """Who waits is passed over by all who come later."""
    one = failed(QUEUE, found(Kind.ORDER, 7))
    told = causes(case(one, profile=Profile.SEQUENTIAL, clients={"order": [3, 2, 1]}))
    assert told == ["newest-client-first"]


def test_who_waits_is_thrown_out() -> None:
    """A place to wait for each of a few only."""
    one = failed(QUEUE, found(Kind.EARLY_CLOSE, 1, received=0), ANSWERED, SILENT)
    assert causes(case(one, profile=Profile.SEQUENTIAL)) == ["connection-limit"]


# --- clients that leave -------------------------------------------------------------------------


def left(check_id: str, *, output: str = "", session: int = 2) -> Evidence:
    gone = seen("0.1 connected; 0.1 sent 10; 0.2 reset")
    return failed(check_id, found(Kind.NO_ECHO, session), gone, *[SILENT] * session, output=output)


def test_a_lock_that_one_client_takes_along() -> None:
    """After one failure nobody is served, and the program lives."""
    one = [left("resilience/reset-mid-echo"), left("resilience/vanish-while-sending")]
    assert causes(case(*one)) == ["lock-kept"]


def test_workers_that_die_one_by_one() -> None:
    """Several failures are needed, and each prints its error."""
    words = 'Traceback (most recent call last):\n  File "s.py", line 3, in work\nKeyError: 1'
    assert causes(case(left("resilience/connect-and-leave", output=words))) == ["workers-die"]


def test_places_that_those_take_along_who_fail() -> None:
    """Several failures are needed, and nothing is said."""
    assert causes(case(left("sessions/churn", session=29))) == ["connections-used-up"]


def test_places_that_everybody_takes_along() -> None:
    """The same number of connections in all, whatever they do."""
    one = failed("sessions/one-after-another", found(Kind.NO_ECHO, 8), *[ANSWERED] * 8, SILENT)
    assert causes(case(one, connections={"plain_bad": 9})) == ["connections-used-up"]


def turned_away(kind: Kind, received: int) -> Evidence:
    wrong = found(kind, 1, sent=10, received=received)
    return failed("sessions/no-leftovers", wrong, ANSWERED, SILENT)


def test_who_is_turned_away_after_so_many_in_all() -> None:
    """Disconnected before it gets anything, it is not served either; who got a part was."""
    facts: dict[str, Fact] = {"plain_bad": 16, "plain_what": "ended", "reset_bad": 1}
    away = failed(
        "sessions/no-leftovers", found(Kind.EARLY_CLOSE, 1, sent=10, received=0), ANSWERED, SILENT
    )
    assert causes(case(away, connections=facts)) == ["connections-used-up"]
    part = failed(
        "sessions/no-leftovers", found(Kind.EARLY_CLOSE, 1, sent=10, received=4), ANSWERED, ANSWERED
    )
    assert "connections-used-up" not in causes(case(part, connections=facts))


def test_nothing_is_used_up_where_a_later_one_of_a_crowd_is_served() -> None:
    """Number 3 of twelve gets nothing, and eight others do: no count of all clients."""
    away = failed(
        "sessions/no-leftovers", found(Kind.NO_ECHO, 1, sent=10, received=0), ANSWERED, SILENT
    )
    facts: dict[str, Fact] = {"plain_bad": 3, "plain_what": "nothing", "reset_bad": 1}
    some: dict[str, Fact] = {"tried": 12, "served": 8, "first_unserved": 3}
    assert "connections-used-up" in causes(case(away, connections=facts))
    assert "connections-used-up" not in causes(case(away, connections=facts, clients=some))


# --- who cannot be served -----------------------------------------------------------------------


def silence(**facts: object) -> list[Evidence]:
    nothing: ScriptTrace = seen("0.1 connected; 0.1 sent 5; 0.9 half-closed", **facts)
    ids = ("identity/one-byte", "identity/hello", "chunking/prompt")
    at_once = failed("shutdown/at-once", found(Kind.NO_END), nothing)
    return [*(failed(i, found(Kind.NO_ECHO), nothing) for i in ids), at_once]


def test_nobody_accepts() -> None:
    """Not even a client's end is seen by the program: the system alone has the connection."""
    assert causes(case(*silence(), passed={"shutdown/releases"})) == ["never-accepts"]


def test_nobody_accepts_what_is_handed_over() -> None:
    """A program such as cat knows nothing of LISTEN_FDS: it is told, with the launch that fits."""
    one = case(*silence(), passed={"shutdown/releases"})
    (cause,) = explain(replace(one, launch=LaunchStyle.SOCKET_ACTIVATION)).causes
    assert cause.id == "never-accepts"
    assert cause.bug == (
        "accept() is never called on descriptor 3, which is the listener (LISTEN_FDS)"
    )
    for words in ("LISTEN_FDS", "as cat does", "--launch inetd", "needs no --launch"):
        assert words in cause.hint


def test_somebody_accepts_and_never_reads() -> None:
    """The program has the connection and keeps it after the end: it did accept."""
    releases = failed("shutdown/releases", found(Kind.NOT_RELEASED))
    assert "never-accepts" not in causes(case(*silence(), releases))


def test_the_second_message() -> None:
    """The first is answered, the second never, and the connection is left alone."""
    first = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.3 sent 10", ending=Ending.OPEN)
    ids = ("chunking/prompt", "shutdown/not-early", "identity/newlines")
    one = [failed(i, found(Kind.NO_ECHO, sent=20, received=10, offset=10), first) for i in ids]
    observed = {"first_bad": 2, "bad": "nothing", "second_bad": 2}
    assert causes(case(*one, messages=observed)) == ["accept-inside-loop"]
    ends = {"first_bad": 2, "bad": "ended", "second_bad": 2}
    assert "accept-inside-loop" not in causes(case(*one, messages=ends))


def test_the_second_message_without_any_experiment() -> None:
    """What comes back is the first write, or one read of it, of whatever size; the next client may
    end the connection, as the variable that held it is used again."""
    lines = "0.1 connected; 0.1 sent 2000; 0.2 received 900; 0.3 sent 10"

    def silent(check_id: str, size: int, got: int) -> Evidence:
        plan = alone(Connect(), Send(Literal(b"x" * size)), Send(Literal(b"y" * 10)), AwaitEcho())
        lost = found(Kind.NO_ECHO, sent=size + 10, received=got)
        return failed(check_id, lost, seen(lines, ending=Ending.OPEN), plan=plan)

    def of_reads(*sizes: int) -> list[str]:
        ids = ("chunking/prompt", "identity/newlines", "chunking/uneven", "identity/counter", "x/y")
        one = [
            silent(i, size, min(size, sizes[n % len(sizes)]))
            for n, (i, size) in enumerate(zip(ids, (10, 20, 2000, 3000, 2500), strict=True))
        ]
        closed = failed(QUEUE, found(Kind.EARLY_CLOSE, 1, received=20), ANSWERED, ANSWERED)
        told = explain(case(*one, closed, passed={"shutdown/not-early"}))
        return [
            i for cause in told.causes if cause.id == "accept-inside-loop" for i in cause.explains
        ]

    assert QUEUE in of_reads(900)
    assert of_reads(900, 800, 1000) == []  # no buffer has many sizes


def test_closed_while_a_thread_serves() -> None:
    """Most are disconnected before the first answer, some after it: it is a race."""
    ids = [f"identity/{n}" for n in ("one-byte", "hello", "newlines", "nul-bytes", "counter")]
    ids += [f"chunking/{n}" for n in ("prompt", "uneven", "cumulative", "byte-by-byte", "a", "b")]
    one = [
        failed(i, found(Kind.EARLY_CLOSE, sent=10, received=int(i == "chunking/prompt")))
        for i in ids
    ]
    assert causes(case(*one)) == ["closed-under-thread"]
    alike = [failed(i, found(Kind.EARLY_CLOSE, sent=10, received=0)) for i in ids]
    assert causes(case(*alike)) == []  # nobody ever gets anything: no race is seen


def test_a_program_that_ends_while_its_thread_serves() -> None:
    """The same of one client, and the program ends in good order each time: nobody waits."""
    ids = [f"identity/{n}" for n in ("one-byte", "hello", "newlines", "nul-bytes", "counter")]
    ids += [f"chunking/{n}" for n in ("prompt", "uneven", "cumulative", "byte-by-byte", "a", "b")]
    one = [
        failed(
            i,
            found(Kind.EARLY_CLOSE, sent=10, received=int(i == "chunking/prompt")),
            deaths=(ended(0),),
        )
        for i in ids
    ]
    assert causes(case(*one, profile=Profile.ONE_SHOT)) == ["daemon-thread-exit"]


def test_another_input_is_at_its_end() -> None:
    """It says so in every connection, though no client has ended: it reads its standard input."""
    ids = [f"identity/{n}" for n in ("one-byte", "hello", "newlines", "nul-bytes", "counter")]

    def said(output: str) -> list[str]:
        lost = found(Kind.EARLY_CLOSE, sent=10, received=0)
        return causes(case(*(failed(i, lost, output=output) for i in ids)))

    assert said("2026/01/01 10:00:00 EOF\n") == ["input-for-recv"]
    assert said("client connected\n") == []


def gone(check_id: str, *, served: int = 1) -> Evidence:
    """The program ended in good order when its clients had left; later ones were refused."""
    came = [seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.3 half-closed; 0.4 closed")]
    late = seen("0.5 connection failed", ending=Ending.NEVER)
    findings = [found(Kind.DIED, None), found(Kind.REFUSED, served)]
    return failed(check_id, findings, *came * served, late, deaths=(ended(0, 0.5),))


STAY: dict[str, Fact] = {"before_bad": [], "left_bad": [], "came_bad": [], "more_bad": []}
REFUSED: dict[str, Fact] = {**STAY, "newest_bad": [5, 6, 7], "newest_how": "refused"}
SECOND: dict[str, Fact] = {"plain_bad": 2, "plain_what": "refused"}


@pytest.mark.parametrize(
    ("leavers", "clients", "told"),
    [
        (REFUSED, 12, ["listener-closed"]),
        ({**REFUSED, "left_bad": [1, 3, 4]}, 12, []),
        ({**REFUSED, "newest_how": "nothing"}, 12, []),
        (REFUSED, 1, []),
    ],
)
def test_a_listener_that_is_closed_while_others_stay(
    leavers: dict[str, Fact], clients: int, told: list[str]
) -> None:
    """A program that served many together ends when the last has left: nobody could connect since
    the first had.  Not where those who stayed fell silent as well, where who came was only not
    answered, or where it had never served more than one."""
    failures = [gone("launch/stays-up", served=2), gone("sessions/one-after-another")]
    failures += [gone("sessions/queue", served=3), gone("shutdown/orderly")]
    served: dict[str, Fact] = {"served": clients}
    one = case(*failures, connections=SECOND, leavers=leavers, clients=served)
    assert [c for c in causes(one) if c == "listener-closed"] == told
    assert "no-accept-loop" not in causes(one)
