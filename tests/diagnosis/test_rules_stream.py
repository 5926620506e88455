"""Bugs of reading, text and limits are recognised in what servers that have them answer.

Each server is a function, so that buffers of any size and limits of any number can be tried: what
is recognised is the bug, and not one program that has it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from harness.contract.catalogue import CHECKS
from harness.contract.check import Context
from harness.diagnosis import Case, Evidence, explain, wanted
from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import Fact, Observed
from harness.diagnosis.facts_stream import WHOLE, messages_of
from harness.diagnosis.read_sizes import SURE_READ
from harness.diagnosis.rules.sizes import too_large
from harness.values import plan as p
from harness.values.report import UNEXPLAINED
from harness.values.trace import Ending, ScriptTrace, Trace
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.diagnosis.made import case, talked
from tests.diagnosis.simulated import LARGE, Server, case_of, each, until


def ids(case: Case) -> list[str]:
    """Of the causes that it is put down to; none for what is unexplained."""
    return [cause.id for cause in explain(case).causes if cause.id != UNEXPLAINED]


def total(reads: Sequence[bytes]) -> int:
    return sum(map(len, reads))


def off_by_one(size: int, instead: bytes = b"") -> Server:
    return each(lambda r: r[:-1] + instead if len(r) == size else r)


def rest_lost(size: int) -> Server:
    """What is there behind a full read is drained; so a message is one full read at most."""

    def server(reads: Sequence[bytes]) -> tuple[bytes, bool]:
        out, draining = b"", False
        for read in reads:
            out += b"" if draining else read
            draining = len(read) == size
        return out, False

    return server


def after(answer: Server, stop: int) -> Server:
    """Nothing is answered any more after ``stop`` reads, and the connection is left open."""
    return lambda reads: answer(reads[:stop])


def whole_pieces(size: int) -> Server:
    """A longer read is cut into pieces, and the last, shorter one is forgotten."""
    return each(lambda r: r if len(r) <= size else r[: len(r) // size * size])


def held(reads: Sequence[bytes]) -> tuple[bytes, bool]:
    """The beginning of a character waits for its end."""
    whole = b"".join(reads)
    for cut in range(min(3, len(whole)), 0, -1):
        tail = whole[-cut:]
        lead = tail[0]
        wanted = (
            1
            if lead > 0xF4
            else 4
            if lead >= 0xF0
            else 3
            if lead >= 0xE0
            else 2
            if lead >= 0xC2
            else 1
        )
        if wanted > cut and all(0x80 <= v < 0xC0 for v in tail[1:]):
            return whole[:-cut], False
    return whole, False


def undecodable(reads: Sequence[bytes]) -> bool:
    try:
        reads[-1].decode()
    except UnicodeDecodeError:
        return True
    return False


echo: Server = lambda reads: (b"".join(reads), False)  # noqa: E731


def in_groups_of(size: int) -> Server:
    """What is left over waits until more comes."""
    return lambda reads: (b"".join(reads)[: total(reads) // size * size], False)


def ring_of(size: int) -> Server:
    """The first bytes of each turn but the first are wrong."""

    def answer(reads: Sequence[bytes]) -> tuple[bytes, bool]:
        sent = bytearray(b"".join(reads))
        for start in range(size, len(sent), size):
            sent[start : start + 20] = bytes(b ^ 1 for b in sent[start : start + 20])
        return bytes(sent), False

    return answer


READS: list[tuple[str, Server, int]] = [
    *(("single-read", until(lambda r: True), n) for n in (100, 1024, 4096, 65536)),
    *(
        ("short-read-is-end", until(lambda r, n=n: len(r[-1]) < n), n)  # type: ignore[misc]
        for n in (1024, 4096)
    ),
    *(
        ("full-read-is-end", until(lambda r, n=n: len(r[-1]) == n, answers=yes), n)  # type: ignore[misc]
        for n in (1024, 2048, 4096)
        for yes in (False, True)
    ),
    *(("off-by-one-at-full-read", off_by_one(n), n) for n in (1000, 1024, 4096, 8192)),
    *(("off-by-one-at-full-read", off_by_one(n, b"\0"), n) for n in (1024, 4096)),
    *(("full-read-lost", rest_lost(n), n) for n in (1024, 4096)),
    *(("full-read-lost", each(lambda r, n=n: b"" if len(r) == n else r), n) for n in (1024, 4096)),  # type: ignore[misc]
    *(
        ("full-read-lost", each(lambda r, n=n: r[: n // 2] if len(r) == n else r), n)  # type: ignore[misc]
        for n in (4096, 16_384)
    ),
    *(("reads-quota", until(lambda r, n=n: len(r) > n, answers=False), 4096) for n in (3, 10, 100)),  # type: ignore[misc]
    *(
        ("bytes-quota", lambda r, n=n: (b"".join(r)[:n], total(r) >= n), 1024)  # type: ignore[misc]
        for n in (5000, 10_000, 100_000)
    ),
    ("exact-size", until(lambda r: len(r[-1]) == 1, answers=False), 4096),
    ("exact-size", each(lambda r: b"" if len(r) == 5 else r), 4096),
    ("message-size-limit", each(lambda r: r[:1000]), 4096),
    ("message-size-limit", until(lambda r: len(r[-1]) > 1200, answers=False), 4096),
    ("counter-wraps", lambda r: (b"".join(r)[:65536], total(r) >= 65536), 1024),
    ("counter-wraps", each(lambda r: r[: len(r) % 256]), 300),
    ("counter-wraps", until(lambda r: not total(r) % 65536, answers=False), 1024),
    ("rest-of-read-discarded", whole_pieces(1000), 16_000),
    ("rest-of-read-discarded", whole_pieces(512), 8000),
    ("ring-wrap", lambda r: (b"".join(r)[:65530] + b"".join(r)[65536:], False), 1024),
    ("ring-wrap", lambda r: (b"".join(r)[:20_000] + b"".join(r)[20_500:], False), 1024),
    ("ring-wrap", ring_of(5000), 4096),
    ("short-message-refused", until(lambda r: len(r[-1]) < 12, answers=False), 4096),
    ("buffer-not-filled", each(lambda r: bytes(len(r))), 4096),
    *(("partial-held-back", in_groups_of(n), 4096) for n in (2, 4)),
    ("sent-twice", each(lambda r: r + r[1024:]), 1500),
]
BYTES: list[tuple[str, Server, int]] = [
    *(("partial-held-back", held, n) for n in (1024, 4096)),
    ("signed-char-is-end", until(lambda r: 0xFF in r[-1], answers=False), 1024),
    *(
        ("magic-byte", until(lambda r, v=v: v in r[-1], answers=False), 1024)  # type: ignore[misc]
        for v in (0x03, 0x04, 0x1A)
    ),
    ("magic-byte", until(lambda r: r[-1] == b"\x04", answers=False), 1024),
    ("magic-word", until(lambda r: r[-1].strip() == b"quit", answers=False), 1024),
    ("magic-word", until(lambda r: r[-1].strip() == b"exit"), 1024),
    ("magic-word", each(lambda r: b"PONG" if r.strip() == b"ping" else r), 1024),
    ("magic-word", each(lambda r: b"HTTP/1.0 200 OK\r\n\r\n" if r[:3] == b"GET" else r), 1024),
    ("decodes-text", until(undecodable, answers=False), 1024),
    ("banner", lambda reads: (b"Welcome!\n" + b"".join(reads), False), 1024),
    ("prefix-or-suffix", each(lambda r: b"Echo: " + r), 4096),
    ("prefix-or-suffix", each(lambda r: r + b"\n"), 4096),
    ("prefix-or-suffix", each(lambda r: b"<" + r + b">"), 4096),
    ("prefix-or-suffix", each(lambda r: len(r).to_bytes(4, "big") + r), 4096),
    ("prefix-or-suffix", each(lambda r: len(r).to_bytes(2, "little") + r), 4096),
    ("constant-answer", each(lambda r: b"OK\n"), 4096),
    ("constant-answer", each(lambda r: b"hello, client"), 4096),
    ("format-string", until(lambda r: b"%" in r[-1], answers=False), 1024),
    ("escapes-interpreted", each(lambda r: r.replace(b"${HOME}", b"/root")), 1024),
    ("reads-never", lambda reads: (b"", False), 1024),
]


def named(value: object) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("cause", "server", "buffer"), READS, ids=named)
def test_what_a_read_decides_is_recognised(cause: str, server: Server, buffer: int) -> None:
    """The first cause that is named is the bug of the server, whatever the size of its buffer."""
    found = explain(case_of(server, buffer, LARGE)).causes
    assert [c.id for c in found][:1] == [cause], [(c.id, c.bug, c.explains) for c in found]


@pytest.mark.parametrize(("cause", "server", "buffer"), BYTES, ids=named)
def test_what_a_byte_or_a_word_decides_is_recognised(
    cause: str, server: Server, buffer: int
) -> None:
    """The first cause that is named is the bug of the server, whatever byte or word it looks at."""
    found = explain(case_of(server, buffer)).causes
    assert [c.id for c in found][:1] == [cause], [(c.id, c.bug, c.explains) for c in found]


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        (Answers.AFTER_NEWLINE, "waits-for-newline"),
        (Answers.AFTER_END, "waits-for-end"),
        (Answers.NEVER, "reads-never"),
        (Answers.AT_ONCE, None),
    ],
)
def test_who_waits_is_told_what_for(answers: Answers, cause: str | None) -> None:
    """Nothing comes at once: what was found to help says the bug."""
    case = case_of(lambda reads: (b"", False), answers=answers)
    assert ids(case) == ([cause] if cause else [])


@pytest.mark.parametrize(("bad", "told"), [("late", []), ("nothing", ["waits-for-newline"])])
def test_who_answers_a_message_when_a_later_one_has_come_reads_no_lines(
    bad: str, told: list[str]
) -> None:
    """Neither of the two had a newline: that one came at the same time was luck."""
    row = Observed("messages", {"first_bad": 1, "bad": bad, "cut": True}, "It was tried.")
    silent = case_of(lambda reads: (b"", False), observed=[row], answers=Answers.AFTER_NEWLINE)
    assert ids(silent) == told


@pytest.mark.parametrize(
    ("right", "how", "words"),
    [
        (65_535, "ends", "and it ends the connection at the first line longer than 65,535 bytes"),
        (65_535, "nothing", "and it never answers a line longer than 65,535 bytes"),
        (65_000, "ends", "and it ends the connection at the first line longer than some 65,000 "),
        (0, "", ""),
    ],
)
def test_how_long_a_line_may_be_is_told_with_who_waits_for_it(
    right: int, how: str, words: str
) -> None:
    """As far as it was tried; the connections that ended there are explained with it."""
    wrong = 65_536 if right else 0
    lines = Observed("lines", {"right": right, "wrong": wrong, "how": how}, "It was tried.")
    case = case_of(
        lambda reads: (b"", sum(map(len, reads)) > 65_536),
        observed=[lines],
        answers=Answers.AFTER_NEWLINE,
        checks=LARGE,
    )
    first = explain(case).causes[0]
    assert first.id == "waits-for-newline"
    assert words in first.bug
    assert ("line longer than" in first.bug) is bool(right)
    assert ("identity/long-stream" in first.explains) is bool(right)


@pytest.mark.parametrize(("unit", "named"), [(1000, True), (8192, False)])
def test_a_full_buffer_is_told_from_one_that_is_not_flushed(unit: int, named: bool) -> None:
    """A library that collects what is written has such a size too: then nothing is said."""
    seen = Observed(
        "answers", {"when": Answers.AFTER_MORE, "unit": unit}, "It waits.", special=True
    )
    case = case_of(lambda r: (b"", False), observed=[seen], answers=Answers.AFTER_MORE)
    causes = ids(case)
    assert causes == (["waits-for-full-buffer"] if named else [])


def test_what_was_tried_is_told_once() -> None:
    """A rule that goes by an experiment does not repeat its sentence as evidence."""
    facts: dict[str, Fact] = {"when": Answers.AFTER_MORE, "unit": 1000}
    seen = Observed("answers", facts, "It waits.", special=True)
    case = case_of(lambda r: (b"", False), observed=[seen], answers=Answers.AFTER_MORE)
    (cause,) = explain(case).causes
    assert (cause.experiments, cause.evidence) == (("It waits.",), ())


@pytest.mark.parametrize(("at", "cause"), [(4096, "waits-for-full-buffer"), (8192, "not-flushed")])
def test_a_block_that_is_full_is_answered_by_who_reads_blocks(at: int, cause: str) -> None:
    """A library that collects what is written keeps a full buffer until more is written."""
    facts: dict[str, Fact] = {"when": Answers.AFTER_MORE, "unit": 4096, "at": at, "sent": 65_536}
    seen = Observed("answers", facts, "It waits.", special=True)
    case = case_of(lambda r: (b"", False), observed=[seen], answers=Answers.AFTER_MORE)
    assert [c.id for c in explain(case).causes] == [cause]


def test_answers_that_come_one_message_late() -> None:
    """With the second message comes the answer to the first."""
    facts: dict[str, Fact] = {"when": "after a second message", "sent": 10, "first": 5}
    seen = Observed("answers", facts, "It waits.", special=True)
    case = case_of(
        lambda r: (b"".join(r[:-1]), False),
        4096,
        LARGE,
        observed=[seen],
        answers=Answers.AFTER_MORE,
    )
    assert [c.id for c in explain(case).causes][:1] == ["one-behind"]


@pytest.mark.parametrize("count", [3, 7, 11])
def test_a_read_that_is_treated_otherwise_is_counted(count: int) -> None:
    """Each so-many-th read loses its last byte, whatever its size."""

    def server(reads: Sequence[bytes]) -> tuple[bytes, bool]:
        told = [r[:-1] if not (i + 1) % count else r for i, r in enumerate(reads)]
        return b"".join(told), False

    causes = explain(case_of(server, 4096, LARGE)).causes
    assert [c.id for c in causes] == ["every-nth-read"]
    assert f"read {count:,} of a connection" in causes[0].bug


def test_a_whole_buffer_for_each_read() -> None:
    """However short the messages were: of several reads come several buffers."""
    causes = explain(
        case_of(lambda reads: (b"".join(r.ljust(256, b"\0") for r in reads), False), 256)
    )
    assert [c.id for c in causes.causes][:1] == ["stale-buffer"]
    assert "256 bytes" in causes.causes[0].bug


def test_a_limit_that_single_bytes_reach_is_one_of_reads() -> None:
    """One check that counts to a round number is enough, where more bytes pass elsewhere."""
    server = until(lambda r: len(r) > 100, answers=False)
    case = case_of(server, 4096, ("chunking/byte-by-byte", "identity/long-stream"))
    assert [c.id for c in explain(case).causes] == ["reads-quota"]
    assert "messages" in wanted(case)


def test_the_byte_that_an_experiment_has_found_is_named() -> None:
    """Several bytes may be the one; what was tried tells which."""
    server = until(lambda r: 0x1B in r[-1], answers=False)
    assert not ids(case_of(server))
    seen = Observed("bytes", {"ends": [0x1B]}, "0x1B alone ends the connection.", special=True)
    (cause,) = explain(case_of(server, observed=[seen])).causes
    assert cause.id == "magic-byte"
    assert "0x1B" in cause.bug
    assert cause.experiments == (seen.said,)


def test_a_read_that_ends_after_eof_is_left_to_others() -> None:
    """Who says that it has closed the connection itself does not read only once."""
    case = case_of(until(lambda r: True))
    first, *rest = case.failures
    said = msgspec.structs.replace(first, output="OSError: [Errno 9] Bad file descriptor")
    case = msgspec.structs.replace(case, failures=(said, *rest))
    assert "single-read" not in [c.id for c in explain(case).causes]


def test_two_bugs_are_both_named() -> None:
    """A full read loses its last byte, and what follows a NUL byte is lost."""
    server = each(lambda r: (r[:-1] if len(r) == 1024 else r).split(b"\0")[0])
    found = explain(case_of(server, 1024, LARGE))
    assert {c.id for c in found.causes} == {"off-by-one-at-full-read", "cut-at-nul"}
    assert all(said.cause is not None for said in found.diagnoses.values())


@pytest.mark.parametrize(("limit", "told"), [(2_097_152, True), (2_097_003, False)])
def test_one_long_stream_tells_a_quota(limit: int, told: bool) -> None:
    """A round number of bytes ended it; what other clients had not read was lost with the reset."""
    plan = p.one(p.Connect(), p.Send(p.Random(1, 3 * 2**20)), p.AwaitEcho(), p.HalfClose())
    cut = ScriptTrace(
        sent=3 * 2**20, received=400_000, echoed=400_000, ending=Ending.RST, timeline=()
    )
    lost = Finding(
        Kind.EARLY_CLOSE,
        Breach.SAFETY,
        "it ended",
        0,
        offset=400_000,
        sent=3 * 2**20,
        received=400_000,
    )
    evidence = Evidence(
        "identity/long-stream", "", Profile.CONCURRENT, plan, Trace(scripts=(cut,)), (lost,)
    )
    seen = Observed("cumulative", {"far_at": [limit], "ended": True, "by": ""}, "", special=True)
    case = Case(Profile.CONCURRENT, (evidence,), frozenset({"identity/hello"}), observed=(seen,))
    assert ("bytes-quota" in ids(case)) is told


def test_what_a_dying_server_leaves_is_no_gap() -> None:
    """A short message that was lost with the process says nothing about full reads."""
    case = case_of(each(lambda r: b"" if len(r) == 4096 else r), 4096, LARGE)
    assert ids(case) == ["full-read-lost"]
    hello = next(e for e in case_of(each(lambda r: b""), 4096).failures)
    died = msgspec.structs.replace(hello.first, kind=Kind.DIED, session=None)
    fallen = msgspec.structs.replace(hello, check_id="sessions/churn", findings=(hello.first, died))
    both = msgspec.structs.replace(case, failures=(*case.failures, fallen))
    assert ids(both)[0] == "full-read-lost"


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        ((), True),
        (("chunking/exact-read-then-end",), False),
        (("identity/every-byte-value",), True),
    ],
)
def test_a_size_is_no_reason_where_as_many_bytes_came_back(
    passed: tuple[str, ...], told: bool
) -> None:
    """Messages of 10 bytes are answered and those of 300 are not: that is no matter of the size, if
    65,536 bytes came back elsewhere; 256 say nothing."""
    writes = [b"0123456789", bytes(range(1, 151)) * 2]
    checks = ("shutdown/after-echo", "shutdown/orderly")
    one = case(*(talked(i, writes, writes[0]) for i in checks), passed=passed)
    assert (too_large(one) is not None) is told


def test_sizes_that_checks_are_said_to_send_are_sent() -> None:
    """Each of them has a message of that size, which is all there when it is read."""
    for check in CHECKS:
        if check.id in WHOLE:
            scripts = check.plan(Context(profile=Profile.SEQUENTIAL)).scripts
            messages = (m for s in scripts for m in messages_of(s))
            sizes = [m.size for m in messages if m.exact or m.size <= SURE_READ]
            assert max(sizes) >= WHOLE[check.id]
