"""The oracle, with literal histories: a plan, what happened, and what that proves."""

from __future__ import annotations

import msgspec
import pytest

from harness.judging.oracle import judge
from harness.judging.streams import MOST_ASKED
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    AwaitExit,
    AwaitRelease,
    Close,
    Connect,
    HalfClose,
    Literal,
    Measure,
    Plan,
    Random,
    Reset,
    Send,
    Step,
    Terminate,
    in_turn,
    materialise,
    one,
    side_by_side,
)
from harness.values.trace import Death, Ending, ScriptTrace, Stuck, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

SEQUENTIAL, ONE_SHOT = Profile.SEQUENTIAL, Profile.ONE_SHOT
DATA = Random(1, 4096)
SENT = materialise(DATA)
FULL: tuple[Step, ...] = (Connect(), Send(DATA), AwaitEcho(), HalfClose(), AwaitEnd())
"""Half-closes when everything has come back, and waits for the end."""
KEPT: tuple[Step, ...] = (Connect(), Send(DATA), AwaitEcho(), Close())
"""Never half-closes."""
GOOD = ScriptTrace(
    sent=4096, received=4096, echoed=4096, ending=Ending.FIN, half_closed=True, done=5, ended=0.1
)


def seen(**changes: object) -> ScriptTrace:
    """A perfect session, but for ``changes``."""
    return msgspec.structs.replace(GOOD, **changes)


def reply(got: bytes, **changes: object) -> ScriptTrace:
    """What a client has seen that sent ``SENT`` and got ``got``."""
    pairs = zip(SENT, got, strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(SENT), len(got)))
    return seen(received=len(got), echoed=same, surplus=got[same:], **changes)


def verdict(
    trace: ScriptTrace | Trace,
    plan: Plan | tuple[Step, ...] = FULL,
    profile: Profile = SEQUENTIAL,
) -> list[Finding]:
    """The findings for one script's history, or a whole one's."""
    whole = trace if isinstance(trace, Trace) else Trace(scripts=(trace,))
    return judge(plan if isinstance(plan, Plan) else one(*plan), whole, profile)


def the_only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [f.message for f in findings]
    return findings[0]


def death(**changes: object) -> Death:
    plain = Death(status=1, signal=None, at=0.1, asked=False, script=0, output="")
    return msgspec.structs.replace(plain, **changes)


# --- what is allowed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "trace"),
    [
        (FULL, GOOD),
        (KEPT, seen(ending=Ending.CLIENT, half_closed=False, ended=None)),
        # A client that leaves early may have seen any prefix.
        (KEPT, seen(received=10, echoed=10, ending=Ending.CLIENT, half_closed=False)),
        ((*FULL[:2], Reset()), seen(received=0, echoed=0, ending=Ending.CLIENT, half_closed=False)),
        # The script was over before the target closed.
        (FULL[:4], seen(ending=Ending.OPEN, half_closed=True, ended=None)),
        # An operator has no connection.
        ((Measure("now"),), ScriptTrace(done=1)),
        # Nothing was sent, and nothing came.
        ((Connect(), HalfClose(), AwaitEnd()), seen(sent=0, received=0, echoed=0)),
    ],
)
def test_what_is_allowed(plan: tuple[Step, ...], trace: ScriptTrace) -> None:
    """None of these histories proves anything against the target."""
    assert verdict(trace, plan) == []


# --- bytes --------------------------------------------------------------------------------------

NOTHING_TO_DO_WITH_IT = b"\x00nobody sent this\xff"


@pytest.mark.parametrize(
    ("kind", "got", "offset", "length", "words"),
    [
        (
            Kind.CHANGED,
            SENT[:100] + bytes([SENT[100] ^ 1]) + SENT[101:],
            100,
            1,
            "1 byte at offset 100 came back changed",
        ),
        (
            Kind.LOST,
            SENT[:1024] + SENT[1536:],
            1024,
            512,
            "512 bytes at offset 1,024 are missing; the reply goes on after them",
        ),
        (
            Kind.LOST,
            SENT[:5] + SENT[6:],
            5,
            1,
            "1 byte at offset 5 is missing; the reply goes on after it",
        ),
        (
            Kind.DUPLICATED,
            SENT[:2048] + SENT[1024:2048] + SENT[2048:],
            2048,
            1024,
            "1,024 bytes at offset 2,048 came twice: they were sent at offset 1,024",
        ),
        (
            Kind.REORDERED,
            SENT[:1024] + SENT[2048:3072] + SENT[1024:2048] + SENT[3072:],
            1024,
            1024,
            "the order is wrong at offset 1,024: bytes from offset 2,048 came too early",
        ),
        (  # a short piece before a long one
            Kind.REORDERED,
            SENT[:1024] + SENT[4000:] + SENT[1024:4000],
            1024,
            2976,
            "the order is wrong at offset 1,024: bytes from offset 4,000 came too early",
        ),
        (
            Kind.CHANGED,
            SENT[:3000] + SENT[1024:1088] + SENT[3064:],
            3000,
            64,
            "64 bytes at offset 3,000 came back changed: they stand at offset 1,024, too",
        ),
        (
            Kind.EXTRA,
            SENT[:7] + b"\0" + SENT[7:],
            7,
            1,
            "1 byte at offset 7 was never sent by the client",
        ),
        (
            Kind.EXTRA,
            NOTHING_TO_DO_WITH_IT + SENT,
            0,
            18,
            "18 bytes at offset 0 were never sent by the client",
        ),
        (Kind.EXTRA, SENT + b"bye\n", 4096, 4, "4 bytes came after everything that was sent"),
    ],
)
def test_wrong_bytes(kind: Kind, got: bytes, offset: int, length: int, words: str) -> None:
    """Each kind by its name, with offset and length; proved by seeing it once."""
    found = the_only(verdict(reply(got)))
    assert (found.kind, found.breach) == (kind, Breach.SAFETY)
    assert (found.offset, found.length, found.session) == (offset, length, 0)
    assert (found.sent, found.received, found.ending) == (4096, len(got), Ending.FIN)
    assert found.message == words


def test_bytes_that_nobody_asked_for() -> None:
    """A banner for a client that sends nothing."""
    plan = (Connect(), HalfClose(), AwaitEnd())
    found = the_only(verdict(seen(sent=0, received=5, echoed=0, surplus=b"hello"), plan))
    assert (found.kind, found.message) == (Kind.EXTRA, "5 bytes came unasked")


def test_foreign_bytes_name_their_owner() -> None:
    """Connections are counted from one, as in every report."""
    theirs = Random(2, 500)
    plan = side_by_side(FULL, (Connect(), Send(theirs), AwaitEcho(), HalfClose(), AwaitEnd()))
    mixed = reply(SENT[:1000] + materialise(theirs)[:200] + SENT[1000:])
    other = seen(sent=500, received=500, echoed=500)
    found = the_only(judge(plan, Trace(scripts=(mixed, other)), SEQUENTIAL))
    assert (found.kind, found.session, found.length) == (Kind.FOREIGN, 0, 200)
    assert found.message == "200 bytes at offset 1,000 belong to connection 2, not to this one"


def test_of_hundreds_that_got_wrong_bytes_the_first_tell_whose_they_are() -> None:
    """To look for those of each in the streams of all would take minutes."""
    plan = side_by_side(*((Connect(), Send(Random(i, 64)), AwaitEcho()) for i in range(200)))
    sent = [materialise(Random(i, 64)) for i in range(200)]
    wrong = [seen(sent=64, received=64, echoed=0, surplus=sent[i - 1], done=3) for i in range(200)]
    findings = judge(plan, Trace(tuple(wrong)), Profile.CONCURRENT)
    told = [f.session for f in findings if f.kind is Kind.FOREIGN]
    assert told == list(range(MOST_ASKED))
    assert {f.session for f in findings if f.breach is Breach.SAFETY} == set(range(200))


def test_truncated() -> None:
    """The end came in order, but too soon: not all had been sent back."""
    found = the_only(verdict(reply(SENT[:1024])))
    assert (found.kind, found.breach) == (Kind.TRUNCATED, Breach.SAFETY)
    assert (found.offset, found.length) == (1024, 3072)
    assert found.message.startswith(
        "the target closed the connection when only 1,024 of 4,096 bytes had come back: the last "
        "3,072"
    )


@pytest.mark.parametrize(
    ("sent", "came", "words"),
    [
        (9, 8, "when only 8 of 9 bytes had come back: the last byte is missing"),
        (9, 0, "when only 0 of 9 bytes had come back: the last 9 bytes are missing"),
        (1, 0, "when the 1 byte that was sent had not come back"),
    ],
)
def test_few_bytes_are_counted_as_people_do(sent: int, came: int, words: str) -> None:
    """Nobody says "only 0 of 1 bytes"."""
    found = the_only(verdict(seen(sent=sent, received=came, echoed=came)))
    assert found.message == f"the target closed the connection {words}"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "the client half-closed and had sent nothing, but the target did not end"),
        (1, "the 1 byte came back and the client half-closed, but the target did not end"),
    ],
)
def test_an_end_that_is_missing_after_little_or_nothing(size: int, words: str) -> None:
    """Nobody says "all 0 bytes came back"."""
    open_yet = seen(
        sent=size, received=size, echoed=size, ending=Ending.OPEN, ended=None,
        stuck=Stuck(step=4, kind="await-end", waited=2.0), done=4,
    )  # fmt: skip
    assert the_only(verdict(open_yet)).message.startswith(words)


def test_what_was_never_written_is_not_missed() -> None:
    """Only bytes that the system took must come back."""
    part = seen(sent=1000, received=1000, echoed=1000)
    assert verdict(part) == []
    found = the_only(verdict(seen(sent=1000, received=900, echoed=900)))
    assert found.length == 100


def test_wrong_bytes_are_told_once() -> None:
    """A reply that is wrong is also incomplete and late; it is one breach all the same."""
    stuck = Stuck(step=4, kind="await-end", waited=2.0)
    wrong = reply(SENT[:10] + SENT[20:], ending=Ending.OPEN, stuck=stuck)
    assert the_only(verdict(wrong)).kind is Kind.LOST
    assert the_only(verdict(reply(SENT[:10] + SENT[20:], ending=Ending.RST))).kind is Kind.LOST


def test_the_window_shows_both_sides_of_the_first_difference() -> None:
    """Eight bytes before it, the same in both."""
    found = the_only(verdict(reply(SENT[:100] + SENT[110:])))
    assert found.window_start == 92
    assert found.expected == SENT[92:124].hex()
    assert found.got == (SENT[92:100] + SENT[110:134]).hex()
    early = the_only(verdict(reply(SENT[:3] + SENT[13:])))
    assert early.window_start == 0
    missing = the_only(verdict(reply(SENT[:1024])))
    assert missing.window_start == 1016
    assert missing.expected == SENT[1016:1048].hex()
    assert missing.got == SENT[1016:1024].hex()


# --- endings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "how"),
    [
        (Ending.FIN, "closed"),
        (Ending.RST, "reset"),
        (Ending.DIED, "dropped (it died)"),
    ],
)
@pytest.mark.parametrize(
    ("received", "state"),
    [
        (4096, "after all 4,096 bytes had come back, but"),
        (1024, "after 1,024 of 4,096 bytes, with 3,072 bytes not sent back,"),
    ],
)
def test_early_close(ending: Ending, how: str, received: int, state: str) -> None:
    """Before the client has ended its side nobody else may, in whatever way."""
    trace = seen(
        received=received, echoed=received, ending=ending, half_closed=False, error="ECONNRESET"
    )
    found = the_only(verdict(trace))
    assert (found.kind, found.breach, found.ending) == (Kind.EARLY_CLOSE, Breach.SAFETY, ending)
    assert found.message == (
        f"the target {how} the connection {state} before the client had ended its side"
    )


def test_the_endings_are_never_merged() -> None:
    """FIN, RST, still open and died, each after everything came back: four different verdicts."""
    stuck = Stuck(step=4, kind="await-end", waited=2.0)
    assert verdict(GOOD) == []
    reset = the_only(verdict(seen(ending=Ending.RST, error="ECONNRESET")))
    assert (reset.kind, reset.breach) == (Kind.RESET, Breach.SAFETY)
    assert "RST instead of FIN" in reset.message
    still_open = the_only(verdict(seen(ending=Ending.OPEN, stuck=stuck, ended=None)))
    assert (still_open.kind, still_open.breach) == (Kind.NO_END, Breach.LIVENESS)
    died = Trace(scripts=(seen(ending=Ending.DIED, half_closed=False),), deaths=(death(),))
    assert the_only(verdict(died)).kind is Kind.DIED


def test_a_truncated_reply_tells_how_it_ended() -> None:
    """FIN and RST too soon are both truncation; the message has the way."""
    for ending, word in ((Ending.FIN, "closed"), (Ending.RST, "reset")):
        found = the_only(verdict(reply(SENT[:9], ending=ending)))
        assert (found.kind, found.ending) == (Kind.TRUNCATED, ending)
        assert f"the target {word} the connection" in found.message


def test_refused() -> None:
    """No connection: it may come about at a second try."""
    found = the_only(verdict(ScriptTrace(error="ECONNREFUSED", ending=Ending.NEVER)))
    assert (found.kind, found.breach) == (Kind.REFUSED, Breach.LIVENESS)
    assert found.message == "connection 1 was not accepted: ECONNREFUSED"


# --- patience -----------------------------------------------------------------------------------

RELEASE: tuple[Step, ...] = (*KEPT, AwaitRelease())
EXIT: tuple[Step, ...] = (*FULL, AwaitExit())


@pytest.mark.parametrize(
    ("plan", "step", "echoed", "kind", "words"),
    [
        (FULL, 0, 4096, Kind.REFUSED, "connection 1 was not established"),
        (FULL, 1, 4096, Kind.NOT_TAKEN, "the target took no more data after 4,096 bytes"),
        (FULL, 1, 96, Kind.NO_ECHO, "96 of 4,096 bytes came back; 4,000 did not come"),
        (FULL, 2, 0, Kind.NO_ECHO, "0 of 4,096 bytes came back; 4,096 did not come"),
        (FULL, 3, 4096, Kind.NOT_TAKEN, "the target took no more data"),
        (FULL, 4, 4096, Kind.NO_END, "all 4,096 bytes came back and the client half-closed"),
        (FULL, 4, 96, Kind.NO_ECHO, "after the half-close 96 of 4,096 bytes had come back"),
        (RELEASE, 4, 4096, Kind.NOT_RELEASED, "the target's socket stayed in CLOSE_WAIT"),
        (EXIT, 5, 4096, Kind.STILL_RUNNING, "the target had not ended"),
    ],
)
def test_what_did_not_happen(
    plan: tuple[Step, ...], step: int, echoed: int, kind: Kind, words: str
) -> None:
    """A step that patience ran out on is a liveness breach, named after what was waited for."""
    tag = str(type(plan[step]).__struct_config__.tag)
    stuck = Stuck(step=step, kind=tag, waited=2.04)
    trace = seen(
        received=echoed, echoed=echoed, ending=Ending.OPEN, ended=None, half_closed=False,
        stuck=stuck, done=step,
    )  # fmt: skip
    found = the_only(verdict(trace, plan))
    assert (found.kind, found.breach) == (kind, Breach.LIVENESS)
    assert found.message.startswith(words)
    assert "2.0 s without any progress" in found.message


def test_an_early_close_of_a_client_that_sent_nothing() -> None:
    """No count of bytes, which would be 0 of 0."""
    trace = seen(sent=0, received=0, echoed=0, ending=Ending.FIN, half_closed=False)
    assert the_only(verdict(trace)).message == (
        "the target closed the connection before the client had sent anything or ended its side"
    )


@pytest.mark.parametrize("kind", ["await-echo", "meet", "read-some"])
def test_a_wait_that_concerns_nothing_outstanding_accuses_nobody(kind: str) -> None:
    """Everything had come back, so the target owed nothing."""
    stuck = Stuck(step=2, kind=kind, waited=2.0)
    assert verdict(seen(ending=Ending.OPEN, ended=None, stuck=stuck), KEPT) == []


def test_safety_comes_first() -> None:
    """The gravest finding is the first, whatever the order of the scripts."""
    late = seen(
        received=0, echoed=0, ending=Ending.OPEN, ended=None,
        stuck=Stuck(step=2, kind="await-echo", waited=2.0),
    )  # fmt: skip
    trace = Trace(scripts=(late, reply(SENT[:9])))
    found = judge(side_by_side(FULL, FULL), trace, SEQUENTIAL)
    assert [f.kind for f in found] == [Kind.TRUNCATED, Kind.NO_ECHO]
    assert [f.session for f in found] == [1, 0]


# --- deaths -------------------------------------------------------------------------------------


def test_a_death_that_nobody_asked_for() -> None:
    """Also with status 0, and also when the connection had ended well."""
    for ended, words in (
        (death(status=1), "(exit status 1)"),
        (death(status=0), "(exit status 0)"),
        (death(status=None, signal="SIGSEGV"), "(signal SIGSEGV)"),
    ):
        found = the_only(verdict(Trace(scripts=(GOOD,), deaths=(ended,))))
        assert (found.kind, found.breach) == (Kind.DIED, Breach.SAFETY)
        assert found.message == f"the target ended {words} although nobody asked it to"


def test_a_death_explains_what_it_tore_down() -> None:
    """One death is one finding, not one more for its connection; others' findings stay."""
    torn = seen(received=9, echoed=9, ending=Ending.DIED, half_closed=False)
    refused = ScriptTrace(error="ECONNREFUSED")
    trace = Trace(scripts=(torn, refused), deaths=(death(signal="SIGPIPE", status=None),))
    found = judge(in_turn(FULL, FULL), trace, SEQUENTIAL)
    assert [(f.kind, f.session) for f in found] == [(Kind.DIED, 0), (Kind.REFUSED, 1)]


def test_a_death_that_was_asked_for() -> None:
    """``Terminate`` may cut connections in any way, and any status is right."""
    plan = (Connect(), Send(DATA), AwaitEcho(), Terminate(), AwaitExit())
    for ending in (Ending.FIN, Ending.RST, Ending.OPEN):
        torn = seen(received=9, echoed=9, ending=ending, half_closed=False)
        asked = death(asked=True, status=None, signal="SIGTERM")
        assert verdict(Trace(scripts=(torn,), deaths=(asked,)), plan) == []


def test_one_shot_ends_after_its_connection() -> None:
    """With status 0 that is what it promised."""
    trace = Trace(scripts=(GOOD,), deaths=(death(status=0),))
    assert verdict(trace, profile=ONE_SHOT) == []


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (death(status=3), "the target ended with exit status 3 after its connection"),
        (death(status=None, signal="SIGABRT"), "the target ended with signal SIGABRT after"),
    ],
)
def test_one_shot_that_ends_badly(ended: Death, words: str) -> None:
    """The connection was served, but the exit status tells of a failure."""
    found = the_only(verdict(Trace(scripts=(GOOD,), deaths=(ended,)), profile=ONE_SHOT))
    assert (found.kind, found.breach) == (Kind.EXIT_STATUS, Breach.SAFETY)
    assert found.message.startswith(words)


def test_one_shot_that_dies_in_the_middle() -> None:
    """It tore its connection down: that is a death, not a bad exit status."""
    torn = seen(received=9, echoed=9, ending=Ending.DIED, half_closed=False)
    trace = Trace(scripts=(torn,), deaths=(death(status=1),))
    found = the_only(verdict(trace, profile=ONE_SHOT))
    assert found.kind is Kind.DIED
    assert "in the middle of its connection" in found.message


def test_one_shot_that_closes_early_and_exits_well() -> None:
    """Status 0 does not excuse an early close."""
    trace = Trace(scripts=(seen(half_closed=False),), deaths=(death(status=0),))
    assert the_only(verdict(trace, profile=ONE_SHOT)).kind is Kind.EARLY_CLOSE


def test_one_shot_whose_client_vanished_may_exit_as_it_likes() -> None:
    """An uncaught ECONNRESET in a server that is done anyway harms nobody."""
    steps = (Connect(), Send(DATA), Reset())
    gone = seen(received=9, echoed=9, ending=Ending.CLIENT, half_closed=False)
    assert verdict(Trace(scripts=(gone,), deaths=(death(),)), steps, ONE_SHOT) == []


def test_one_shot_whose_client_left_its_connection_open_may_exit_as_it_likes() -> None:
    """A script that ends without an end drops its connection, and that is a reset, too."""
    dropped = seen(ending=Ending.OPEN, half_closed=False, ended=None)
    steps = (Connect(), Send(DATA), AwaitEcho())
    assert verdict(Trace(scripts=(dropped,), deaths=(death(),)), steps, ONE_SHOT) == []


def test_one_shot_instances_of_earlier_plans_are_none_of_this_one() -> None:
    """An instance that served nobody here is on its way out."""
    assert verdict(Trace(scripts=(GOOD,), deaths=(death(script=None),)), profile=ONE_SHOT) == []


def test_a_plan_without_payloads_can_die_too() -> None:
    """The death is found without any connection."""
    trace = Trace(scripts=(ScriptTrace(done=1),), deaths=(death(script=None),))
    found = the_only(verdict(trace, (Measure("now"),)))
    assert (found.kind, found.session) == (Kind.DIED, None)


def test_only_the_bytes_matter_not_how_they_were_cut() -> None:
    """The oracle never looks at segments: a timeline changes nothing."""
    plan = one(Connect(), Send(Literal(b"abc")), AwaitEcho(), HalfClose(), AwaitEnd())
    trace = seen(sent=3, received=3, echoed=3)
    assert verdict(trace, plan) == []
    assert verdict(msgspec.structs.replace(trace, timeline=()), plan) == []
