"""From the evidence to the likely bug, in a table: what is known, what is said."""

from __future__ import annotations

import msgspec
import pytest

from harness.diagnosis import RULES, Evidence, diagnose
from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE, Answers
from harness.values.plan import (
    AwaitEcho,
    AwaitStall,
    Connect,
    HalfClose,
    Literal,
    Plan,
    Reset,
    Send,
    StartReading,
    StopReading,
    in_turn,
    one,
    side_by_side,
)
from harness.values.trace import Death, Ending, Moment, ScriptTrace, Trace
from harness.values.verdict import Breach, Diagnosis, Finding, Kind, Profile

PLAN = one(Connect(), Send(Literal(b"x" * 1000)), AwaitEcho(), HalfClose())
HINT = "the check's own hint"


def finding(kind: Kind, expected: bytes = b"", got: bytes = b"", **changes: object) -> Finding:
    """A difference at offset 100, eight good bytes before it in the window."""
    before = b"<before>"
    plain = Finding(
        kind=kind,
        breach=Breach.SAFETY,
        message="something happened",
        session=0,
        offset=100,
        length=len(expected),
        expected=(before + expected).hex(),
        got=(before + got).hex(),
        window_start=92,
        sent=1000,
        received=900,
    )
    return msgspec.structs.replace(plain, **changes)


def diagnosed(
    *findings: Finding,
    check_id: str = "identity/hello",
    hint: str = HINT,
    plan: Plan = PLAN,
    deaths: tuple[Death, ...] = (),
    answers: Answers = Answers.UNKNOWN,
    trace: Trace | None = None,
    output: str = "",
) -> Diagnosis:
    return diagnose(
        Evidence(
            check_id=check_id,
            hint=hint,
            profile=Profile.SEQUENTIAL,
            plan=plan,
            trace=trace or Trace(scripts=(ScriptTrace(),) * len(plan.scripts), deaths=deaths),
            findings=findings,
            experiments=answers,
            output=output,
        )
    )


def death(output: str = "", **changes: object) -> Death:
    plain = Death(status=1, signal=None, at=0.1, asked=False, script=0, output=output)
    return msgspec.structs.replace(plain, **changes)


# --- the process --------------------------------------------------------------------------------

TRACEBACK = 'Traceback (most recent call last):\n  File "server.py", line 9, in <module>\n'


@pytest.mark.parametrize(
    ("ended", "words", "advice"),
    [
        (
            death(status=None, signal="SIGPIPE"),
            "nobody handles SIGPIPE",
            "Ignore the signal SIGPIPE",
        ),
        (
            death(TRACEBACK + "ConnectionResetError: [Errno 104] Connection reset by peer"),
            "a client that resets raises an exception that nobody catches",
            "catch ConnectionError",
        ),
        (
            death(TRACEBACK + "BrokenPipeError: [Errno 32] Broken pipe\n"),
            "a client that vanished raises an exception",
            "catch ConnectionError",
        ),
        (
            death(TRACEBACK + "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff"),
            "it decodes the data as text",
            "keep it as bytes",
        ),
        (
            death("node:events:495\nError: read ECONNRESET\n    at TCP.onStreamRead\n"),
            "an error of one connection ends the process",
            "handle its 'error' event",
        ),
        (death(TRACEBACK + "RecursionError: maximum depth"), "it calls itself", "use a loop"),
        (death(TRACEBACK + "MemoryError"), "it keeps everything it ever read", ""),
        (death(TRACEBACK + "ZeroDivisionError: by zero"), "ZeroDivisionError: by zero", HINT),
        (death(status=None, signal="SIGSEGV"), "the server crashes with SIGSEGV", "last lines"),
        (death(status=0), "ends by itself although clients still come", "accept() in a loop"),
        (death("bye"), "the server crashes (exit status 1)", HINT),
    ],
)
def test_a_death(ended: Death, words: str, advice: str) -> None:
    """The signal, or the last error that it printed, says most."""
    said = diagnosed(finding(Kind.DIED), deaths=(ended,))
    assert words in said.bug
    assert advice.lower() in said.hint.lower()


def test_a_bad_exit_status() -> None:
    """With the error, or with the bare status."""
    ended = death(TRACEBACK + "OSError: [Errno 9] Bad file descriptor")
    said = diagnosed(finding(Kind.EXIT_STATUS), deaths=(ended,))
    assert "does not end well with 'OSError: [Errno 9] Bad file descriptor'" in said.bug
    said = diagnosed(finding(Kind.EXIT_STATUS), deaths=(death(status=3),))
    assert "does not end well (exit status 3)" in said.bug


def test_a_death_that_was_asked_for_explains_nothing() -> None:
    """Only the one that nobody asked for does."""
    asked = death("ValueError: while stopping", asked=True)
    said = diagnosed(finding(Kind.DIED), deaths=(asked, death(status=None, signal="SIGABRT")))
    assert "SIGABRT" in said.bug


def test_an_address_in_use() -> None:
    """The one thing that keeps a server from starting again."""
    said = diagnosed(finding(Kind.NOT_LISTENING), check_id="launch/restarts")
    assert "the port stays blocked" in said.bug
    assert "SO_REUSEADDR" in said.hint


# --- bytes --------------------------------------------------------------------------------------

BAD_UTF8 = b"\xfe\x80abc"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (finding(Kind.CHANGED, BAD_UTF8, b"\xef\xbf\xbdabc"), "no valid UTF-8 are replaced"),
        (finding(Kind.CHANGED, BAD_UTF8, b"?abc"), "no valid UTF-8 are replaced"),
        (finding(Kind.EXTRA, b"\xe9tat", b"\xc3\xa9tat"), "read as Latin-1 and written as UTF-8"),
        (finding(Kind.CHANGED, b"\xe9tat", b"\x69tat"), "the eighth bit of each byte is cut off"),
        (finding(Kind.LOST, BAD_UTF8, b"abc", length=2), "bytes above 127 disappear"),
        (finding(Kind.CHANGED, b"hello", b"HELLO"), "the case of letters is changed"),
        (finding(Kind.CHANGED, b"HELLO", b"hello"), "the case of letters is changed"),
        (finding(Kind.LOST, b"\nnext", b"next", length=1), "line ends are stripped"),
        (finding(Kind.TRUNCATED, b"\r\n", b"", length=2), "line ends are stripped"),
        (finding(Kind.LOST, b"  next", b"next", length=2), "white space at the edge"),
        (finding(Kind.TRUNCATED, b"\t", b"", length=1), "white space at the edge"),
        (finding(Kind.TRUNCATED, b"\0abc", b"", length=4), "data is cut at NUL bytes"),
        (finding(Kind.CHANGED, b"\r\nx", b"\n\nx"), "line ends are translated"),
        (finding(Kind.EXTRA, b"\nx", b"\r\nx"), "line ends are translated"),
        (
            finding(Kind.EXTRA, b"", b"Welcome!\r\n", offset=0, window_start=-8),
            "puts something before the data: 'Welcome!'",
        ),
        (
            finding(Kind.EXTRA, b"", b"bye\n", sent=100),
            "the server adds something after the data: 'bye'",
        ),
        (finding(Kind.FOREIGN, b"mine", b"theirs"), "data of one connection is sent to another"),
        (finding(Kind.DUPLICATED, b"next", b"again"), "data is sent twice"),
    ],
)  # fmt: skip
def test_wrong_bytes(found: Finding, words: str) -> None:
    """What was expected and what came at the first difference tell the bug."""
    assert words in diagnosed(found).bug


@pytest.mark.parametrize("missing", [b"\nabcdefg", b" abcdefg", b"\xf8\xf9\xfa"])
def test_a_tail_that_is_cut_off_says_nothing_of_its_bytes(missing: bytes) -> None:
    """It begins with a blank and goes on with letters, or bytes like it came back before."""
    sent = b"\x80" * 100 + missing
    found = finding(Kind.TRUNCATED, missing, sent=len(sent), received=100)
    bug = diagnosed(found, plan=one(Connect(), Send(Literal(sent)))).bug
    assert not any(word in bug for word in ("stripped", "disappear"))


def test_telnet() -> None:
    """A swallowed 0xFF is EOF in a signed char, or the beginning of a command."""
    lost = finding(Kind.LOST, b"\xff\xf4", b"\xf4", length=1)
    assert "0xFF is swallowed" in diagnosed(lost, check_id="identity/telnet-bytes").bug
    assert "bytes above 127 disappear" in diagnosed(lost).bug


def test_a_loss_of_many_bytes_has_nothing_to_do_with_text() -> None:
    """Half a megabyte that happens to begin with a byte above 127, or a newline."""
    for start in (b"\xe9", b"\n", b" ", b"\0"):
        bug = diagnosed(finding(Kind.LOST, start + b"abc", b"zzz", length=500_000)).bug
        assert bug == "something happened"


def test_line_ends_are_not_suspected_of_what_readers_provoke() -> None:
    """Newlines are lost by other bugs too, when a client reads slowly."""
    lost = finding(Kind.LOST, b"\nabc", b"abc", length=1)
    assert "line ends" not in diagnosed(lost, check_id="partial-send/slow-reader").bug


def told_apart(*whats: str) -> Trace:
    """One session whose timeline has these entries, a tenth of a second apart."""
    timeline = tuple(Moment(n / 10, what, 4) for n, what in enumerate(whats))
    return Trace(scripts=(ScriptTrace(timeline=timeline),))


@pytest.mark.parametrize(
    ("sent", "found", "sure"),
    [
        (b"AAAAABC", finding(Kind.LOST, b"AAAABC", b"BC", offset=1, length=4, sent=7), LIKELY),
        (b"abSAMESAMEcd", finding(Kind.LOST, b"", b"cd", offset=6, length=4, sent=12), LIKELY),
        (b"abSAMESAME", finding(Kind.TRUNCATED, offset=6, length=4, sent=10), POSSIBLE),
    ],
)
def test_equal_reads(sent: bytes, found: Finding, sure: str) -> None:
    """What is missing repeats what stands before it: a read was taken for a repetition."""
    trace = told_apart("sent", "received", "sent", "received", "sent", "half-closed")
    said = diagnosed(found, plan=one(Connect(), Send(Literal(sent))), trace=trace)
    assert "a read that equals the one before" in said.bug
    assert said.confidence == sure
    one_write = told_apart("sent", "received", "half-closed")
    said = diagnosed(found, plan=one(Connect(), Send(Literal(sent))), trace=one_write)
    assert "a read that equals" not in said.bug, "the reply to one message breaks off anywhere"


def test_the_first_byte_of_a_connection() -> None:
    """It says nothing about what that byte is, if the others of its kind came back."""
    found = finding(Kind.LOST, b"\xff\xfe\xfd", b"\xfe\xfd", offset=0, window_start=-8, length=1)
    said = diagnosed(found, check_id="identity/invalid-utf8")
    assert "the first byte of a connection does not come back" in said.bug
    text = finding(Kind.LOST, b"\xffab", b"ab", offset=0, window_start=-8, length=1)
    assert "decoded as text" in diagnosed(text, check_id="identity/invalid-utf8").bug


def test_a_byte_that_became_two_at_the_very_end() -> None:
    """The first of the two is the byte that was sent, so only the second is too many."""
    found = finding(Kind.EXTRA, b"", b"\x83", sent=4, offset=4, window_start=-4)
    said = diagnosed(found, plan=one(Connect(), Send(Literal(b"caf\xc3"))))
    assert "read as Latin-1 and written as UTF-8" in said.bug
    said = diagnosed(found, plan=one(Connect(), Send(Literal(b"cafe"))))
    assert "adds something after the data" in said.bug


def test_a_block_from_elsewhere() -> None:
    """A buffer that was filled again shows what else was in it."""
    sent = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
    found = finding(Kind.CHANGED, sent[:8], sent[16:24], offset=0, window_start=-8, sent=32)
    plan = one(Connect(), Send(Literal(sent)))
    assert "bytes from elsewhere" in diagnosed(found, plan=plan, check_id="shutdown/orderly").bug
    found = finding(Kind.CHANGED, sent[:8], b"????????", offset=0, window_start=-8, sent=32)
    said = diagnosed(found, plan=plan, check_id="shutdown/orderly")
    assert "elsewhere" not in said.bug


def test_a_few_bytes_of_another_connection() -> None:
    """Too few to be certain."""
    plan = side_by_side((Connect(), Send(Literal(b"mine"))), (Connect(), Send(Literal(b"hers"))))
    found = finding(Kind.CHANGED, b"in", b"er", offset=1, window_start=-7, length=2, sent=4)
    said = diagnosed(found, plan=plan, check_id="fuzz/plans")
    assert said.bug.startswith("what connection 2 sent stands in a reply to another")
    assert said.confidence == POSSIBLE


# --- sends --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check_id", "kind", "words"),
    [
        ("partial-send/interrupted-send", Kind.LOST, "the count that send() returns is ignored"),
        (
            "partial-send/interrupted-send",
            Kind.TRUNCATED,
            "the count that send() returns is ignored",
        ),
        ("partial-send/slow-reader", Kind.LOST, "the rest of a short write is forgotten"),
        ("partial-send/stalled-reader", Kind.DUPLICATED, "the data is sent again from its start"),
        ("partial-send/stalled-reader", Kind.EARLY_CLOSE, "a client that reads slowly is dropped"),
    ],
)
def test_short_writes(check_id: str, kind: Kind, words: str) -> None:
    """The group that provokes them knows what they look like."""
    assert words in diagnosed(finding(kind, b"next", length=512), check_id=check_id).bug


# --- silence ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "length", "words", "sure"),
    [
        (Answers.AFTER_NEWLINE, 5, "waits for a newline", CERTAIN),
        (Answers.AFTER_END, 5, "answers only after the client has ended", CERTAIN),
        (Answers.AFTER_MORE, 5, "waits until a buffer is full", CERTAIN),
        (Answers.NEVER, 5, "never sends anything back", CERTAIN),
        (Answers.AT_ONCE, 2048, "after a read that fills its buffer", LIKELY),
        (Answers.AT_ONCE, 100, "something happened", POSSIBLE),
        (Answers.AT_ONCE, 3, "part of a message (3 bytes) is kept back until more", POSSIBLE),
        (Answers.UNKNOWN, 5, "something happened", POSSIBLE),
    ],
)
def test_silence(answers: Answers, length: int, words: str, sure: str) -> None:
    """A small experiment tells what the target waits for."""
    said = diagnosed(finding(Kind.NO_ECHO, length=length), answers=answers)
    assert words in said.bug
    assert said.confidence == sure


def asked(received: int) -> Trace:
    """Nothing came for a while, so the client ended its side; then the target did."""
    seen = ScriptTrace(sent=1000, received=received, asked=0.3, ending=Ending.FIN)
    return Trace(scripts=(seen,))


def test_what_does_not_come_when_it_is_asked_for() -> None:
    """It was not kept for later, whatever its size."""
    for length in (3, 1024, 100):
        found = finding(Kind.NO_ECHO, length=length)
        said = diagnosed(found, answers=Answers.AT_ONCE, trace=asked(1000 - length))
        assert "neither at once nor when the client had ended" in said.bug


# --- ends ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (finding(Kind.EARLY_CLOSE, received=0), "without sending anything back"),
        (finding(Kind.EARLY_CLOSE, received=512), "the reply stops after 512 bytes"),
        (finding(Kind.EARLY_CLOSE, received=1000), "after its first message"),
        (finding(Kind.TRUNCATED, received=0, length=1000), "the end comes together with the data"),
        (finding(Kind.TRUNCATED, received=512, length=488), "the server reads once"),
        (finding(Kind.TRUNCATED, received=700, length=300), "the last 300 bytes are dropped"),
        (finding(Kind.NO_END), "does not close the connection when the client has ended"),
    ],
)
def test_ends(found: Finding, words: str) -> None:
    """How many bytes came before the end says where the server left its loop."""
    said = diagnosed(found, check_id="shutdown/at-all")
    assert words in said.bug


def test_a_connection_that_ends_with_an_error() -> None:
    """The target has said why; that some client has gone is no reason."""
    found = finding(Kind.EARLY_CLOSE, received=0)
    said = diagnosed(found, output=TRACEBACK + "ValueError: no such user")
    assert "'ValueError: no such user'" in said.bug
    said = diagnosed(found, output=TRACEBACK + "ConnectionResetError: [Errno 104] reset by peer")
    assert "without sending anything back" in said.bug


def test_a_connection_that_ends_in_the_middle() -> None:
    """More came back than one read holds, so it is not the first that ends it."""
    long = one(Connect(), Send(Literal(b"x" * 200_000)))
    found = finding(Kind.EARLY_CLOSE, received=90_112, sent=200_000)
    assert "while the client goes on" in diagnosed(found, plan=long).bug
    cut = one(Connect(), Send(Literal(b"x" * 1000), cuts=(100,)))
    found = finding(Kind.EARLY_CLOSE, received=700, sent=1000)
    assert "while the client goes on" in diagnosed(found, plan=cut).bug


def test_a_client_that_was_not_slow_yet() -> None:
    """Whoever is dropped before the target stalls was not dropped for reading slowly."""
    found = finding(Kind.EARLY_CLOSE, b"next", received=700)
    plan = one(Connect(), Send(Literal(b"x" * 1000)), AwaitStall())
    for whats, words in (
        (("sent", "received"), "the client goes on"),
        (("sent", "target stalls", "received"), "a client that reads slowly is dropped"),
    ):
        said = diagnosed(
            msgspec.structs.replace(found, received=1001),
            check_id="partial-send/stalled-reader",
            plan=plan,
            trace=told_apart(*whats),
        )
        assert words in said.bug


def test_what_is_kept_back_and_what_is_dropped() -> None:
    """Whoever had time to answer before the half-close did not lose the bytes by it."""
    found = finding(Kind.TRUNCATED, received=700, length=300)
    kept = told_apart("sent", "received", "sent", "half-closed", "target closed (FIN)")
    bug = diagnosed(found, check_id="shutdown/at-all", trace=kept).bug
    assert "neither before the client half-closes (0.1 s) nor after it" in bug
    at_once = told_apart("sent", "received", "half-closed")
    assert "are dropped" in diagnosed(found, check_id="shutdown/at-all", trace=at_once).bug


def test_blocks_that_are_lost_under_pressure() -> None:
    """Where a reader holds back, or more is on its way than the system's buffers take."""
    holds_back = one(Connect(), StopReading(), Send(Literal(b"x" * 9000)), HalfClose())
    for plan, sent, length, sure in (
        (holds_back, 9000, 4096, LIKELY),
        (PLAN, 3_000_000, 1 << 19, POSSIBLE),
        (PLAN, 9000, 4096, None),
        (holds_back, 9000, 100, None),
    ):
        found = finding(Kind.LOST, length=length, sent=sent, received=sent - length)
        said = diagnosed(found, check_id="shutdown/lagging-reader", plan=plan)
        assert ("when the client reads slowly" in said.bug) is (sure is not None)
        assert said.confidence == (sure or POSSIBLE)


def test_what_waited_for_one_client_is_lost_when_another_resets() -> None:
    """Only where the connection was well when the client began to read again."""
    stays = (Connect(), StopReading(), Send(Literal(b"x" * 1000)), StartReading(), AwaitEcho())
    plan = side_by_side(stays, (Connect(), Reset()))
    for done, check_id, kind, sure in (
        (4, "resilience/reset-mid-echo", Kind.NO_ECHO, True),
        (4, "resilience/reset-mid-echo", Kind.TRUNCATED, True),
        (2, "resilience/reset-mid-echo", Kind.EARLY_CLOSE, False),
        (4, "resilience/reset-mid-echo", Kind.LOST, True),
        (4, "resilience/reset-mid-echo", Kind.CHANGED, False),
        (4, "identity/hello", Kind.NO_ECHO, False),
    ):
        trace = Trace(scripts=(ScriptTrace(done=done), ScriptTrace()))
        said = diagnosed(finding(kind), check_id=check_id, plan=plan, trace=trace)
        assert ("another has reset its connection" in said.bug) is sure


SIXTEEN = "65,536 bytes are lost: a length is kept"


def test_lengths_in_sixteen_bits() -> None:
    """Exactly 65,536 bytes are lost, though there was time to send them."""
    late = told_apart("sent", "received", "sent", "half-closed", "target closed (FIN)")
    at_once = told_apart("sent", "received", "half-closed")
    size = 1 << 16
    lost, cut, kept = Kind.LOST, Kind.TRUNCATED, Kind.NO_ECHO
    for kind, length, trace, said in (
        (lost, size, at_once, True),
        (lost, 2 * size, at_once, False),
        (lost, size + 1, at_once, False),
        (cut, size, late, True),
        (cut, size, at_once, False),
        (kept, size, asked(0), True),
        (kept, size, at_once, False),
    ):
        found = finding(kind, length=length, received=0)
        bug = diagnosed(found, check_id="chunking/uneven", trace=trace).bug
        assert (SIXTEEN in bug) is said, (kind, length)
    much = finding(lost, length=size, sent=3_000_000)
    assert SIXTEEN not in diagnosed(much, check_id="identity/long-stream").bug
    silent = diagnosed(finding(cut, length=size, received=0), trace=late, answers=Answers.NEVER)
    assert "never sends anything back" in silent.bug


def test_the_first_message_is_that_of_the_session() -> None:
    """Each script has its own; a connection closed after two messages is not told so."""
    two = in_turn(PLAN.scripts[0].steps, (Connect(), Send(Literal(b"a")), Send(Literal(b"b"))))
    found = finding(Kind.EARLY_CLOSE, session=1, sent=2, received=2)
    assert "after its first message" not in diagnosed(found, plan=two).bug
    found = finding(Kind.EARLY_CLOSE, session=1, sent=1, received=1)
    assert "after its first message" in diagnosed(found, plan=two).bug


def test_an_idle_client_that_is_closed() -> None:
    """A connection that ends after silence, not after a message, has met a time-out."""
    silent = ScriptTrace(
        timeline=(Moment(0.1, "sent", 20), Moment(0.1, "received", 20)),
        ending=Ending.FIN,
        ended=1.1,
    )
    found = finding(Kind.EARLY_CLOSE, received=20, sent=20)
    said = diagnosed(found, check_id="shutdown/idle-kept", trace=Trace(scripts=(silent,)))
    assert "reading has a time limit" in said.bug
    busy = msgspec.structs.replace(silent, timeline=(Moment(0.1, "sent", 20, 1.0),))
    said = diagnosed(found, check_id="shutdown/idle-kept", trace=Trace(scripts=(busy,)))
    assert "time limit" not in said.bug, "the client was not idle"


# --- whatever else ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_there_is_always_something_to_say(kind: Kind) -> None:
    """Whatever is known and whatever not: a bug and a hint, in sentences."""
    bare = Finding(kind=kind, breach=Breach.SAFETY, message="it went wrong")
    for found in (bare, finding(kind), finding(kind, b"\xff", b"\x7f", offset=0, window_start=0)):
        for hint in (HINT, ""):
            for answers in Answers:
                said = diagnosed(found, hint=hint, answers=answers)
                assert said.bug
                assert said.confidence in (CERTAIN, LIKELY, POSSIBLE)
                assert said.hint[:1].isupper()


def test_the_check_has_the_last_word() -> None:
    """Where no rule fits, the hint of the check is all there is."""
    said = diagnosed(finding(Kind.ORDER))
    assert said == Diagnosis(
        bug="something happened", hint="The check's own hint", confidence=POSSIBLE
    )


def test_every_rule_is_in_use() -> None:
    """No rule is there twice."""
    assert len(set(RULES)) == len(RULES)
