"""Clients that fail: what one of them takes along, what several do, and whose process they end."""

from __future__ import annotations

import msgspec
import pytest

from harness.diagnosis import Evidence, explain
from harness.diagnosis.experiments import Fact
from harness.diagnosis.rules.workers import threads_end
from harness.values.plan import (
    AwaitEcho,
    Close,
    Connect,
    HalfClose,
    Literal,
    Plain,
    Reset,
    Send,
    StartReading,
    StopReading,
    in_turn,
    one,
)
from harness.values.trace import Ending
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen

RESET, VANISH = "resilience/reset-mid-echo", "resilience/vanish-while-sending"
RIGHT = {"none": "right", "reset": "right", "unread": "right", "stalled": "right"}
FAILS = (Connect(), Send(Plain(seed=1, size=100_000)), Reset())
NEXT = (Connect(), Send(Literal(b"x" * 100)), AwaitEcho(), Close())


def after_others(check_id: str, kind: Kind, ending: Ending, output: str = "") -> Evidence:
    """Three have broken off, and the next is not served."""
    about = {"sent": 100, "received": 0, "offset": 0, "length": 100, "session": 3}
    gone = seen("0.1 sent 100000; 0.2 reset", ending=Ending.CLIENT)
    last = seen("0.3 sent 100", ending=ending)
    plan = in_turn(FAILS, FAILS, FAILS, NEXT)
    wrong = found(kind, **about)
    return failed(check_id, wrong, gone, gone, gone, last, plan=plan, output=output)


def mute(check_id: str) -> Evidence:
    return after_others(check_id, Kind.NO_ECHO, Ending.OPEN)


@pytest.mark.parametrize(
    ("aftermath", "told"),
    [
        (RIGHT, "workers-die"),
        ({**RIGHT, "unread": "nothing", "still": "nothing"}, "lock-kept"),
    ],
)
def test_one_is_enough_for_a_lock_and_not_for_all_workers(
    aftermath: dict[str, str], told: str
) -> None:
    """Where the next client is served after one that fails in each way, nothing was locked."""
    tried = {k: v for k, v in aftermath.items() if k != "stalled" or aftermath is RIGHT}
    assert causes(case(mute(RESET), mute(VANISH), aftermath=tried)) == [told]


SAYS = '{"message":"uncaught","error":"read ECONNRESET"}\n{"message":"worker exited, restarting"}'


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (SAYS, "crash-on-reset"),
        ("worker 3 died", "client-error-ends-server"),
        ("client reset", None),
    ],
)
def test_a_process_of_its_own_is_started_again(output: str, told: str | None) -> None:
    """The target lives, and its clients are cut off; it says what has happened."""
    cut = [after_others(i, Kind.EARLY_CLOSE, Ending.RST, output) for i in (RESET, VANISH)]
    by_number = {"none": "right", "reset": "nothing", "still": "right"}
    assert causes(case(*cut, aftermath=by_number))[:1] == [told or "state-by-descriptor"]


# --- threads ------------------------------------------------------------------------------------

LEAVES = "resilience/connect-and-leave"
TAKES = """
    public void run() {
        try {
            while (true) {
                Socket socket = pending.take();
                handle(socket);
            }
        } catch (%s e) {
            System.out.println(e + "{");
        }
    }
"""
ROW: dict[str, Fact] = {"plain_bad": 0, "reset_bad": 5, "reset_what": "nothing"}


def of_source(text: str, name: str = "Server.java", *more: Evidence) -> list[str]:
    one = case(mute(LEAVES), *more, connections=ROW)
    return causes(msgspec.structs.replace(one, sources=((name, text),)))


def test_an_error_that_leaves_the_loop_of_a_worker() -> None:
    """As many as there are workers were served, and the source tells that these end."""
    assert of_source(TAKES % "IOException") == ["workers-die"]
    (told, *_) = explain(case(mute(LEAVES), connections=ROW)).causes
    assert told.id == "connections-used-up"


PANIC = (
    "thread '<unnamed>' panicked at src/main.rs:69:42:\n"
    "called `Result::unwrap()` on an `Err` value: Os { code: 104, kind: ConnectionReset, "
    'message: "Connection reset by peer" }\n'
)


def test_a_thread_that_tells_of_its_end_at_a_reset() -> None:
    """What the language says of it is worth more than that a place may be missing."""
    spoke = after_others(LEAVES, Kind.NO_ECHO, Ending.OPEN, PANIC)
    (told, *_) = explain(case(spoke, connections=ROW)).causes
    assert told.id == "workers-die"
    assert "in a thread it tells of panic" in told.evidence[0]
    log = PANIC.replace("thread '<unnamed>' panicked at src/main.rs:69:42:\n", "")
    handled = after_others(LEAVES, Kind.NO_ECHO, Ending.OPEN, log)
    assert causes(case(handled, connections=ROW)) == ["connections-used-up"]


@pytest.mark.parametrize(
    "text",
    [
        TAKES % "InterruptedException",
        TAKES.replace("handle(socket);", "try { handle(socket); } catch (IOException e) { }"),
        "while (true) { Socket s = server.accept(); }",
    ],
    ids=["only of the queue", "inside", "no queue"],
)
def test_a_place_that_is_not_given_back_ends_no_worker(text: str) -> None:
    """Where the worker goes on, or nobody knows, both mends are named."""
    one = case(mute(LEAVES), connections=ROW)
    (told,) = explain(msgspec.structs.replace(one, sources=(("Server.java", text),))).causes
    assert told.id == "connections-used-up"
    assert "a worker that ends with it, a place" in told.bug
    assert "inside the loop" in told.hint
    assert "give back" in told.hint


def rounds(served: int, waiting: int) -> Evidence:
    """Descriptors that grow; ``served`` clients in a row were answered, ``waiting`` were not."""
    fine, not_served = seen("0.1 sent 100; 0.2 received 100"), seen("0.3 sent 100")
    scripts = [fine] * served + [not_served] * waiting
    plan = in_turn(*[NEXT] * len(scripts))
    wrong = found(Kind.RESOURCE, None, message="they grow")
    return failed("resources/descriptors", wrong, *scripts, plan=plan)


def test_what_piles_up_where_nobody_is_served_is_no_leak() -> None:
    """The sockets of those who wait in vain."""
    assert of_source(TAKES % "IOException", "Server.java", rounds(8, 60)) == ["workers-die"]
    assert causes(case(mute(LEAVES), rounds(8, 60), connections=ROW)) == ["connections-used-up"]
    assert "descriptor-leak" in causes(case(mute(LEAVES), rounds(60, 8), connections=ROW))
    assert causes(case(rounds(8, 60))) == ["descriptor-leak"]  # nobody knows that they wait


# --- the first read -------------------------------------------------------------------------------

STALLED = "partial-send/stalled-reader"
SENT = 9_437_184


def lost(check_id: str, at: int, length: int) -> Evidence:
    flood = Send(Plain(seed=1, size=SENT))
    plan = one(Connect(), StopReading(), flood, StartReading(), AwaitEcho(), HalfClose())
    about = {"sent": SENT, "received": SENT - length, "offset": at, "length": length}
    got = seen(
        f"0.1 sent {SENT}; 0.2 received {SENT - length}",
        echoed=at,
        surplus=b"later bytes",
        ending=Ending.FIN,
    )
    return failed(check_id, found(Kind.LOST, **about), got, plan=plan)


@pytest.mark.parametrize(
    ("at", "lengths", "told"),
    [
        (65_536, (225_253, 510_949, 3_665_569), True),
        (65_536, (65_536, 131_072, 65_536), False),  # a ring, or a length of 16 bits
        (1_300_000, (225_253, 510_949, 3_665_569), False),  # the buffers of the system are full
    ],
)
def test_what_comes_behind_the_first_read(at: int, lengths: tuple[int, ...], told: bool) -> None:
    """No buffer can be full yet: the program did not listen."""
    ids = (STALLED, "partial-send/interrupted-send", "sessions/stalled-client-aside")
    some = [lost(i, at, length) for i, length in zip(ids, lengths, strict=True)]
    assert ("drops-while-busy" in causes(case(*some))) is told


# --- the first bytes ------------------------------------------------------------------------------


def waits(check_id: str, size: int) -> Evidence:
    plan = one(Connect(), Send(Plain(seed=1, size=size)), AwaitEcho(), HalfClose())
    about = {"sent": size, "received": 0, "offset": 0, "length": size}
    got = seen(f"0.1 sent {size}", ending=Ending.OPEN)
    return failed(check_id, found(Kind.NO_ECHO, **about), got, plan=plan)


SOON = {"when": "after a second message", "sent": 10, "first": 10}


@pytest.mark.parametrize(
    ("answers", "lives", "told"),
    [
        (SOON, [512, 1024], True),
        ({**SOON, "first": 5}, [512, 1024], False),
        (SOON, [], False),
    ],
    ids=["some bytes", "only one of the two came", "longer ones are not answered, either"],
)
def test_a_first_message_of_a_few_bytes_waits_for_more(
    answers: dict[str, str | int], lives: list[int], told: bool
) -> None:
    """A look at the first bytes (a peek at them, or a read of exactly so many) that waits."""
    late = [waits("chunking/prompt", 1), waits("chunking/read-boundary", 1)]
    row = {"lives": lives, "bad": "nothing", "first_bad": 0}
    named = causes(case(*late, answers=answers, messages=row))
    assert ("waits-for-full-buffer" in named) is told


LAST_WORDS = (
    "Exception in thread Thread-{n} (clerk):\nTraceback (most recent call last):\n"
    '  File "s.py", line 55, in send\n    sent = sock.send(data)\n'
    "BrokenPipeError: [Errno 32] Broken pipe\n"
)


@pytest.mark.parametrize(
    ("threads", "kind", "told"),
    [
        ((1, 2, 3), Kind.NO_ECHO, True),
        ((1, 1), Kind.NO_ECHO, False),
        ((1, 2, 3), Kind.CHANGED, False),
    ],
    ids=["several", "always the same", "all are served"],
)
def test_threads_that_tell_of_their_ends_are_missing(
    threads: tuple[int, ...], kind: Kind, told: bool
) -> None:
    """Each with the error of a client.  Where a thread is made for each client nobody waits for
    one; where it is always the same one it goes on."""
    output = "".join(LAST_WORDS.format(n=n) for n in threads)
    one_check = case(after_others("fuzz/plans", kind, Ending.OPEN, output))
    assert (threads_end(one_check) is not None) is told
