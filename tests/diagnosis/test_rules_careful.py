"""Evidence that more than one bug gives: a rule says nothing where it is another's."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from harness.diagnosis import Case, Evidence, explain
from harness.diagnosis.where.waits import always_waits
from harness.values.plan import (
    AwaitEcho,
    Close,
    Connect,
    HalfClose,
    Literal,
    Meet,
    Plan,
    Reset,
    Script,
    Send,
)
from harness.values.plan import one as alone
from harness.values.trace import Ending, ScriptTrace
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen, talked

STALLED = "partial-send/stalled-reader"
SLOW = "partial-send/slow-reader"
LONG = "identity/long-stream"
FLOOD = 9_437_184


# --- time limits and limits of silence ----------------------------------------------------------


def lived(age: float, pause: float) -> ScriptTrace:
    """It came at 0.1, messages went to and fro, but for ``pause`` in the middle, to its end."""
    end = 0.1 + age
    begin = end - 0.1 - pause
    timeline = (
        f"0.1 connected; 0.1-{begin:.2f} sent 500; 0.1-{begin:.2f} received 500; "
        f"{begin + pause:.2f} sent 20; {begin + pause:.2f} received 20"
    )
    return seen(timeline, ended=end, ending=Ending.FIN)


def cut(check_id: str, age: float, pause: float = 0.1) -> Evidence:
    return failed(check_id, found(Kind.EARLY_CLOSE, sent=520, received=520), lived(age, pause))


def sweeps(ages: Iterable[float], pause: float = 0.1) -> list[Evidence]:
    """The checks of a target that ended connections at these ages."""
    ids = ("shutdown/not-early", "chunking/uneven", "chunking/byte-by-byte", "sessions/churn", SLOW)
    return [cut(i, age, pause) for i, age in zip(ids, ages, strict=False)]


AGES = (1.03, 1.04, 1.2, 1.37, 1.06)


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        (sweeps(AGES), ["time-limit"]),
        (sweeps((*AGES[:4], 0.2)), []),  # one that was ended young
        (sweeps(AGES[:3]), []),  # too few
        (sweeps((1.0, 3.0, 5.0, 7.0, 9.0)), []),  # each at another age
        (sweeps(AGES, pause=0.9), []),  # each had been silent
    ],
)
def test_the_ages_of_those_that_were_ended(failures: list[Evidence], told: list[str]) -> None:
    """All that reached some age were ended, in many checks, also those that never paused."""
    assert causes(case(*failures)) == told


def silent() -> Evidence:
    quiet = "0.1 connected; 0.1 sent 10; 0.1 received 10; 0.6 target closed (FIN)"
    e = found(Kind.EARLY_CLOSE, sent=10, received=10)
    return failed("shutdown/idle-kept", e, seen(quiet, ended=0.6, ending=Ending.FIN))


IDLE = {"idle": "fin", "idle_after": 0.5, "busy": "open"}
FLOWS = {"chunking/byte-by-byte", LONG}


@pytest.mark.parametrize(("pause", "first"), [(0.46, "idle-timeout"), (0.1, "time-limit")])
def test_a_pause_as_long_as_the_limit_of_silence(pause: float, first: str) -> None:
    """A busy connection that paused so long, since the machine was busy, was ended for that; only
    one without such a pause shows a limit of time beside it."""
    one = case(cut("shutdown/not-early", 2.2, pause), silent(), passed=FLOWS, idle=dict(IDLE))
    told = causes(one)
    assert told[0] == first if first == "idle-timeout" else first in told
    assert ("time-limit" in told) == (first == "time-limit")


@pytest.mark.parametrize(("pause", "told"), [(0.5, False), (0.1, True)])
def test_an_experiment_that_paused_itself(pause: float, told: bool) -> None:
    """Where the busy connection of the experiment was silent as long as the silent one nobody knows
    what it was ended for."""
    both = {"idle": "fin", "idle_after": 0.5, "busy": "fin", "busy_after": 1.0, "busy_pause": pause}
    assert ("time-limit" in causes(case(silent(), idle=both))) is told


def test_what_is_only_possible_is_put_down_to_what_was_seen_to_be_there() -> None:
    """A limit of silence that is proved may end those who stall as well: it is no second bug."""
    late = f"0.1 connected; 0.1-0.2 sent {FLOOD}; 0.3 target stalls; 0.5 target closed (FIN)"
    cuts = [
        failed(i, found(Kind.EARLY_CLOSE, sent=FLOOD, received=9), seen(late))
        for i in (STALLED, SLOW, "partial-send/both-ways")
    ]
    timed = (("s.py", "import socket\nsocket.setdefaulttimeout(0.5)\n"),)
    one = msgspec.structs.replace(case(silent(), *cuts, idle=dict(IDLE)), sources=timed)
    told = explain(one)
    assert [(c.id, c.confidence) for c in told.causes] == [("idle-timeout", "certain")]
    stalled = told.diagnoses[STALLED]
    assert (stalled.cause, stalled.confidence) == ("idle-timeout", "possible")


# --- what the harness has made itself -----------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [("OSError: [Errno 24] Too many open files", []), ("KeyError: 7", ["workers-die"])],
)
def test_words_of_a_lack_that_was_made_on_purpose(words: str, told: list[str]) -> None:
    """What was said while descriptors were short is no word about clients that left."""
    gone = seen("0.1 connected; 0.1 sent 10; 0.2 reset")
    waits = seen("0.3 connected; 0.3 sent 10")
    output = f'Traceback (most recent call last):\n  File "s.py", line 9, in main\n{words}'
    left = failed("sessions/churn", found(Kind.EARLY_CLOSE, 1), gone, waits, output=output)
    assert causes(case(left)) == told


# --- slow readers -------------------------------------------------------------------------------


def pressed(check_id: str, kind: Kind, *, sent: int = FLOOD, length: int = 3000) -> Evidence:
    timeline = f"0.1 connected; 0.1-0.2 sent {sent}; 0.25 write failed: ECONNRESET"
    if kind is Kind.LOST:
        timeline = f"0.1 connected; 0.1-0.2 sent {sent}; 0.3 target stalls"
    plain = {"sent": sent, "received": 4_700_000, "offset": 400_000, "length": length}
    return failed(check_id, found(kind, **plain), seen(timeline))


@pytest.mark.parametrize(
    ("kind", "told"), [("", ["stalled-output-dropped"]), ("lost", ["short-send-ignored"])]
)
def test_a_loss_that_takes_its_time(kind: str, told: list[str]) -> None:
    """A count that is ignored costs bytes at once; whoever loses them only after a while gives up
    after that while."""
    lost = [pressed(STALLED, Kind.LOST), pressed(SLOW, Kind.LOST, length=60_000)]
    stall = {"stalls": True, "kind": kind, "interrupted_kind": kind, "ending": "open"}
    assert causes(case(*lost, slow_reader=stall)) == told


@pytest.mark.parametrize(
    ("read", "told"), [(14_900_000, ["would-block-closes"]), (FLOOD, [])], ids=["more", "as many"]
)
def test_a_reader_that_reads_all_the_time(read: int, told: list[str]) -> None:
    """Who is not read by gets rid of less than who is; where it is as much room is no matter."""
    ended = [pressed(STALLED, Kind.EARLY_CLOSE), pressed(LONG, Kind.EARLY_CLOSE, sent=read)]
    assert causes(case(*ended)) == told


def test_one_reader_that_is_ended_after_a_while() -> None:
    """Of one alone nobody knows whether it read too slowly or was too old."""
    late = (
        f"0.1 connected; 0.1-0.2 sent {FLOOD}; 0.3 target stalls; 1.5 write failed: ECONNRESET; "
        "1.6 target closed (FIN)"
    )
    got = found(Kind.EARLY_CLOSE, sent=FLOOD, received=400_000, offset=400_000)
    one, other = (failed(i, got, seen(late)) for i in (STALLED, SLOW))
    assert causes(case(one)) == []
    assert causes(case(one, other)) == ["gives-up-on-slow-reader"]


@pytest.mark.parametrize(("passed", "told"), [((), True), (("identity/newlines",), False)])
def test_a_newline_that_comes_back_elsewhere(passed: tuple[str, ...], told: bool) -> None:
    """It is not kept back until more comes."""
    plan = alone(Connect(), Send(Literal(b"\n")), AwaitEcho(), HalfClose())
    got = seen("0.1 connected; 0.1 sent 1; 0.2 half-closed", ending=Ending.FIN)
    e = failed("fuzz/plans", found(Kind.TRUNCATED, sent=1, received=0, offset=0), got, plan=plan)
    assert ("partial-held-back" in causes(case(e, passed=passed))) is told


BLOCKING = "import socket\nwhile data := conn.recv(100):\n    conn.sendall(data)\n"


@pytest.mark.parametrize(
    ("name", "source", "waits"),
    [
        ("s.py", BLOCKING, True),
        ("s.py", BLOCKING.replace("while", "conn.setblocking(False)\nwhile"), False),
        ("s.py", BLOCKING.replace("import socket", "import socket, mylib"), True),
        ("s.py", "import mylib\n" + BLOCKING, False),
        ("s.c", "int main(void) { send(fd, data, 10, 0); }", True),
        ("s.c", "int main(void) { fcntl(fd, F_SETFL, O_NONBLOCK); }", False),
        ("s.go", "conn.Write(data)", False),
    ],
)
def test_who_always_waits_for_room(name: str, source: str, waits: bool) -> None:
    """Only a program that is known and says nothing of another way; a library may."""
    assert always_waits([(name, source)], ()) is waits
    assert not always_waits([], ("python3", "s.py"))


def test_no_room_is_nothing_that_a_program_sees_which_waits() -> None:
    """It never gets EAGAIN, so it does not close anything for it."""
    one = case(pressed(STALLED, Kind.EARLY_CLOSE))
    waits = msgspec.structs.replace(one, sources=(("s.py", BLOCKING),))
    assert causes(one) == ["would-block-closes"]
    assert "would-block-closes" not in causes(waits)


# --- numbers of clients -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "told"),
    [({"reset_bad": 1}, True), ({"reset_bad": 9}, True), ({"reset_bad": 3}, False), ({}, True)],
)
def test_places_do_not_come_back(then: dict[str, int], told: bool) -> None:
    """Where later clients are served nothing was used up by the earlier ones."""
    served = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.2 closed")
    waits = seen("0.1 connected; 0.1 sent 10")
    e = failed("sessions/one-after-another", found(Kind.NO_ECHO, 3), *[served] * 3, waits)
    one = case(e, connections={"plain_bad": 9, "plain_what": "nothing", **then})
    assert ("connections-used-up" in causes(one)) is told


def row(last: tuple[object, ...], **observed: object) -> Case:
    """Fifty that end their side before they wait; one that does ``last``; more of them."""
    hello = (Connect(), Send(Literal(b"0123456789")))
    plain = Script((*hello, HalfClose(), AwaitEcho(), Close()))
    other = Script((*hello, *last))  # type: ignore[arg-type]
    served = seen("0.1 connected; 0.1 sent 10; 0.2 half-closed; 0.2 received 10")
    waits = seen("0.3 connected; 0.3 sent 10")
    return case(
        failed(
            "sessions/one-after-another",
            found(Kind.NO_ECHO, 50, sent=10, received=0),
            *(served,) * 50,
            waits,
            plan=Plan((*(plain,) * 50, other, *(plain,) * 9)),
        ),
        **observed,  # type: ignore[arg-type]
    )


def test_the_first_that_goes_about_it_in_another_way() -> None:
    """It is what it does that matters, and not how many came before it."""
    ends = (HalfClose(), AwaitEcho(), Close())
    assert causes(row(ends)) == ["connections-used-up"]
    assert "connections-used-up" not in causes(row((AwaitEcho(), Close())))


def test_a_row_says_nothing_where_answers_come_late() -> None:
    """It is no wonder then that somebody has none."""
    late = {"when": "after more data", "unit": 0, "at": 0, "sent": 65536, "first": 65536}
    ends = (HalfClose(), AwaitEcho(), Close())
    assert "connections-used-up" not in causes(row(ends, answers=late))


@pytest.mark.parametrize(("later", "told"), [("", True), ("; 0.7 received 10", False)])
def test_one_of_many_that_is_not_served(later: str, told: bool) -> None:
    """Where those who come after it are served its place was not taken by those before it."""
    gone = seen("0.1 connected; 0.1 sent 10; 0.2 received 10; 0.2 reset")
    waits = seen("0.3 connected; 0.3 sent 10")
    after = seen(f"0.6 connected; 0.6 sent 10{later}")
    e = failed("sessions/churn", found(Kind.NO_ECHO, 9), *(gone,) * 9, waits, after)
    assert ("connections-used-up" in causes(case(e))) is told


def test_who_answers_late_blocks_nobody() -> None:
    """A client that gets no answer beside others gets none when it is alone, either."""
    served = seen("0.1 connected; 0.1 sent 10; 0.2 received 10")
    crowd = failed(
        "sessions/simultaneous",
        [found(Kind.NO_ECHO, n) for n in (1, 2)],
        *(served, seen("0.1 connected; 0.1 sent 10"), seen("0.1 connected; 0.1 sent 10")),
        together=True,
    )
    assert causes(case(crowd)) == ["one-at-a-time"]
    late = {"when": "after more data", "unit": 0, "at": 0, "sent": 65536, "first": 65536}
    assert causes(case(crowd, answers=late)) == []


# --- whose bytes --------------------------------------------------------------------------------


def foreign() -> Evidence:
    message = "10 bytes at offset 0 belong to connection 1, not to this one"
    both = (seen("0.1 connected; 0.1 sent 10; 0.2 received 10"),) * 2
    mixed = found(Kind.FOREIGN, 1, message=message, offset=0, length=10, sent=10, received=10)
    return failed("sessions/simultaneous", mixed, *both, together=True)


@pytest.mark.parametrize(("ends", "told"), [(1, True), (3, False)])
def test_foreign_bytes_beside_connections_that_end(ends: int, told: bool) -> None:
    """Where far more clients lose their connection, connections are mixed up and not buffers; the
    ends are not put down to a buffer anyway."""
    ids = ("sessions/queue", "resilience/pause-resume", "chunking/uneven")[:ends]
    one = explain(case(foreign(), *(cut(i, 0.2) for i in ids)))
    shared = [c for c in one.causes if c.id == "shared-buffer"]
    assert bool(shared) is told
    assert not any(set(ids) & set(c.explains) for c in shared)


def test_a_reset_is_not_blamed_where_others_end_without_one() -> None:
    """Connections end in a check in which nobody has reset, too."""
    scripts = (lived(0.3, 0.1), seen("0.1 connected; 0.1 sent 10; 0.2 reset"))
    cleared = failed("resilience/reset-mid-echo", found(Kind.EARLY_CLOSE, received=520), *scripts)
    assert "global-error-clears-all" in causes(case(cleared, passed={STALLED}))
    others = cut("sessions/queue", 0.3)
    assert "global-error-clears-all" not in causes(case(cleared, others, passed={STALLED}))


def test_a_signal_is_not_blamed_where_others_stand_still_without_one() -> None:
    """Many connections do not go on though nothing was stopped."""
    stopped = failed(
        "resilience/pause-resume",
        found(Kind.NO_ECHO),
        seen("0.1 connected; 0.1 sent 10; 0.2 target interrupted"),
    )
    ids = ("queue", "churn", "simultaneous", "no-leftovers", "no-crosstalk", "slow-client-aside")
    still = [failed(f"sessions/{i}", found(Kind.NO_ECHO), seen("0.1 connected")) for i in ids]
    assert causes(case(stopped)) == ["signal-breaks"]
    assert "signal-breaks" not in causes(case(stopped, *still))


@pytest.mark.parametrize(("mute", "told"), [(0, True), (9, False)])
def test_who_ends_before_any_answer_reads_nothing_short(mute: int, told: bool) -> None:
    """Some connections end after their first message, and more before anything came back."""
    short = [
        talked(f"chunking/{name}", [b"a" * 100, b"b" * 100], b"a" * 100, early=True)
        for name in ("prompt", "uneven", "cumulative", "byte-by-byte")
    ]
    much = b"x" * 600_000
    long = talked("identity/counter", [much, b"b" * 100], much, early=True)
    silent = [talked(f"resilience/{n}", [b"a" * 100], b"", early=True) for n in range(mute)]
    one = case(*short, long, *silent)
    assert ("short-read-is-end" in causes(one)) is told


@pytest.mark.parametrize(
    ("check_id", "last_served", "told"),
    [
        ("resilience/reset-mid-echo", False, True),
        ("resilience/reset-mid-echo", True, False),
        ("sessions/one-after-another", False, False),
    ],
)
def test_what_clients_that_leave_badly_take_along(
    check_id: str, last_served: bool, told: bool
) -> None:
    """One of them does no harm; after many nobody who comes is answered, and who stayed is."""
    leaves = Script((Connect(), Send(Literal(b"0123456789")), Reset()))
    comes = Script((Connect(), Send(Literal(b"0123456789")), AwaitEcho(), Close()))
    stays = Script((*comes.steps[:3], Meet("gone"), *comes.steps[1:]))
    gone = seen("0.1 connected; 0.1 sent 10; 0.2 reset")
    waits = seen("0.3 connected; 0.3 sent 10")
    answered = seen("0.0 connected; 0.0 sent 20; 0.1 received 20")
    e = failed(
        check_id,
        found(Kind.NO_ECHO, 60, sent=10, received=0),
        *(gone,) * 60,
        waits,
        answered,
        answered if last_served else waits,
        plan=Plan((*(leaves,) * 60, comes, stays, comes)),
    )
    bugs = [cause.bug for cause in explain(case(e)).causes]
    assert any("takes something along" in bug for bug in bugs) is told


PILE_UP = (
    "MaxListenersExceededWarning: Possible EventEmitter memory leak detected. 11 drain listeners "
    "added to [Socket]"
)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (f"{PILE_UP}, while partial-send/small-window ran", ["memory-leak"]),
        ("Error: read ECONNRESET, while sessions/churn ran", []),
    ],
)
def test_listeners_that_pile_up(message: str, told: list[str]) -> None:
    """Node's warning names the event, and so do the bug and what to do."""
    one = case(failed("resources/unhandled-errors", found(Kind.RESOURCE, None, message=message)))
    assert causes(one) == told
    assert ("'drain'" in explain(one).causes[0].bug) is bool(told)
