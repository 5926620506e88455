"""The source of a target speaks for a cause only where what was seen agrees."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from harness.diagnosis import Case, explain
from harness.diagnosis.rule import PLAIN
from harness.values.report import UNEXPLAINED
from harness.values.verdict import Kind
from tests.diagnosis.made import case, failed, found

SERVER = """\
while True:
    data = conn.recv(4096)
    if not data:
        break
    {}
    conn.sendall(data)
"""
LOCK = "lock.acquire(); count += 1; lock.release()"
LOST = failed("chunking/uneven", found(Kind.LOST, offset=7, message="1 byte is missing"))
DEAF = failed("sessions/no-leftovers", found(Kind.NO_ECHO, message="nothing came"))


def with_source(one: Case, line: str, name: str = "server.py") -> Case:
    return replace(one, sources=((name, SERVER.format(line)),), command=("python", name))


def ids(one: Case) -> Sequence[str]:
    return [cause.id for cause in explain(one).causes]


def test_what_no_rule_explains_is_put_down_to_a_line_that_fits() -> None:
    """And the line is shown."""
    one = with_source(case(LOST), "if data == last: continue")
    assert ids(case(LOST)) == [UNEXPLAINED]
    cause = explain(one).causes[0]
    assert cause.id == "repetitions-dropped"
    assert cause.evidence[-1] == "Look at server.py, line 5: if data == last: continue"


@pytest.mark.parametrize("line", ["if data == magic: continue", "pass"])
def test_without_such_a_line_it_stays_unexplained(line: str) -> None:
    """Nothing is guessed."""
    assert ids(with_source(case(LOST), line)) == [UNEXPLAINED]


@pytest.mark.parametrize(("kind", "told"), [(Kind.CHANGED, True), (Kind.NO_ECHO, False)])
def test_who_only_stands_still_has_no_ring_that_goes_wrong(kind: Kind, told: bool) -> None:
    """Many a program counts modulo something; what came is right, and then nothing comes."""
    one = case(failed("identity/long-stream", found(kind, offset=9, message="it goes wrong")))
    assert ("ring-wrap" in ids(with_source(one, "at = (at + n) % size"))) is told


def test_a_line_that_fits_nothing_that_was_seen_says_nothing() -> None:
    """A lock that is not given back loses no byte."""
    assert ids(with_source(case(LOST), LOCK)) == [UNEXPLAINED]
    assert ids(with_source(case(DEAF), LOCK)) == ["lock-kept"]


def test_white_space_that_is_stripped_from_the_one_line_that_is_answered() -> None:
    """Beside a bug that ends each connection early the answers foretell too little; that a message
    begins too late and strip() is called is enough to say that it is possible."""
    edge = failed("identity/edge-whitespace", found(Kind.LOST, offset=0, length=2))
    hello = failed("identity/hello", found(Kind.LOST, offset=0, length=2))
    assert ids(with_source(case(edge), "data = data.strip()")) == ["strips-whitespace"]
    assert ids(with_source(case(edge), "pass")) == [UNEXPLAINED]
    assert "strips-whitespace" not in ids(with_source(case(edge, hello), "data = data.strip()"))


def test_a_pass_excludes_it() -> None:
    """A byte 0xFF that was echoed is no telnet command."""
    line = "if data[0] == 255: continue"
    assert ids(with_source(case(LOST), line)) == ["telnet"]
    assert ids(with_source(case(LOST, passed={"identity/telnet-bytes"}), line)) == [UNEXPLAINED]


@pytest.mark.parametrize("line", ["if data == last: continue", "if n % 7 == 0: continue"])
def test_what_counts_messages_cannot_spare_those_who_send_many(line: str) -> None:
    """A failure that only certain bytes make is no matter of their number."""
    content = failed("identity/telnet-bytes", found(Kind.LOST, offset=7, message="1 is missing"))
    assert ids(with_source(case(content), line)) == [UNEXPLAINED]


def test_the_language_of_each_file_counts() -> None:
    """A file of another language is read as that."""
    line = "uint8_t used = n;"
    assert ids(with_source(case(LOST), line, "server.c")) == ["counter-wraps"]
    assert ids(with_source(case(LOST), line, "notes.txt")) == [UNEXPLAINED]


def test_one_plan_is_too_little_to_name_a_bug() -> None:
    """A search performs plans only: what to do is to ask all checks, which may know the bug."""
    plan = failed("fuzz/plans", found(Kind.LOST, offset=7, message="1 byte is missing"))
    alone = replace(case(plan), passed=frozenset())
    assert explain(alone).causes[0].hint.startswith("Run 'echo-harness check' on the same server")
    assert explain(case(LOST)).causes[0].hint.startswith("Read the timeline")


def test_where_a_part_was_checked_a_line_needs_what_its_bug_always_breaks() -> None:
    """A check of something else alone does not speak for it."""
    line = "if data[0] == 255: continue"
    part = replace(with_source(case(LOST), line), passed=frozenset())
    assert ids(part) == [UNEXPLAINED]


def test_a_representation_breaks_a_greeting() -> None:
    """Who echoes plain words has not sent what shows their bytes."""
    line = "data = str(data).encode()"
    broken = failed("identity/every-byte-value", found(Kind.CHANGED, offset=7))
    assert ids(with_source(case(broken), line)) == [UNEXPLAINED]
    plain = [failed(i, found(Kind.CHANGED, offset=7)) for i in PLAIN]
    assert ids(with_source(case(broken, *plain), line)) == ["representation-sent"]


# --- what is only a place to look at ------------------------------------------------------------

SERVER_JS = "const net = require('net');\n{}\nsocket.pipe(socket);\n"
CUT = failed("sessions/no-leftovers", found(Kind.EARLY_CLOSE, message="it ended too early"))
UNEVEN = failed("chunking/uneven", found(Kind.EARLY_CLOSE, message="it ended too early"))


def in_js(one: Case, *lines: str) -> Case:
    text = SERVER_JS.format("\n".join(lines))
    return replace(one, sources=(("server.js", text),), command=("node", "server.js"))


def places(one: Case) -> tuple[str, ...]:
    """What the evidence of the one cause says, which nothing explains."""
    (told,) = explain(one).causes
    assert told.id == UNEXPLAINED
    return told.evidence


def test_a_line_that_many_servers_have_is_no_cause_and_is_shown() -> None:
    """Nothing explains what was seen, and the line that fits is told as a place to look at."""
    assert places(case(CUT)) == ()
    assert places(in_js(case(CUT), "server.on('error', log);", "server.close();")) == (
        "Line 3 of server.js may have something to do with it, or not: server.close();",
    )


def test_a_line_that_does_not_fit_what_was_seen_is_not_shown() -> None:
    """A listener that is closed loses no byte."""
    assert places(in_js(case(LOST), "server.close();")) == ()


def test_two_places_are_shown_at_most() -> None:
    """Each line may have something to do with it; a long list of them helps nobody."""
    lines = (
        "server.close();",
        "setTimeout(() => socket.destroy(), 500);",
        "if (clients.size >= 5) return;",
    )
    for n, line in enumerate(lines):
        assert places(in_js(case(CUT), line)) == (
            f"Line 2 of server.js may have something to do with it, or not: {line}",
        ), n
    assert len(places(in_js(case(CUT), *lines))) == 2


def test_what_fits_more_failures_is_shown_first() -> None:
    """A limit of time may end all of them, a closed listener only those of several clients."""
    lines = ("server.close();", "setTimeout(() => socket.destroy(), 500);")
    told = places(in_js(case(CUT, UNEVEN), *lines))
    assert [line.partition(" of ")[0] for line in told] == ["Line 3", "Line 2"]


@pytest.mark.parametrize(("passed", "shown"), [((), True), (("chunking/byte-by-byte",), False)])
def test_a_place_that_a_pass_excludes_is_not_shown(passed: Sequence[str], shown: bool) -> None:
    """Many single reads went well: no number of reads ends a connection."""
    told = places(in_js(case(UNEVEN, passed=passed), "if (count > 20) return;"))
    assert bool(told) is shown


def test_what_a_cause_explains_needs_no_other_place() -> None:
    """Places are for what stays open."""
    one = with_source(case(LOST), "if data == last: continue; server.close()")
    assert not any("or not:" in said for said in explain(one).causes[0].evidence)


def test_what_is_doubted_is_not_told_in_other_words() -> None:
    """A cause that leaves far more open than it explains is no place to look at, either."""
    waits = [
        failed(f"sessions/{i}", found(Kind.NO_ECHO)) for i in ("queue", "churn", "no-leftovers")
    ]
    moved = failed("chunking/uneven", found(Kind.REORDERED, offset=7))
    line = "Thread(target=answer, args=(conn, data)).start()"
    assert ids(with_source(case(moved), line)) == ["answers-overtake"]
    assert places(with_source(case(moved, *waits), line)) == ()


# --- rows that need more than their line --------------------------------------------------------

BYTES = failed("chunking/byte-by-byte", found(Kind.LOST, offset=7, message="1 byte is missing"))
NTH = "n += 1\n    if n % 7 == 0: continue"


def test_a_read_that_is_treated_otherwise_shows_where_single_bytes_are_sent() -> None:
    """There are hundreds of reads in a row: none of them was treated otherwise if all came back."""
    assert ids(with_source(case(BYTES), NTH)) == ["every-nth-read"]
    assert ids(with_source(case(BYTES, LOST), NTH)) == ["every-nth-read"]
    passed = case(LOST, passed={"chunking/byte-by-byte"})
    assert ids(with_source(passed, NTH)) == [UNEXPLAINED]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Kind.REORDERED, "answers-overtake"),
        (Kind.FOREIGN, "answers-overtake"),
        (Kind.LOST, UNEXPLAINED),
        (Kind.CHANGED, UNEXPLAINED),
    ],
)
def test_a_task_for_each_read_puts_pieces_in_another_order(kind: Kind, told: str) -> None:
    """It neither loses nor changes any."""
    one = case(failed("chunking/uneven", found(kind, offset=7)))
    line = "Thread(target=answer, args=(conn, data)).start()"
    assert ids(with_source(one, line)) == [told]


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ("shutdown/flushes-everything", True),
        ("chunking/prompt", False),
        ("chunking/byte-by-byte", False),
        ("chunking/cumulative", False),
        ("identity/hello", False),
    ],
)
def test_output_is_dropped_only_where_it_has_to_wait(beside: str, told: bool) -> None:
    """Where messages that wait for their answers are lost as well there is another bug."""
    lost = [failed(i, found(Kind.LOST, offset=7)) for i in ("partial-send/slow-reader", beside)]
    one = with_source(case(*lost), "out = collections.deque(maxlen=9)")
    assert ("stalled-output-dropped" in ids(one)) is told


def test_nothing_is_dropped_where_all_came() -> None:
    """Only the end is missing: a buffer with a limit has lost nothing."""
    ids_of_pace = ("partial-send/slow-reader", "shutdown/flushes-everything")
    open_ones = [failed(i, found(Kind.NO_END, sent=9, received=9)) for i in ids_of_pace]
    one = with_source(case(*open_ones), "out = collections.deque(maxlen=9)")
    assert "stalled-output-dropped" not in ids(one)


def test_a_handler_that_is_called_holds_up_whoever_comes() -> None:
    """Also where one client stays while others break off: all is one bug."""
    line = "threading.Thread(target=handle(conn)).start()"
    ids_ = ("sessions/simultaneous", "resilience/reset-idle", "shutdown/after-echo")
    one = case(*(failed(i, found(Kind.NO_ECHO, message="nothing came")) for i in ids_))
    told = [c for c in explain(with_source(one, line)).causes if c.id != UNEXPLAINED]
    assert [(c.id, set(c.explains)) for c in told] == [("thread-called-not-started", set(ids_))]
