"""What looks like a bug at first, and is another: rules that must say nothing then."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import pytest
from msgspec.structs import replace

from harness.diagnosis import Case, explain
from harness.values.verdict import Kind
from tests.diagnosis.made import case, ended, failed, found, seen
from tests.diagnosis.simulated import LARGE, case_of


def ids(one: Case) -> list[str]:
    return [cause.id for cause in explain(one).causes]


def test_rows_of_nul_are_no_constant_answer() -> None:
    """bytes(number) makes a row of zeros as long as the byte's value: it differs each time."""
    zeros = case_of(lambda reads: (b"".join(bytes(n) for read in reads for n in read), False))
    assert "constant-answer" not in ids(zeros)
    assert "one-behind" not in ids(zeros)


def test_the_same_answer_to_all_is_constant() -> None:
    """The rule is not lost with that."""
    assert ids(case_of(lambda reads: (b"ok\n" * len(reads), False)))[:1] == ["constant-answer"]


def test_each_answer_that_repeats_all_is_told() -> None:
    """The buffer is never emptied."""
    piled = case_of(
        lambda reads: (b"".join(b"".join(reads[: n + 1]) for n in range(len(reads))), False)
    )
    assert ids(piled)[:1] == ["never-emptied"]


def rests(reads: Sequence[bytes]) -> bytes:
    """Of each message what is longer than any before it."""
    longest = accumulate(map(len, (b"", *reads)), max)
    return b"".join(read[sent:] for read, sent in zip(reads, longest, strict=False))


def test_a_position_that_is_not_set_back_is_told() -> None:
    """Of longer messages the rest comes; who forgets each client after its first message looks
    alike in all the others."""
    told = explain(case_of(lambda reads: (rests(reads), False), 4096, LARGE)).causes
    assert [cause.id for cause in told] == ["position-not-reset"]
    assert "only what it had more" in told[0].evidence[0]
    forgotten = case_of(lambda reads: (b"".join(reads[:1]), False), 4096, LARGE)
    assert "position-not-reset" not in ids(forgotten)


def test_a_rest_of_an_earlier_message_is_told() -> None:
    """Each message is read into the same buffer, and as much is sent as it ever held."""

    def answer(reads: Sequence[bytes]) -> tuple[bytes, bool]:
        held, out = b"", b""
        for read in reads:
            held = read + held[len(read) :]
            out += held
        return out, False

    assert ids(case_of(answer))[:1] == ["stale-buffer"]


GONE = "launch/stays-up"
ONCE = case(
    failed(
        GONE,
        found(Kind.REFUSED, session=1, message="connection 2 was not accepted: ECONNREFUSED"),
        seen("0.1 connected; 0.2 sent 5; 0.3 received 5; 0.4 closed"),
        deaths=(ended(0, at=0.5),),
    )
)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("while (my $client = $main->accept) {", False),
        ("my $client = $main->accept;", True),
    ],
)
def test_accept_in_the_head_of_a_loop_is_in_a_loop(line: str, told: bool) -> None:
    """Who ends after one client then has another bug."""
    one = replace(
        ONCE,
        passed=ONCE.passed - {"sessions/one-after-another"},
        sources=(("server.pl", line),),
        command=("perl", "server.pl"),
    )
    assert ("no-accept-loop" in ids(one)) is told


PAUSED = failed(
    "resilience/pause-resume",
    found(Kind.NO_ECHO),
    seen("0.1 connected; 0.2 target paused; 0.3 target resumed; 0.4 sent 10"),
)


@pytest.mark.parametrize(
    ("timeline", "told"),
    [("0.1 connected; 0.2 sent 10", False), ("0.1 connected; 0.2 target paused; 0.3 sent 9", True)],
)
def test_who_stands_still_without_a_signal_is_not_broken_by_one(timeline: str, told: bool) -> None:
    """The same was seen where nothing was stopped."""
    other = failed("chunking/uneven", found(Kind.NO_ECHO), seen(timeline))
    one = case(PAUSED, other, passed=("shutdown/after-echo",))
    assert ("signal-breaks" in ids(one)) is told


@pytest.mark.parametrize("pressed", [False, True])
def test_output_that_is_dropped_shows_where_much_waits(pressed: bool) -> None:
    """A line that may drop output explains a loss only beside a check that makes output wait."""
    source = "class Q:\n    def __init__(self):\n        self.out = collections.deque(maxlen=9)\n"
    lost = [failed("fuzz/plans", found(Kind.LOST, offset=7))]
    if pressed:
        lost.append(failed("partial-send/slow-reader", found(Kind.LOST, offset=7)))
    one = replace(case(*lost), sources=(("server.py", source),), command=("python", "server.py"))
    assert ("stalled-output-dropped" in ids(one)) is pressed
