"""An event that comes once for all that is there, and what only looks like it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.diagnosis import Evidence, explain
from harness.values.plan import (
    AwaitEcho,
    Connect,
    HalfClose,
    Literal,
    PauseTarget,
    ResumeTarget,
    Send,
)
from harness.values.plan import one as alone
from harness.values.trace import Ending
from harness.values.verdict import Kind
from tests.diagnosis.made import case, causes, failed, found, seen

SIZE, READ = 100_000, 8192
CHECKS = (
    *("chunking/one-write-many-reads", "chunking/exact-read-then-end", "identity/long-stream"),
    *("partial-send/slow-reader", "partial-send/stalled-reader"),
)
HELPS = f"0.3 half-closed; 0.31 received {READ}"
"""The client's end is an event, so one more read is done."""
SILENT = "0.9 gave up waiting after 0.6 s"
MUTE = "0.3 half-closed; 0.9 gave up waiting after 0.6 s"


def left(check_id: str, then: str, read: int = READ) -> Evidence:
    """Of a message that was there as a whole, behind a small one, the first read came; ``then``:
    what followed."""
    small = 100 * CHECKS.index(check_id) + 100
    sent = b"".join(n.to_bytes(4, "big") for n in range(SIZE // 4))
    first = (Send(Literal(sent[:small])), AwaitEcho(), PauseTarget(), Send(Literal(sent[small:])))
    plan = alone(Connect(), *first, ResumeTarget(), AwaitEcho(), HalfClose())
    good = small + read * (1 + ("received" in then))
    answered = f"0.01 sent {small}; 0.02 received {small}; 0.1 sent {SIZE - small}"
    got = seen(f"{answered}; 0.2 received {read}; {then}", echoed=good, ending=Ending.OPEN)
    wrong = found(Kind.NO_ECHO, sent=SIZE, received=good, offset=good, length=SIZE - good)
    return failed(check_id, wrong, got, plan=plan)


def _helped() -> list[Evidence]:
    return [left(i, HELPS) for i in CHECKS[3:]]


def test_what_is_left_waits_for_the_next_event() -> None:
    """How many bytes are read after an event is told; in how many reads nobody knows."""
    told = explain(case(*(left(i, SILENT) for i in CHECKS[:3]), *_helped())).causes[0]
    assert told.id == "edge-not-drained"
    assert told.bug == (
        "after an event no more than 8,192 bytes are read, and what is left waits for the next "
        "event"
    )


def test_where_no_event_brings_the_rest() -> None:
    """The client's end is an event, too: if nothing comes after it the server waits for something
    else, such as room that nobody tells it of."""
    assert causes(case(*(left(i, MUTE) for i in CHECKS))) == ["deadlock-both-ways"]


SELECT = "select.select([s], [], [])"
EPOLL = "unix.EpollCreate1(0)"


@pytest.mark.parametrize(
    ("command", "source", "told"),
    [
        (("go", "run", "server.go"), 'net.Listen("tcp", address)', False),
        (("go", "run", "server.go"), EPOLL, True),
        (("java", "Server"), "", False),
        (("node", "server.js"), "", False),
        (("python3", "server.py"), SELECT, False),
        (("python3", "server.py"), "select.epoll().register(s, EPOLLIN | EPOLLET)", True),
        (("python3", "-m", "server"), "", True),
        (("./server",), "", True),
    ],
)
def test_who_cannot_have_asked_for_it(command: tuple[str, ...], source: str, told: bool) -> None:
    """Sockets of Go, Java and Node never tell of data only once, and a program in Python has to
    ask for it: where its source does not there is another reason."""
    one = case(*(left(i, SILENT) for i in CHECKS))
    sources = (("server.txt", source),) if source else ()
    known = replace(one, command=command, sources=sources)
    assert ("edge-not-drained" in causes(known)) is told


@pytest.mark.parametrize(("events", "told"), [("EPOLLIN | EPOLLET", True), ("EPOLLIN", False)])
def test_an_odd_number_of_bytes_where_the_program_asks_for_it(events: str, told: bool) -> None:
    """Of seven reads of 6,001 bytes, for instance: such a number may be a limit of another kind,
    if nothing says that events come once."""
    one = case(*(left(i, SILENT, 42_007) for i in CHECKS[:3]), *_helped())
    known = replace(one, command=("./server",), sources=(("server.c", f"e.events = {events};"),))
    assert ("edge-not-drained" in causes(known)) is told


@pytest.mark.parametrize(("received", "told"), [(35_768, True), (0, False)])
def test_who_stands_still_by_itself(received: int, told: bool) -> None:
    """Clients beside a slow one that get a part of what they have sent do not wait for it."""
    wrong = found(Kind.NO_ECHO, 1, sent=203_000, received=received, offset=received)
    beside = failed("sessions/slow-client-aside", wrong, seen(), seen(), together=True)
    one = case(*(left(i, MUTE) for i in CHECKS), beside)
    assert ("deadlock-both-ways" in causes(one)) is told


# --- answers to full reads that wait -------------------------------------------------------------


def waits(check_id: str, sent: int, missing: int) -> Evidence:
    """The last ``missing`` of ``sent`` bytes had not come when patience ended."""
    came = sent - missing
    got = seen(f"0.1 sent {sent}; 0.2 received {came}; 6.3 gave up", ending=Ending.OPEN)
    return failed(check_id, found(Kind.NO_ECHO, sent=sent, received=came, offset=came), got)


LATE = {"late": [4096, 8192], "alone": [4096, 8192], "right": [4095, 4097]}


@pytest.mark.parametrize(
    ("sizes", "missing", "told"),
    [
        (LATE, 4096, True),
        ({**LATE, "late": [4096]}, 4096, False),
        ({**LATE, "right": [4097]}, 4096, False),
        ({**LATE, "late": [17], "alone": [17], "right": [16, 18]}, 17, False),
        (LATE, 4000, False),
    ],
    ids=["late", "one never comes", "less is not right", "no buffer", "another part is missing"],
)
def test_answers_to_full_reads_come_with_the_next(
    sizes: dict[str, list[int]], missing: int, told: bool
) -> None:
    """Tried one by one: messages of a buffer's size, and its multiples, come back late and those
    of a byte more or less at once; in the checks just such reads are missing."""
    one = [waits("chunking/read-boundary", 26_629, missing), waits("fuzz/plans", 4096, missing)]
    told_of = causes(case(*one, sizes={name: list(n) for name, n in sizes.items()}))
    assert ("waits-after-full-read" in told_of) is told
