"""Slow readers, ends, time, and what the program uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import pytest

from harness.diagnosis import Case, Evidence, explain, wanted
from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import Fact
from harness.values.payload import Random, materialise
from harness.values.plan import (
    AwaitEcho,
    Connect,
    HalfClose,
    Literal,
    Plan,
    Send,
    StartReading,
    StopReading,
)
from harness.values.plan import one as alone
from harness.values.trace import Ending, Measurement, ScriptTrace
from harness.values.verdict import Kind, Profile
from tests.diagnosis.made import case, causes, ended, failed, found, seen, talked

STALLED = "partial-send/stalled-reader"
INTERRUPTED = "partial-send/interrupted-send"
SLOW = "partial-send/slow-reader"
BOTH = "partial-send/both-ways"
LONG = "identity/long-stream"
FLOOD = 9_437_184
STALL = f"0.1 connected; 0.1-0.2 sent {FLOOD}; 0.3 target stalls; "


def pressed(check_id: str, kind: Kind, timeline: str = STALL, **facts: object) -> Evidence:
    plain = {"sent": FLOOD, "received": 4_700_000, "offset": 4_600_000, "length": 3000}
    return failed(check_id, found(kind, **{**plain, **facts}), seen(timeline))


def one_flood(data: bytes) -> Plan:
    return alone(Connect(), StopReading(), Send(Literal(data)), StartReading(), AwaitEcho())


def test_a_count_that_only_a_signal_makes_short() -> None:
    """Only the interrupted send() loses bytes: a blocking one whose count is not looked at."""
    told = explain(case(pressed(INTERRUPTED, Kind.LOST), passed={STALLED, SLOW})).causes[0]
    assert (told.id, told.confidence) == ("short-send-ignored", "certain")


def unended(check_id: str) -> Evidence:
    """All ten bytes came back, and then the target did not end the connection."""
    plan = alone(Connect(), Send(Literal(bytes(range(10)))), AwaitEcho(), HalfClose())
    got = seen("0.1 sent 10; 0.2 received 10; 0.3 half-closed", ending=Ending.OPEN)
    return failed(check_id, found(Kind.NO_END, sent=10, received=10, offset=10), got, plan=plan)


FLOWS = {STALLED, SLOW, LONG, "identity/counter", "chunking/cumulative"}


def test_a_count_that_a_signal_makes_short_beside_another_bug() -> None:
    """Who has other bugs too (no end, a byte that is lost) ignores the count all the same; nothing
    is said of an order that was right."""
    other_bugs = [unended(i) for i in ("chunking/exact-read-then-end", "shutdown/at-once")]
    one = case(*other_bugs, pressed(INTERRUPTED, Kind.LOST), passed=FLOWS)
    told = next(c for c in explain(one).causes if INTERRUPTED in c.explains)
    assert (told.id, told.confidence) == ("short-send-ignored", "likely")
    assert "answers-overtake" not in causes(one)


def test_a_count_is_not_blamed_where_megabytes_are_lost_elsewhere() -> None:
    """Whether the interruption has to do with it is open then."""
    elsewhere = pressed("shutdown/flushes-everything", Kind.LOST)
    ends = unended("chunking/exact-read-then-end")
    one = case(ends, elsewhere, pressed(INTERRUPTED, Kind.LOST), passed=FLOWS)
    assert "short-send-ignored" not in causes(one)


def test_a_count_that_is_short_each_time() -> None:
    """Less than a read is lost wherever the reader is slow."""
    one = [pressed(STALLED, Kind.LOST), pressed(SLOW, Kind.LOST, length=60_000)]
    assert causes(case(*one)) == ["short-send-ignored"]


def gap(check_id: str, tail: int, kind: Kind = Kind.LOST) -> Evidence:
    """Megabytes are missing, and ``tail`` bytes came behind them."""
    return pressed(check_id, kind, length=4_700_000, received=4_600_000 + tail)


def test_all_that_waits_is_dropped() -> None:
    """What was kept again after the loss is more than a read has: a buffer with a limit."""
    one = [gap(STALLED, 200_000), gap(SLOW, 150_000), gap(BOTH, 260_000)]
    assert causes(case(*one)) == ["stalled-output-dropped"]


def test_all_that_waits_is_overwritten() -> None:
    """Only the last read is there: each one takes the place of the one before."""
    assert causes(case(gap(STALLED, 4000), gap(SLOW, 7000))) == ["buffer-overwritten"]
    grows = failed("partial-send/bounded-memory", found(Kind.RESOURCE, sent=20, received=20))
    kept_all = case(gap(STALLED, 4000), gap(SLOW, 7000), grows)
    assert "buffer-overwritten" not in causes(kept_all)  # all that waits has a place of its own


def test_all_that_finds_no_room_is_dropped() -> None:
    """Nothing is kept: not even the last read comes."""
    one = [gap(STALLED, 0, Kind.LOST), gap(SLOW, 0, Kind.LOST)]
    assert "would-block-dropped" in causes(case(*one))


@pytest.mark.parametrize(
    ("received", "told"), [(16_700_000, ["would-block-dropped"]), (196_608, [])]
)
def test_a_small_buffer_of_the_system_is_full_in_many_checks(
    received: int, told: list[str]
) -> None:
    """A Unix socket holds 200 KB: one that drops what has no room drops a little everywhere, and
    goes on.  Who sends so many bytes in all, and no more, drops nothing."""
    full = {"offset": 196_608, "received": 196_608}
    stops = [pressed(i, Kind.LOST, **full, length=9_240_576) for i in (STALLED, SLOW, BOTH)]
    stream = pressed(LONG, Kind.LOST, offset=196_608, received=received, length=22_656)
    flushes = pressed("shutdown/flushes-everything", Kind.LOST, length=22_656)
    late = pressed("shutdown/data-with-fin", Kind.TRUNCATED, sent=200_010, received=196_618)
    others = [pressed(i, Kind.LOST, length=22_656) for i in ("fuzz/plans", "identity/counter")]
    singles = pressed("chunking/byte-by-byte", Kind.LOST, sent=3635, received=3119, length=174)
    one = case(*stops, stream, flushes, late, *others, singles)
    named = [cause for cause in explain(one).causes if cause.id == "would-block-dropped"]
    assert [cause.id for cause in named] == told
    also = {"shutdown/data-with-fin", "chunking/byte-by-byte"}
    assert all(also <= {*cause.explains} for cause in named)


def test_a_language_that_queues_drops_by_itself() -> None:
    """A program in Node never sees that there is no room: it has thrown the bytes away itself."""
    lost = [gap(STALLED, 0, Kind.LOST), gap(SLOW, 0, Kind.LOST)]
    node = msgspec.structs.replace(case(*lost), command=("node", "server.js"))
    assert causes(node) == ["stalled-output-dropped"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("p->events = POLLIN | (used > 0 ? POLLOUT : 0);", "stalled-output-dropped"),
        ("p->events = POLLIN;  // POLLOUT: not yet", "would-block-dropped"),
    ],
)
def test_a_program_that_asks_for_room_keeps_what_has_none(line: str, told: str) -> None:
    """It has a place where output waits, so the bytes were lost there.  A comment asks nothing."""
    lost = [gap(STALLED, 0, Kind.LOST), gap(SLOW, 0, Kind.LOST)]
    one = msgspec.structs.replace(case(*lost), command=("./server",), sources=(("s.c", line),))
    assert causes(one) == [told]


def test_pieces_in_another_order() -> None:
    """As many bytes came as were sent: nothing is lost, though a place looks as if it were."""
    one = [pressed(STALLED, Kind.LOST, received=FLOOD), pressed(SLOW, Kind.REORDERED)]
    assert causes(case(*one)) == ["queue-order"]


def misplaced(check_id: str, size: int, came: Callable[[bytes], bytes]) -> Evidence:
    """``size`` bytes that are never the same were sent, and what ``came`` makes of them came."""
    sent = b"".join(n.to_bytes(4, "big") for n in range(size // 4))
    got = seen(f"0.1 sent {size}; 0.2 received {size}", echoed=0, surplus=came(sent))
    wrong = found(Kind.CHANGED, sent=size, received=size, offset=0, length=size)
    return failed(check_id, wrong, got, plan=one_flood(sent))


MISPLACED = ((STALLED, 60_000), ("chunking/exact-read-then-end", 65_536), (LONG, 40_000))


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (lambda sent: sent[20_000:] + sent[:20_000], ["queue-order"]),
        (lambda sent: sent[20_000:] + sent[-20_000:], ["buffer-overwritten"]),
        (lambda sent: bytes(v ^ 1 for v in sent), []),
    ],
)
def test_bytes_that_stand_in_wrong_places(came: Callable[[bytes], bytes], told: list[str]) -> None:
    """All of them once: another order; some of them twice: the buffer was used again."""
    assert causes(case(*(misplaced(i, size, came) for i, size in MISPLACED)))[:1] in (
        [told] if told else [[], ["unexplained"]]
    )


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (lambda sent: sent[30_000:] + sent[:30_000], ["queue-order"]),
        (lambda sent: sent[30_000:] + sent[-30_000:], ["buffer-overwritten"]),
    ],
)
def test_as_many_bytes_are_not_yet_the_same_bytes(
    came: Callable[[bytes], bytes], told: list[str]
) -> None:
    """Of floods nobody knows all that came; one smaller stream, of which all is known, tells
    whether what is missing comes late or never, as others came twice."""
    known = misplaced("fuzz/plans", 60_000, came)
    lost = msgspec.structs.replace(
        known, findings=(msgspec.structs.replace(known.first, kind=Kind.LOST),)
    )
    all_came = f"{STALL}; 0.5-0.9 received {FLOOD}"
    floods = [pressed(i, Kind.LOST, all_came, received=FLOOD) for i in (STALLED, SLOW, BOTH)]
    assert causes(case(*floods, lost)) == told


def eighths(sent: bytes, order: Iterable[int]) -> bytes:
    """The eight parts of ``sent`` in this order."""
    size = len(sent) // 8
    return b"".join(sent[n * size : (n + 1) * size] for n in order)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ((0, 7, 6, 5, 4, 3, 2, 1), "queue-order"),
        ((2, 1, 3, 0, 7, 6, 5, 4), "queue-order"),
        ((1, 0, 4, 2, 3, 7, 5, 6), "answers-overtake"),
    ],
)
def test_a_stack_gives_the_newest_first(order: tuple[int, ...], told: str) -> None:
    """Of what waits the newest comes first in each connection: threads that race do not so."""
    one = [misplaced(i, size // 8 * 8, lambda s: eighths(s, order)) for i, size in MISPLACED]
    reading = [msgspec.structs.replace(e, plan=without_stop(e.plan)) for e in one]
    assert causes(case(*reading))[:1] == [told]


def without_stop(plan: Plan) -> Plan:
    """``plan`` with clients that read all the time."""
    scripts = tuple(
        msgspec.structs.replace(
            script,
            steps=tuple(s for s in script.steps if not isinstance(s, StopReading | StartReading)),
        )
        for script in plan.scripts
    )
    return msgspec.structs.replace(plan, scripts=scripts)


def test_what_a_stack_never_gave_was_dropped_beside() -> None:
    """Where much had to wait less came than was sent: that is a second bug."""
    one = [
        misplaced(i, size // 8 * 8, lambda s: eighths(s, range(7, -1, -1)))
        for i, size in (*MISPLACED[1:], ("shutdown/lagging-reader", 48_000))
    ]
    short = pressed(STALLED, Kind.REORDERED, received=FLOOD // 2)
    assert set(causes(case(*one, short))) == {"queue-order", "stalled-output-dropped"}


def test_where_nothing_moved_nothing_has_overtaken() -> None:
    """All came back as it was sent, and only the end did not come: no order is to blame."""
    whole = seen("0.1 sent 10; 0.2 received 10")
    checks = ("shutdown/orderly", "chunking/exact-read-then-end")
    ended = [failed(i, found(Kind.NO_END, sent=10, received=10), whole) for i in checks]
    grown = failed("partial-send/bounded-memory", found(Kind.RESOURCE, None))
    assert "answers-overtake" not in causes(case(*ended, grown))


def test_only_an_interrupted_send_is_repeated() -> None:
    """A blocking send() takes a part only when a signal interrupts it."""
    one = pressed(INTERRUPTED, Kind.DUPLICATED, offset=400_000, length=60_000)
    assert causes(case(one, passed={STALLED, SLOW})) == ["send-retried-from-start"]


def test_a_round_number_of_bytes_ends_it_for_whoever_reads() -> None:
    """What a reader had not read when the connection was reset is lost: it got less."""

    def ended_at(check_id: str, good: int) -> Evidence:
        got = seen(f"0.1 sent 2000000; 0.2 received {good}; 0.3 target closed", ending=Ending.RST)
        wrong = found(Kind.EARLY_CLOSE, sent=2_000_000, received=good, offset=good)
        return failed(check_id, wrong, got, plan=one_flood(b"x" * 2_000_000))

    one = [ended_at(STALLED, 400_000), ended_at(LONG, 300_000)]
    assert "bytes-quota" not in causes(case(*one))
    assert causes(case(*one, ended_at("chunking/cumulative", 1_048_576))) == ["bytes-quota"]


def test_a_buffer_that_is_filled_again() -> None:
    """Bytes that were sent later stand where earlier ones should."""
    plan = one_flood(bytes(range(256)) * 4 + b"the later bytes")
    later = found(
        Kind.CHANGED,
        sent=1039,
        received=1039,
        offset=100,
        length=15,
        expected=bytes(range(100, 115)).hex(),
        got=b"the later bytes".hex(),
        window_start=100,
    )
    assert causes(case(failed(STALLED, later, seen(STALL), plan=plan))) == ["buffer-overwritten"]


def test_a_matter_of_time() -> None:
    """Bytes are lost when the reader stops altogether, and none when it reads slowly."""
    one = [pressed(STALLED, Kind.LOST, length=58_000), pressed(INTERRUPTED, Kind.LOST)]
    assert causes(case(*one, passed={SLOW, BOTH})) == ["stalled-output-dropped"]


AT_ONCE = f"0.1 connected; 0.1-0.2 sent {FLOOD}; 0.25 write failed: ECONNRESET; 0.3 received 400000"
LATER = STALL + "1.5 write failed: ECONNRESET; 1.5 received 400000; 1.6 target closed (FIN)"
AFTER_READING = STALL + f"1.0 received 5000000; 1.1 sent {FLOOD}; 1.6 target closed (FIN)"


@pytest.mark.parametrize(
    ("timeline", "told"),
    [(AT_ONCE, ["would-block-closes"]), (LATER, ["gives-up-on-slow-reader"]), (AFTER_READING, [])],
)
def test_who_ends_the_connection(timeline: str, told: list[str]) -> None:
    """At once: no room is taken for an error; after a stall: a limit of time; after it went on
    with a reader that reads again: another reason."""
    both = [pressed(i, Kind.EARLY_CLOSE, timeline, received=400_000) for i in (STALLED, SLOW)]
    assert causes(case(*both)) == told


def test_one_end_that_was_looked_at_late() -> None:
    """On a busy machine one target seems to have waited before the end; that three others had not
    says that no limit of time is the reason."""
    ids = (SLOW, INTERRUPTED, BOTH)
    hasty = [pressed(i, Kind.EARLY_CLOSE, AT_ONCE, received=400_000) for i in ids]
    late = pressed(STALLED, Kind.EARLY_CLOSE, LATER, received=400_000)
    assert causes(case(late, *hasty)) == ["would-block-closes"]
    assert causes(case(late, *hasty[:1])) == ["gives-up-on-slow-reader"]


def test_a_language_that_queues_by_itself() -> None:
    """A program in Node never sees that there is no room: who ends the connection has a limit."""
    lost = pressed(STALLED, Kind.EARLY_CLOSE, AT_ONCE, received=400_000)
    node = msgspec.structs.replace(case(lost), command=("node", "server.js"))
    assert causes(node) == ["gives-up-on-slow-reader"]


def test_always_after_so_many_bytes() -> None:
    """A connection that ends at the same number of bytes each time does so for no reader's sake."""
    ids = (STALLED, SLOW, BOTH, LONG)
    one = [pressed(i, Kind.EARLY_CLOSE, AT_ONCE, received=8_388_608) for i in ids]
    assert causes(case(*one)) == ["bytes-quota"]


@pytest.mark.parametrize(("more", "told"), [(1.05, []), (1.2, ["would-block-closes"])])
def test_a_reader_that_loses_its_connection_too_when_more_have_come(
    more: float, told: list[str]
) -> None:
    """No room is the reason where somebody who reads all the time gets rid of more bytes."""
    stream = int(FLOOD * more)
    reads = f"0.1 connected; 0.1-0.2 sent {stream}; 0.25 write failed: ECONNRESET"
    late = [pressed(i, Kind.EARLY_CLOSE, AT_ONCE, received=400_000) for i in (STALLED, SLOW)]
    always = pressed(
        LONG, Kind.EARLY_CLOSE, f"{reads}; 0.3 received 900000", received=900_000, sent=stream
    )
    assert causes(case(*late, always)) == told


FAST: dict[str, Fact] = {"stalls": False, "ending": "fin", "kind": "truncated", "at": 506_747}
ALL: dict[str, Fact] = {"far_at": [], "ended": False, "total": 17_825_792}


@pytest.mark.parametrize(
    ("slow", "stream", "told"),
    [
        (FAST, ALL, ["would-block-closes"]),
        (FAST, {**ALL, "far_at": [9_000_000]}, []),
        (FAST, {**ALL, "total": 301_000}, []),
        ({**FAST, "stalls": True}, ALL, []),
        ({**FAST, "ending": "open"}, ALL, []),
    ],
    ids=["tried", "the stream ends, too", "nobody tried", "it waits first", "it stays open"],
)
def test_a_reader_that_only_loses_its_connection_when_it_is_late(
    slow: dict[str, Fact], stream: dict[str, Fact], told: list[str]
) -> None:
    """All that send much at once lose their connection, after about as many bytes; it was tried
    that one who does not read does, at once, and one who takes each byte gets megabytes."""
    ids = ((STALLED, 484_325), (SLOW, 506_747), (BOTH, 119_808), (LONG, 716_800))
    failures = [
        pressed(i, Kind.EARLY_CLOSE, AT_ONCE.replace("400000", str(n)), received=n, offset=n)
        for i, n in ids
    ]
    one = case(*failures, slow_reader=slow, cumulative=stream)
    assert [c for c in causes(one) if c == "would-block-closes"] == told


def test_always_when_many_have_come_and_gone() -> None:
    """Where few bytes wait at a time there is always room: their number in all matters."""
    lost = pressed(STALLED, Kind.EARLY_CLOSE, AT_ONCE, received=400_000)
    assert causes(case(lost)) == ["would-block-closes"]
    counted = pressed("identity/counter", Kind.EARLY_CLOSE, "0.1 sent 10", received=1_048_576)
    assert "would-block-closes" not in causes(case(lost, counted))


def still(check_id: str, timeline: str = STALL) -> Evidence:
    return pressed(check_id, Kind.NO_ECHO, timeline)


def test_it_never_goes_on() -> None:
    """After a pause of the reader; a client that reads all the time gets everything."""
    assert causes(case(still(STALLED), still(BOTH), passed={LONG})) == ["never-resumes"]


def test_who_goes_on_alone_is_held_up_by_others() -> None:
    """Alone a client gets everything when it reads again: what stands still beside others has
    another reason."""
    passed = {STALLED, SLOW, LONG}
    alone_well: dict[str, Fact] = {"kind": "", "interrupted_kind": ""}
    crowd = still("shutdown/lagging-reader")
    assert causes(case(crowd, passed=passed)) == ["never-resumes"]
    assert causes(case(crowd, passed=passed, slow_reader=alone_well)) == []


def test_both_wait_for_one_another() -> None:
    """The same with a client that reads all the time: little comes before all stands still."""
    stuck = pressed(STALLED, Kind.NO_ECHO, received=16_384)
    assert causes(case(stuck, still(LONG))) == ["deadlock-both-ways"]


def test_who_is_paused_by_any_reader() -> None:
    """The reader that stalled got all that the system held, and then there was room to go on: it
    is forgotten, also where a reader that never stalls is too slow for it."""
    assert causes(case(still(STALLED), still(LONG))) == ["never-resumes"]


def test_bytes_that_come_twice() -> None:
    """Only after a pause: a short send is begun again.  Always at the end: sent twice."""
    one = [pressed(STALLED, Kind.DUPLICATED), pressed(SLOW, Kind.DUPLICATED)]
    assert causes(case(*one, passed={"identity/nothing-extra"})) == ["send-retried-from-start"]


def beyond(check_id: str, length: int, *, more: int = 90_000, at: int = 4_600_000) -> Evidence:
    """``length`` bytes of zeros stand between those of the client, and ``more`` in all."""
    facts = {"received": FLOOD + more, "offset": at, "length": length, "got": "00" * 32}
    return pressed(check_id, Kind.EXTRA, expected="31" * 32, window_start=at, **facts)


EXTRAS = ((STALLED, 29_323), (INTERRUPTED, 29_189), (SLOW, 5623), (BOTH, 32_661), (LONG, 29_376))


def test_more_goes_out_than_is_left() -> None:
    """The count stays what it was when a part was taken: zeros lie behind, by chance."""
    told = explain(case(*(beyond(i, n) for i, n in EXTRAS))).causes[0]
    assert told.id == "stale-buffer"
    assert told.bug.startswith("after send() took only a part, as many bytes are sent as before")
    assert told.hint.startswith("After each send() that took n bytes both have to change")


@pytest.mark.parametrize(
    "failures",
    [
        [beyond(i, n, more=0) for i, n in EXTRAS],
        [beyond(i, n, at=300) for i, n in EXTRAS],
        [beyond(i, 4096) for i, _ in EXTRAS],
        [beyond(i, 10 * n) for i, n in EXTRAS],
        [beyond(i, n) for i, n in EXTRAS[1:]],
        [*(beyond(i, n) for i, n in EXTRAS), talked("chunking/prompt", [b"ab"], b"ab" + bytes(9))],
    ],
    ids=[
        "in place of others",
        "from the first read on",
        "always as many",
        "more than a read",
        "not where the reader stops",
        "where nothing presses",
    ],
)
def test_zeros_that_no_short_send_explains(failures: list[Evidence]) -> None:
    """What takes the place of others, comes early, always in the same number, or to everybody, has
    another reason."""
    assert "stale-buffer" not in causes(case(*failures))


def test_a_last_read_that_comes_again_is_no_padding() -> None:
    """One answer may be as long as a buffer by chance; if most are it is the rest of the buffer."""
    sizes = {"identity/nothing-extra": 9, "shutdown/after-echo": 10, "chunking/uneven": 512}
    again = [
        talked(i, [(data := materialise(Random(n, size)))], 2 * data)
        for n, (i, size) in enumerate(sizes.items())
    ]
    assert causes(case(*again)) == ["sent-twice"]
    padded = [
        talked(i, [(data := materialise(Random(n, size)))], data + data + bytes(1024 - 2 * size))
        for n, (i, size) in enumerate(sizes.items())
    ]
    assert "sent-twice" not in causes(case(*padded))


def test_a_full_block_that_waits() -> None:
    """Whole blocks come, and the last one does not, though it is full: a buffer for writing."""
    facts = {"when": "after more data", "unit": 4096, "sent": 65536, "first": 61440}
    one = failed("chunking/prompt", found(Kind.NO_ECHO), seen("0.1 connected; 0.1 sent 1"))
    assert "not-flushed" in causes(case(one, answers=facts))
    reads = {**facts, "first": 65536}
    assert "not-flushed" not in causes(case(one, answers=reads))


# --- ends ---------------------------------------------------------------------------------------

OVER = "0.1 connected; 0.1 sent 15; 0.2 received 10; 0.2 half-closed; "


def cut(check_id: str, length: int, *, ending: str = "fin", sent: int = 15) -> Evidence:
    lost = found(
        Kind.TRUNCATED, length=length, sent=sent, received=sent - length, offset=0, ending=ending
    )
    return failed(check_id, lost, seen(OVER + f"0.3 target closed ({ending.upper()})"))


FIN = "shutdown/data-with-fin"
LAGGING = "shutdown/lagging-reader"


@pytest.mark.parametrize(
    ("failures", "cause"),
    [
        ([cut(LAGGING, 1_600_000, sent=6_000_000)], "pending-dropped-at-end"),
        ([cut(FIN, 5), cut(LAGGING, 900, sent=6_000_000)], "end-with-data-lost"),
        ([cut(FIN, 5), cut(LAGGING, 500_000, sent=6_000_000)], "pending-dropped-at-end"),
        ([cut(FIN, 5, ending="rst"), cut(LAGGING, 500, ending="rst")], "half-close-ends-at-once"),
    ],
)
def test_what_is_lost_at_the_end(failures: list[Evidence], cause: str) -> None:
    """Large answers only; one read that came with the end; more than that, so it had been read
    before; or all that had not been read, which shows as a reset."""
    assert causes(case(*failures)) == [cause]


def test_what_is_lost_before_the_end() -> None:
    """Where bytes are missing in the middle as well it is no matter of the end."""
    one = [cut(FIN, 5), failed("identity/counter", found(Kind.LOST, length=1000))]
    assert not {"end-with-data-lost", "half-close-ends-at-once"} & set(causes(case(*one)))


def stays(*more: Evidence, **observed: dict[str, int | str]) -> Case:
    open_ = seen(OVER + "0.9 gave up waiting after 0.6 s", ending=Ending.OPEN)
    ids = ("shutdown/after-echo", "shutdown/at-once", "shutdown/flushes-everything")
    return case(*(failed(i, found(Kind.NO_END), open_) for i in ids), *more, **observed)


def spins(check_id: str, *messages: str) -> Evidence:
    return failed(check_id, [found(Kind.RESOURCE, None, message=text) for text in messages])


def test_a_connection_that_stays_open() -> None:
    """Asleep: nobody closes it; busy: the loop goes round for ever; with a process for each
    client: the other process has it open."""
    assert causes(stays()) == ["never-closes"]
    behind = failed("resilience/reset-idle", found(Kind.NO_ECHO, 1, received=0), seen(), seen())
    one_by_one = msgspec.structs.replace(stays(behind), profile=Profile.SEQUENTIAL)
    assert causes(one_by_one) == ["never-closes"]  # who comes next waits for the end of the first
    assert causes(stays(end={"later": "open", "children": 1})) == ["copy-kept-open"]
    forks = (("s.c", "for (;;) { fd = accept(l, 0, 0);\n if (fork() == 0) serve(fd); }"),)
    of_source = msgspec.structs.replace(stays(), sources=forks)
    assert causes(of_source) == ["copy-kept-open"]  # nobody has counted its processes
    gone = msgspec.structs.replace(stays(end={"children": 0}), sources=forks)
    assert causes(gone) == ["copy-kept-open"]  # the child has ended, so its parent has a copy
    assert causes(stays(end={"children": 0})) == ["never-closes"]
    assert causes(stays(spins("shutdown/no-spin", "it was awake"))) == ["missing-break"]


def test_a_loop_that_writes_nothing_for_ever() -> None:
    """It fails when the client is gone, and that is the end of the program, not its bug."""
    waited: ScriptTrace = seen(OVER + "0.9 gave up waiting after 0.6 s", ending=Ending.OPEN)
    words = 'Traceback (most recent call last):\n  File "s.py", line 3, in <module>\nBrokenPipeError: [Errno 32] Broken pipe'  # noqa: E501
    one = failed(
        "shutdown/after-echo",
        [found(Kind.NO_END), found(Kind.DIED)],
        waited,
        deaths=(ended(1),),
        output=words,
    )
    assert causes(case(one)) == ["missing-break"]


def test_an_end_without_data() -> None:
    """Only one that comes before any data is not answered."""
    one = failed("shutdown/at-once", found(Kind.NO_END, sent=0))
    assert causes(case(one)) == ["waits-for-first-data"]


@pytest.mark.parametrize(("sent", "told"), [(0, True), (12, False)])
def test_who_is_not_served_sees_no_end_either(sent: int, told: bool) -> None:
    """Where clients that have sent something got nothing, the one without data was one of those
    who are not served; one that has sent nothing waits for nothing."""
    at_once = failed("shutdown/at-once", found(Kind.NO_END, sent=0))
    unserved = failed("sessions/churn", found(Kind.NO_ECHO, sent=sent))
    assert ("waits-for-first-data" in causes(case(at_once, unserved))) is told


def test_an_end_by_reset() -> None:
    """All is there, and the end is none in good order."""
    assert causes(case(failed("shutdown/orderly", found(Kind.RESET)))) == ["reset-instead-of-fin"]


def test_a_program_that_ends_in_the_middle_of_everything() -> None:
    """A silent client is not the reason, where the program ended more often beside busy ones."""
    quiet = failed(
        "shutdown/idle-kept",
        found(Kind.DIED, sent=10, received=10),
        seen(QUIET, ended=1.2, ending=Ending.FIN),
        deaths=(ended(0, at=1.2),),
    )
    assert causes(case(quiet)) == ["idle-timeout"]
    served = "0.1 connected; 0.1 sent 10; 0.2 received 10"
    busy = [
        failed(i, found(Kind.DIED), seen(served), deaths=(ended(0, at=0.2),))
        for i in ("identity/newlines", "chunking/uneven", SLOW)
    ]
    assert causes(case(quiet, *busy)) == ["daemon-thread-exit"]


QUIET = "0.1 connected; 0.1 sent 10; 0.2 received 10; 1.2 target closed (FIN)"


def test_silence_that_ends_a_connection() -> None:
    """A busy one lives on; one that ends as well has another limit."""
    one = failed(
        "shutdown/idle-kept",
        found(Kind.EARLY_CLOSE, sent=10, received=10),
        seen(QUIET, ended=1.2, ending=Ending.FIN),
    )
    assert causes(case(one)) == ["idle-timeout"]
    assert causes(case(one, idle={"idle": "fin", "idle_after": 1.0, "busy": "open"})) == [
        "idle-timeout"
    ]
    both = {"idle": "fin", "idle_after": 1.0, "busy": "fin", "busy_after": 1.0}
    assert causes(case(one, idle=both)) == ["time-limit"]


# --- signals, and what is used ------------------------------------------------------------------


def test_a_stop_and_continue() -> None:
    """All goes well without one; where plain messages fail as well it is no matter of signals."""
    halted = seen("0.1 connected; 0.1 sent 9; 0.2 target interrupted; 0.3 target closed (FIN)")
    one = failed("resilience/pause-resume", found(Kind.EARLY_CLOSE), halted)
    assert causes(case(one)) == ["signal-breaks"]
    plain = failed("shutdown/not-early", found(Kind.EARLY_CLOSE))
    assert "signal-breaks" not in causes(case(one, plain))


def test_an_urgent_byte() -> None:
    """The same with urgent data."""
    urgent = seen("0.1 connected; 0.1 sent 9; 0.2 sent urgent byte; 0.3 target reset (RST)")
    one = failed("resilience/urgent-data", found(Kind.EARLY_CLOSE), urgent)
    assert causes(case(one)) == ["urgent-data"]
    greeted = failed("resilience/urgent-data", found(Kind.EXTRA), urgent)
    assert causes(case(greeted)) == []


@pytest.mark.parametrize(
    ("check_id", "messages", "cause"),
    [
        ("resources/descriptors", ["they grow"], "descriptor-leak"),
        ("resources/memory", ["it grows"], "memory-leak"),
        ("resources/threads", ["they grow"], "thread-leak"),
        ("resources/zombies", ["they grow"], "zombies"),
        ("partial-send/bounded-memory", ["it grows"], "unbounded-buffer"),
        ("shutdown/no-spin", ["after the end"], "spins-at-end"),
        ("resources/idle-cpu", ["while nobody was connected", "its one client"], "spins-idle"),
        ("resources/idle-cpu", ["while nobody was connected"], "spins-at-accept"),
        ("resources/idle-cpu", ["while its one client was idle"], "busy-loop-writable"),
    ],
)
def test_what_is_used(check_id: str, messages: list[str], cause: str) -> None:
    """Who is busy, and when, and what grows."""
    assert cause in causes(case(spins(check_id, *messages)))


@pytest.mark.parametrize("language", ["go", "c", None])
def test_what_was_asked_for_once_is_asked_for_still(language: str | None) -> None:
    """Busy only when output had to wait, and has gone: a program in Go calls epoll itself then."""
    busy = case(spins("resources/idle-cpu", "while its one client was idle again, which waited"))
    told = explain(msgspec.structs.replace(busy, language=language)).causes[0]
    assert told.id == "busy-loop-writable"
    assert "had to wait once" in told.evidence[0]


def test_who_asks_for_no_events_reads_in_vain() -> None:
    """In Go nobody asks for 'writable': a read whose deadline is over fails at once, again and
    again."""
    busy = case(spins("resources/idle-cpu", "while its one client was idle"))
    assert causes(msgspec.structs.replace(busy, language="go")) == ["spins-idle"]


def grown(check_id: str, *processes: int, zombies: int = 0) -> Evidence:
    measured = tuple(
        Measurement(f"round-{n}", n, 0.1, 1000, 10, count, count, zombies * n)
        for n, count in enumerate(processes)
    )
    growing = found(Kind.RESOURCE, None, message="they grow")
    return failed(check_id, growing, measured=measured)


GROWING = ("resources/descriptors", "resources/threads", "resources/memory")


def grows_with(name: str, *, threads: bool, descriptors: bool) -> Evidence:
    """``name`` grows in each round, and what else is said to."""
    measured = tuple(
        Measurement(
            label=f"round-{n}",
            at=n,
            cpu=0.1,
            memory=1000,
            descriptors=10 + 4 * n * descriptors,
            threads=5 + 4 * n * threads,
            processes=1,
            zombies=0,
        )
        for n in range(5)
    )
    growing = found(Kind.RESOURCE, None, message="they grow")
    return failed(f"resources/{name}", growing, measured=measured)


@pytest.mark.parametrize(
    ("threads", "descriptors", "told"),
    [
        (True, True, ["thread-leak"]),
        (False, True, ["descriptor-leak", "thread-leak"]),
        (False, False, ["descriptor-leak", "memory-leak", "thread-leak"]),
    ],
)
def test_what_grows_with_threads_is_held_by_them(
    threads: bool, descriptors: bool, told: list[str]
) -> None:
    """One bug, not three: a thread that never ends keeps its connection, and that its memory."""
    names = ("threads", "descriptors", "memory")
    one = case(*(grows_with(i, threads=threads, descriptors=descriptors) for i in names))
    assert sorted(causes(one)) == told


def test_children_that_do_not_end() -> None:
    """Processes are the one thing that grows; descriptors, threads and memory come with them."""
    told = explain(case(*(grown(i, 13, 25, 37, 49, 61) for i in GROWING)))
    assert [cause.id for cause in told.causes] == ["child-goes-on"]
    assert set(told.causes[0].explains) == set(GROWING)
    busy = case(grown(GROWING[0], 2, 3, 4, 5), spins("shutdown/no-spin", "after the end"))
    assert causes(busy) == ["child-goes-on"]  # the loop that they are back in fails all the time


def test_children_that_have_ended_do_not_go_on() -> None:
    """They are zombies; and a pool that is filled once is none of this."""
    assert causes(case(grown("resources/zombies", 2, 3, 4, 5, 6, zombies=1))) == ["zombies"]
    assert causes(case(grown(GROWING[0], 3, 5, 5, 5, 5))) == ["descriptor-leak"]


def test_sigterm_and_famine() -> None:
    """Checks that say what it is."""
    assert causes(case(failed("resilience/terminates", found(Kind.STILL_RUNNING)))) == [
        "sigterm-ignored"
    ]
    short = seen("0.1 descriptors limited; 0.2 connected")
    one = failed("resilience/descriptor-famine", found(Kind.NO_ECHO), short)
    assert causes(case(one)) == ["descriptor-famine"]
    silent = failed("chunking/prompt", found(Kind.NO_ECHO))
    assert "descriptor-famine" not in causes(case(one, silent))  # it answers nobody at any time
    other = failed("resilience/descriptor-famine", found(Kind.FOREIGN), short)
    assert causes(case(other)) == []
    ran_out = failed(
        "resilience/descriptor-famine",
        found(Kind.DIED),
        short,
        deaths=(ended(),),
        output="accept: Too many open files",
    )
    (said,) = (c for c in explain(case(ran_out, silent)).causes if c.id == "descriptor-famine")
    (evidence,) = said.evidence  # its own words say so, and no client is said to have done it
    assert "exit status 1 when it could open no more descriptors; its last words are" in evidence


# --- what is asked ------------------------------------------------------------------------------


def test_which_experiments_are_wanted() -> None:
    """By what failed; none where that is conclusive."""
    assert wanted(case(spins("resources/memory", "it grows"))) == ()
    assert "slow-reader" in wanted(case(pressed(STALLED, Kind.LOST)))
    assert "end" in wanted(stays())
    crowd = failed("sessions/simultaneous", found(Kind.NO_ECHO, 1), together=True)
    assert wanted(case(crowd))[:2] == ("clients", "neighbours")
    sequential = case(failed("sessions/queue", found(Kind.ORDER)), profile=Profile.SEQUENTIAL)
    assert wanted(sequential)[0] == "clients"


@pytest.mark.parametrize(
    ("end", "passed", "cause"),
    [
        (2.1, {"chunking/byte-by-byte", LONG}, ["time-limit"]),
        (0.4, {"chunking/byte-by-byte", LONG}, []),
        (2.1, {LONG}, []),
        (2.1, {"chunking/byte-by-byte"}, []),
    ],
)
def test_a_busy_connection_that_is_ended_after_a_while(
    end: float, passed: set[str], cause: list[str]
) -> None:
    """It is time that has run out where more messages and more bytes come back elsewhere."""
    timeline = f"0.1 connected; 0.1-{end - 0.1:.1f} sent 4541; 0.2-{end:.1f} received 4541"
    got = seen(timeline, ended=end, ending=Ending.FIN)
    cut = failed("shutdown/not-early", found(Kind.EARLY_CLOSE), got)
    assert causes(case(cut, passed=passed)) == cause


def test_a_line_end_that_comes_at_the_end_is_no_suffix() -> None:
    """Who answers a message only after a newline, and puts one at the end of the last, reads
    lines: nothing is added to each answer."""
    answered = seen("0.1 sent 10; 0.2 half-closed; 0.3 received 10", surplus=b"\n")
    checks = ("identity/hello", "identity/one-byte", "chunking/prompt")
    one = [failed(i, found(Kind.EXTRA), answered, answers=Answers.AFTER_NEWLINE) for i in checks]
    assert causes(case(*one)) == ["waits-for-newline"]
