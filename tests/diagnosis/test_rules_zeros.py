"""Zeros come where bytes of the client belong: from a place that was never filled."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.diagnosis import Evidence, explain
from harness.diagnosis.facts_stream import bad_sessions
from harness.diagnosis.rules.shuffled import repeated, repeats
from harness.values.plan import (
    AwaitEcho,
    Connect,
    HalfClose,
    Literal,
    Send,
    StartReading,
    StopReading,
)
from harness.values.plan import one as alone
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen

SENT = bytes(range(1, 201)) * 5
CHECKS = (
    *("chunking/uneven", "chunking/read-boundary", "chunking/cumulative"),
    *("identity/counter", "identity/long-stream"),
)


def zeros(
    check_id: str,
    *,
    at: int = 300,
    got: bytes = bytes(32),
    sent: bytes = SENT,
    kind: Kind = Kind.CHANGED,
) -> Evidence:
    """``got`` came where the bytes of ``sent`` from ``at`` on belong."""
    plan = alone(Connect(), Send(Literal(sent)), AwaitEcho(), HalfClose())
    wrong = found(
        kind,
        sent=len(sent),
        received=len(sent),
        offset=at,
        length=len(got),
        expected=sent[at : at + len(got)].hex(),
        got=got.hex(),
        window_start=at,
    )
    came = got + sent[at + len(got) :]
    times = f"0.1 sent {len(sent)}; 0.2 received {len(sent)}"
    return failed(check_id, wrong, seen(times, echoed=at, surplus=came), plan=plan)


def test_more_is_sent_than_was_put_there() -> None:
    """Behind bytes that were right come zeros: the words say from which byte on, and what to
    print; what is missing beside them comes of it as well."""
    holes = [zeros(i, at=n) for n, i in enumerate(CHECKS, 300)]
    holes[1] = zeros(CHECKS[1], kind=Kind.EXTRA)
    cut = failed("shutdown/data-with-fin", found(Kind.TRUNCATED, sent=9, received=3, offset=3))
    told = explain(case(*holes, cut)).causes[0]
    assert (told.id, set(told.explains)) == ("buffer-not-filled", {*CHECKS, cut.check_id})
    assert told.bug == (
        "more is sent than was put into the buffer: zeros come from a part that was never filled"
    )
    assert told.evidence[0] == (
        "In 5 checks zeros (NUL bytes) come in place of the client's bytes, or between them, and "
        "never in the first 300 bytes."
    )
    assert told.hint.startswith("Print how many bytes are put into the buffer")


def others(*last: Evidence) -> list[Evidence]:
    return [*(zeros(i) for i in CHECKS[:4]), *last]


@pytest.mark.parametrize(
    "failures",
    [
        others(),
        others(zeros(CHECKS[4], at=0)),
        others(zeros(CHECKS[4], got=bytes(15))),
        others(zeros(CHECKS[4], got=bytes(31) + b"x")),
        [zeros(i, at=1000, sent=bytes(1000), kind=Kind.EXTRA) for i in CHECKS],
        others(zeros(CHECKS[4]), zeros("chunking/prompt", got=b"some other bytes")),
        others(zeros(CHECKS[4]), failed("identity/hello", found(Kind.CHANGED))),
    ],
    ids=[
        "in four checks",
        "in four checks, and one from its first byte on",
        "a few zeros",
        "not only zeros",
        "zeros were sent",
        "elsewhere other bytes come",
        "a greeting is changed",
    ],
)
def test_zeros_that_may_have_another_reason(failures: Sequence[Evidence]) -> None:
    """Too few of them, or something else is wrong as well."""
    assert "buffer-not-filled" not in causes(case(*failures))


# --- bytes that stand several times -------------------------------------------------------------

PIECE = b"".join(n.to_bytes(2, "big") for n in range(1000))
PRESSED = ("partial-send/stalled-reader", "chunking/exact-read-then-end", "identity/long-stream")


def misplaced(check_id: str, came: bytes) -> Evidence:
    """As many bytes came as were sent, and all of them are others."""
    sent = b"".join((7000 + n).to_bytes(4, "big") for n in range(len(came) // 4))
    flood = (StopReading(), Send(Literal(sent)), StartReading(), AwaitEcho())
    got = seen(f"0.1 sent {len(sent)}; 0.2 received {len(came)}", echoed=0, surplus=came)
    wrong = found(Kind.CHANGED, sent=len(sent), received=len(came), offset=0, length=len(sent))
    return failed(check_id, wrong, got, plan=alone(Connect(), *flood))


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (PIECE * 2, True),
        (bytes(2000) + PIECE * 2, True),
        (bytes(4000), False),
        (bytes(2000) + PIECE, False),
        (PIECE + bytes(2000), False),
        (PIECE[:1000] * 2, False),
    ],
    ids=[
        "twice",
        "twice behind zeros",
        "zeros only",
        "once behind zeros",
        "once before zeros",
        "too little",
    ],
)
def test_zeros_are_no_piece_that_stands_several_times(came: bytes, told: bool) -> None:
    """A buffer that is used again repeats what a client has sent; a hole repeats nothing."""
    one = case(*(misplaced(i, came) for i in PRESSED))
    assert [repeats(s) for s in bad_sessions(one)] == [told] * len(PRESSED)
    assert bool(repeated(one)) is told
    assert ("buffer-overwritten" in causes(one)) is told


def test_what_a_search_has_sent_may_repeat_itself() -> None:
    """Its payloads are drawn, and nobody says that they have a piece only once."""
    (session,) = bad_sessions(case(misplaced("fuzz/plans", PIECE * 2)))
    assert not repeats(session)
