"""What stays in a buffer, has no place in a queue, or stands in another's place; and who closes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from harness.diagnosis import Case, Evidence, explain
from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import Fact
from harness.diagnosis.facts_stream import bad_sessions
from harness.diagnosis.foretold import Read
from harness.diagnosis.rule import PLAIN
from harness.diagnosis.rules.waiting import printed
from harness.values.payload import Random, materialise
from harness.values.plan import AwaitEcho, Connect, HalfClose, Literal, Plain, Send, one
from harness.values.trace import Ending
from harness.values.verdict import Kind, Profile
from tests.diagnosis.made import case, causes, ended, failed, found, seen, talked
from tests.diagnosis.simulated import Server, case_of, each, until
from tests.diagnosis.test_rules_state import FOREIGN, evidence, finding

STREAM = ("identity/long-stream", "chunking/uneven", "shutdown/flushes-everything")
STALLED, SLOW = "partial-send/stalled-reader", "partial-send/slow-reader"
PROMPT = ("chunking/prompt", "chunking/read-boundary")


def noise(size: int, seed: int = 1) -> bytes:
    return materialise(Random(seed, size))


def flow(check_id: str, kind: Kind, sent: int, good: int, length: int, **facts: object) -> Evidence:
    """A stream of which ``good`` bytes came right; then ``length`` are wrong."""
    plan = one(Connect(), Send(Plain(seed=1, size=sent)), AwaitEcho(), HalfClose())
    got = seen(f"0.1 sent {sent}; 0.2 received {good}", echoed=good, **facts)
    wrong = found(kind, sent=sent, received=got.received, offset=good, length=length)
    return failed(check_id, wrong, got, plan=plan)


# --- answers that wait in a buffer ----------------------------------------------------------------


def waiting(check_id: str, sent: int, good: int) -> Evidence:
    return flow(check_id, Kind.NO_ECHO, sent, good, sent - good, ending=Ending.OPEN)


LATE = [
    waiting("chunking/prompt", 5, 0),
    waiting("sessions/one-after-another", 100, 0),
    waiting(SLOW, 98_000, 65_536),
    waiting(STALLED, 9_437_184, 9_414_266),
]


def test_what_was_sent_last_stays_in_a_buffer() -> None:
    """Megabytes come while the connection is open, and the end brings the rest."""
    assert causes(case(*LATE, passed=STREAM)) == ["not-flushed"]


@pytest.mark.parametrize(
    ("late", "passed"),
    [(LATE[:2], STREAM), (LATE, STREAM[1:]), ((*LATE[:2], waiting(SLOW, 900_000, 65_536)), STREAM)],
    ids=["nothing comes before", "the end brings nothing", "far too much"],
)
def test_what_is_no_buffer(late: Sequence[Evidence], passed: Sequence[str]) -> None:
    """Of a server that never sends anything before the end, that loses it, or that has stopped."""
    assert "not-flushed" not in causes(case(*late, passed=passed))


def test_some_of_it_came_before_the_end() -> None:
    """Then the server does not read all until the end, whatever one experiment has shown."""
    after = {"when": "after the end", "sent": 65_536, "first": 65_536}
    assert causes(case(*LATE, passed=STREAM, answers=after)) == ["not-flushed"]
    assert causes(case(*LATE[:2], passed=STREAM, answers=after)) == ["waits-for-end"]


# --- a part of what waits ------------------------------------------------------------------------


def at_most(part: int) -> Server:
    """Sends only so many bytes after each read."""

    def server(reads: Sequence[bytes]) -> tuple[bytes, bool]:
        sent = came = 0
        for data in reads:
            came += len(data)
            sent += min(part, came - sent)
        return b"".join(reads)[:sent], False

    return server


@pytest.mark.parametrize("part", [1024, 4096])
def test_only_a_part_goes_out_after_each_read(part: int) -> None:
    """Nothing is lost, as the end brings it: the rest waits until more comes."""
    one_part = case_of(at_most(part), 65536, (*PLAIN, *PROMPT))
    assert {e.check_id for e in one_part.failures} == {*PROMPT}
    at_end = msgspec.structs.replace(one_part, passed=one_part.passed | {*STREAM})
    assert causes(at_end) == ["partial-held-back"]
    assert f"at most {part:,} bytes" in explain(at_end).causes[0].bug


@pytest.mark.parametrize(("sizes", "told"), [((1024, 3000), ["not-flushed"]), ((1024, 2048), [])])
def test_messages_from_a_size_on_wait_for_more(sizes: tuple[int, int], told: list[str]) -> None:
    """They are collected, and sent with what follows; after full reads only it is another bug."""
    ids = ("chunking/prompt", "chunking/read-boundary", "sessions/slow-client-aside", "fuzz/x")
    late = [waiting(i, sizes[n % 2], 0) for n, i in enumerate(ids)]
    named = causes(case(*late, passed=STREAM))
    assert [one for one in named if one == "not-flushed"] == told


def test_where_the_end_brings_nothing_the_rest_is_lost() -> None:
    """Then it is not kept until more comes."""
    lost = case_of(at_most(4096), 65536, (*PLAIN, *PROMPT))
    both = case(*lost.failures, flow(STREAM[0], Kind.LOST, 200_000, 4096, 4096))
    assert "partial-held-back" not in causes(both)


# --- a limit that is looked at between reads ------------------------------------------------------

COUNTED = {
    "identity/long-stream": 105_536,
    "identity/counter": 106_164,
    "chunking/cumulative": 100_128,
    STALLED: 100_000,
    SLOW: 100_000,
}


def counted(**other: int) -> Case:
    """Each connection stands still when so many bytes had come back."""
    stops = {**COUNTED, **{name.replace("_", "/", 1): n for name, n in other.items()}}
    return case(
        *(
            flow(i, Kind.NO_ECHO, 400_000, good, 400_000 - good, ending=Ending.OPEN)
            for i, good in stops.items()
        )
    )


def test_at_least_so_many_bytes() -> None:
    """A round number of bytes is what each connection gets, and less than a read more."""
    told = explain(counted()).causes[0]
    assert told.id == "bytes-quota"
    assert told.bug.startswith("after 100,000 bytes on a connection the server stops answering")


@pytest.mark.parametrize("good", [99_000, 300_000], ids=["less", "far more"])
def test_a_connection_that_gets_another_number_of_bytes(good: int) -> None:
    """Then it is no limit."""
    assert "bytes-quota" not in causes(counted(chunking_uneven=good))


# --- queues ---------------------------------------------------------------------------------------

QUEUED = (STALLED, SLOW, "identity/counter", "chunking/cumulative", "chunking/byte-by-byte")


def dropped(check_id: str, good: int = 131_072) -> Evidence:
    """On each connection it begins elsewhere."""
    at = good + 3001 * len(check_id)
    return flow(check_id, Kind.LOST, 2_000_000, at, at // 20, surplus=b"later bytes")


def test_what_has_no_place_in_a_queue_is_lost() -> None:
    """Pieces are missing where much is under way, of small messages too."""
    full = case(*map(dropped, QUEUED), passed=PROMPT)
    assert causes(full) == ["stalled-output-dropped"]


def test_what_is_lost_at_once_is_no_queue() -> None:
    """The first read that comes while one is answered would have had its place."""
    early = [dropped(i, good=-50_000) for i in QUEUED]
    assert "stalled-output-dropped" not in causes(case(*early, passed=PROMPT))
    assert "stalled-output-dropped" not in causes(case(*map(dropped, QUEUED)))


# --- in another's place ---------------------------------------------------------------------------


def doubled(check_id: str, more: int = 0) -> Evidence:
    """Of 9,000 bytes 2,000 come twice, and ``more`` than were sent."""
    twice, at = noise(2000), 2000 + 77 * len(check_id)
    return flow(
        check_id, Kind.DUPLICATED, 9000, at, 2000, received=9000 + more, surplus=twice[-1500:]
    )


PRESSED = ("partial-send/interrupted-send", SLOW, "shutdown/lagging-reader")


def test_earlier_bytes_in_the_place_of_later_ones() -> None:
    """As many came as were sent: nothing was sent again, something stands in another's place."""
    assert causes(case(*map(doubled, PRESSED))) == ["buffer-overwritten"]


def test_more_bytes_than_were_sent() -> None:
    """Then what came twice was sent twice."""
    again = [doubled(i, more=2000) for i in PRESSED]
    assert causes(case(*again)) == ["send-retried-from-start"]


# --- who closes -----------------------------------------------------------------------------------

ERROR = "Error: [Errno 9] Bad file descriptor"


def test_a_connection_that_the_program_has_closed_itself() -> None:
    """It answers once, closes, and says that it goes on with what is closed."""
    once = case_of(until(lambda reads: True))
    assert causes(once) == ["single-read"]
    told = tuple(msgspec.structs.replace(e, output=ERROR) for e in once.failures)
    assert causes(msgspec.structs.replace(once, failures=told)) == ["close-inside-loop"]


def test_a_word_of_the_source_may_be_printed_at_any_time() -> None:
    """A client that sends a word of the target's own output, drawn from its source, proves
    nothing; one that sends other words does."""
    steps = (Connect(), Send(Literal(b"ACTIVE CONNECTIONS")), AwaitEcho())
    mute = failed(
        "fuzz/plans",
        found(Kind.NO_ECHO, sent=18, received=0, offset=0),
        seen("0.1 sent 18", ending=Ending.OPEN),
        plan=one(*steps),
        output="ACTIVE CONNECTIONS 1",
    )
    assert printed(case(mute)) is not None
    own = (("s.py", 'print("ACTIVE CONNECTIONS", n)'),)
    assert printed(msgspec.structs.replace(case(mute), sources=own)) is None


def test_a_program_for_one_client_that_loses_what_waits() -> None:
    """It ends with status 0 as such a program does, and what had to wait was lost."""
    lost = found(
        Kind.TRUNCATED, length=90_000, sent=6_000_000, received=5_910_000, offset=0, ending="fin"
    )
    timeline = "0.1 connected; 0.1 sent 15; 0.2 half-closed; 0.3 target closed (FIN)"
    late = failed("shutdown/lagging-reader", lost, seen(timeline), deaths=(ended(0),))
    assert causes(case(late, profile=Profile.ONE_SHOT)) == ["pending-dropped-at-end"]
    crashed = failed("shutdown/lagging-reader", lost, seen(timeline), deaths=(ended(1),))
    assert causes(case(crashed, profile=Profile.ONE_SHOT)) == []


def test_connections_that_are_confused() -> None:
    """Some clients get bytes of another, and many more are closed that have not ended."""
    mixed = [evidence(i, FOREIGN) for i in ("sessions/no-leftovers", "sessions/churn")]
    closed = [
        evidence(f"sessions/{name}", finding(Kind.EARLY_CLOSE, 1))
        for name in ("queue", "simultaneous", "no-crosstalk", "one-after-another", "a", "b")
    ]
    assert causes(joined(mixed, closed)) == ["shared-loop-variable"]
    assert "shared-loop-variable" not in causes(joined(mixed, closed[:3]))
    ids = ("identity/long-stream", "partial-send/stalled-reader")
    alone = [failed(i, found(Kind.EARLY_CLOSE), seen("0.1 connected")) for i in ids]
    assert "shared-loop-variable" not in causes(joined(mixed, closed, alone))


def joined(*parts: Sequence[Evidence]) -> Case:
    return case(*(e for part in parts for e in part))


# --- what a busy server reads together ------------------------------------------------------------


def test_messages_between_which_nothing_came_may_be_one_read() -> None:
    """Both ways of reading them count: apart, and together."""
    e = talked("identity/looks-like-a-command", [b"ping\n", b"STOP", b".\n"], b"ping\nSTOP.")
    script = msgspec.structs.replace(
        e.trace.scripts[0],
        timeline=seen("0.1 sent 9; 0.2 received 9; 0.3 sent 2; 0.4 received 1").timeline,
    )
    e = msgspec.structs.replace(e, trace=msgspec.structs.replace(e.trace, scripts=(script,)))
    (session,) = bad_sessions(case(e))
    apart, together = Read.of(session).ways
    assert apart.messages == (b"ping\n", b"STOP", b".\n")
    assert together.messages == (b"ping\nSTOP", b".\n")


def test_a_byte_in_the_part_that_was_read_together() -> None:
    """A write that waits for no answer may be read with the next: what ends the connection may
    stand in that one."""
    ends = until(lambda reads: 0x04 in reads[-1], answers=False)
    one_by_one = case_of(ends)
    plan = one(Connect(), Send(Literal(noise(65).replace(b"\4", b""))), Send(Literal(b"x\4y" * 99)))
    sent = sum(len(s.payload.value) for s in plan.scripts[0].steps if isinstance(s, Send))  # type: ignore[union-attr]
    fuzz = failed(
        "fuzz/plans",
        found(Kind.TRUNCATED, sent=sent, received=0, offset=0, length=sent),
        seen(f"0.1 sent {sent}", ending=Ending.FIN),
        plan=plan,
    )
    both = msgspec.structs.replace(one_by_one, failures=(*one_by_one.failures, fuzz))
    assert causes(one_by_one) == causes(both) == ["magic-byte"]


def test_what_ends_without_a_signal_is_no_matter_of_signals() -> None:
    """Seven messages without any signal end the connection as well as one after a signal."""
    stop = "0.1 sent 6; 0.2 received 6; 0.3 target resumed; 0.4 sent 8; 0.5 target closed (FIN)"
    e = failed("resilience/pause-resume", found(Kind.EARLY_CLOSE), seen(stop))
    observed: dict[str, Fact] = {"stopped": "right", "answering": "ended", "alone": "right"}
    assert causes(case(e, signals=observed)) == ["signal-breaks"]
    calm = [failed(f"identity/{n}", found(Kind.EARLY_CLOSE), seen("0.1 sent 5")) for n in "abcdefg"]
    assert "signal-breaks" not in causes(case(e, *calm, signals=observed))


def test_each_answer_is_at_once() -> None:
    """Nothing of all this is said of a server that changes letters."""
    assert causes(case_of(each(bytes.upper), answers=Answers.AT_ONCE)) == ["case-changed"]
