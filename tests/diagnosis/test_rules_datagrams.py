"""The bugs of servers of datagrams are recognised, each by what it does to the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from msgspec.structs import replace

from harness.contract.catalogue import find
from harness.contract.check import Context
from harness.diagnosis import DatagramEvidence, explain
from harness.diagnosis.case import Case
from harness.diagnosis.explaining import MUTE
from harness.judging.datagrams import judge
from harness.values.address import Transport
from harness.values.datagrams import (
    Ask,
    Asked,
    AwaitAnswers,
    Came,
    ClientTrace,
    DatagramTrace,
    side_by_side,
)
from harness.values.payload import Literal
from harness.values.plan import Wait
from harness.values.trace import Death, Moment
from harness.values.verdict import Breach, Finding, Kind, Profile
from tests.diagnosis.simulated_datagrams import CHECKS, THERE, Died, Echo, Server, case_of

Answers = Iterable[tuple[int, bytes]]


class ToTheOneBefore(Server):
    last: int | None = None

    def answer(self, client: int, data: bytes) -> Answers:
        to, self.last = self.last, client
        return [(client if to is None else to, data)]


class ToAll(Server):
    def __init__(self) -> None:
        self.clients: list[int] = []

    def answer(self, client: int, data: bytes) -> Answers:
        if client not in self.clients:
            self.clients.append(client)
        return [(other, data) for other in self.clients]


class Collects(Server):
    def answers(self, waiting: list[tuple[int, bytes]]) -> Answers:
        return [(waiting[-1][0], b"".join(data for _, data in waiting)[:65507])]


class Accumulates(Server):
    waiting = b""

    def answer(self, client: int, data: bytes) -> Answers:
        self.waiting += data
        return [(client, self.waiting[-65507:])]


class OnlyNever(Server):
    def answer(self, client: int, data: bytes) -> Answers:
        return []


class EndsAtEmpty(Server):
    def answer(self, client: int, data: bytes) -> Answers:
        if not data:
            raise Died
        return [(client, data)]


class OnlyTheFirst(Server):
    first: int | None = None

    def answer(self, client: int, data: bytes) -> Answers:
        if self.first is None:
            self.first = client
        return [(client, data)] if client == self.first else []


class OnlyOnce(Server):
    answered = False

    def answer(self, client: int, data: bytes) -> Answers:
        if self.answered:
            return []
        self.answered = True
        return [(client, data)]


class OneOfMany(Server):
    """It reads all that waits, and answers the last."""

    def answers(self, waiting: list[tuple[int, bytes]]) -> Answers:
        return waiting[-1:]


class AnswersNothingTwice(Server):
    """It takes what comes again for a copy that the network has made."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()

    def answer(self, client: int, data: bytes) -> Answers:
        if data in self.seen:
            return []
        self.seen.add(data)
        return [(client, data)]


class Shrinks(Server):
    """The buffer has the length of the shortest that has come."""

    size = 65535

    def answer(self, client: int, data: bytes) -> Answers:
        self.size = min(self.size, len(data))
        return [(client, data[: self.size])]


class KeepsLength(Server):
    """An empty datagram leaves what the one before has left."""

    last = b""

    def answer(self, client: int, data: bytes) -> Answers:
        self.last = data or self.last
        return [(client, self.last)]


class Caches(Server):
    """What begins like an earlier one gets the answer of that."""

    def __init__(self) -> None:
        self.answers_by_head: dict[bytes, bytes] = {b"0": b"0 and more"}

    def answer(self, client: int, data: bytes) -> Answers:
        return [(client, self.answers_by_head.setdefault(data[:1], data))]


class ToTheUsualAddress(Server):
    """The last of the clients of datagram/to-the-sender asks from another one."""

    def answer(self, client: int, data: bytes) -> Answers:
        return [(client, data)] if client < 6 else []


class MindsWhoIsGone(Server):
    def gone(self) -> None:
        raise Died("Traceback\nConnectionRefusedError: [Errno 111] Connection refused")


class Decodes(Server):
    def answer(self, client: int, data: bytes) -> Answers:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise Died(f"UnicodeDecodeError: {error}") from error
        return [(client, data)]


class Dies(Server):
    def answer(self, client: int, data: bytes) -> Answers:
        if b"\xff" in data:
            raise Died("IndexError: list index out of range")
        return [(client, data)]


class Logs(Server):
    """It catches what decoding raises, or its library does, and answers nothing."""

    def answer(self, client: int, data: bytes) -> Answers:
        try:
            data.decode()
        except UnicodeDecodeError:
            return []
        return [(client, data)]


class Elsewhere(Server):
    source = ("127.0.0.1", 40123)


class OtherHost(Server):
    source = ("127.0.0.3", 7007)


class OldLength(Server):
    buffer = b""

    def answer(self, client: int, data: bytes) -> Answers:
        self.buffer = data + self.buffer[len(data) :]
        return [(client, self.buffer)]


def pieces(data: bytes) -> list[bytes]:
    return [data[at : at + 512] for at in range(0, len(data), 512)] or [b""]


def changes(change: Callable[[bytes], bytes]) -> Callable[[], Server]:
    return lambda: Echo(lambda data: [change(data)])


BUGS: list[tuple[str, Callable[[], Server]]] = [
    ("datagram-buffer-small", changes(lambda data: data[:1024])),
    ("datagram-buffer-small", changes(lambda data: data[:512])),
    ("datagram-buffer-small", changes(lambda data: data[:9216])),
    ("message-size-limit", lambda: Echo(lambda data: [data] if len(data) <= 1472 else [])),
    ("datagrams-collected", Collects),
    ("datagrams-collected", Accumulates),
    ("datagram-cut-up", lambda: Echo(pieces)),
    ("empty-datagram-ignored", lambda: Echo(lambda data: [data] if data else [])),
    ("empty-datagram-is-end", EndsAtEmpty),
    ("answers-wrong-client", ToTheOneBefore),
    ("broadcast", ToAll),
    ("waits-for-one-client", OnlyTheFirst),
    ("answers-from-new-socket", Elsewhere),
    ("answers-from-any-address", OtherHost),
    ("refused-is-fatal", MindsWhoIsGone),
    ("no-receive-loop", OnlyOnce),
    ("datagram-crash", Dies),
    ("sent-twice", lambda: Echo(lambda data: [data, data])),
    ("decodes-text", Decodes),
    ("decodes-text", Logs),
    ("strips-whitespace", changes(bytes.strip)),
    ("case-changed", changes(bytes.upper)),
    ("cut-at-nul", changes(lambda data: data.split(b"\0")[0])),
    ("lossy-decoding", changes(lambda data: data.decode(errors="replace").encode()[:65507])),
    ("seven-bit", changes(lambda data: bytes(byte & 127 for byte in data))),
    ("prefix-or-suffix", changes(lambda data: b"Echo: " + data)),
    ("prefix-or-suffix", changes(lambda data: data + b"\n")),
    ("stale-buffer", changes(lambda data: data[:1400].ljust(1400, b"\0"))),
    ("stale-buffer", OldLength),
    ("stale-buffer", KeepsLength),
    ("answers-own-address", ToTheUsualAddress),
    ("datagram-buffer-small", Shrinks),
    ("drops-while-busy", OneOfMany),
    ("repetitions-dropped", AnswersNothingTwice),
    ("rest-of-read-discarded", changes(lambda data: b"".join(data.partition(b"\n")[:2]))),
    ("rest-of-read-discarded", changes(lambda data: data.split(b"\n")[0])),
    ("signed-char-is-end", changes(lambda data: data.split(b"\xff")[0])),
]


@pytest.mark.parametrize(("cause", "make"), BUGS, ids=[f"{n}-{c}" for n, (c, _) in enumerate(BUGS)])
def test_a_bug_is_recognised(cause: str, make: Callable[[], Server]) -> None:
    """It is named, nothing else is, and every failure is put down to it."""
    case = case_of(make)
    assert case.failed
    found = explain(case)
    assert [one.id for one in found.causes] == [cause]
    assert set(found.causes[0].explains) == case.failed
    assert found.causes[0].evidence


def test_a_correct_server_has_no_failure() -> None:
    """The simulation itself is right."""
    assert case_of(Server).failed == frozenset()


def test_what_is_not_understood_is_not_explained() -> None:
    """A wrong cause is worse than none."""
    found = explain(case_of(changes(lambda data: data[::-1])))
    assert [one.id for one in found.causes] == ["unexplained"]


@pytest.mark.parametrize(("at_once", "named"), [(1, True), (2, False)])
def test_few_that_wait_together_show_that_only_one_is_answered(at_once: int, named: bool) -> None:
    """Where the others come back when they are asked again, nothing else fails."""
    check = find("datagram/boundaries")
    assert check.exchange is not None
    plan = check.exchange(Context(Profile.SEQUENTIAL, transport=Transport.UDP))
    turn = (Asked(1, 1),) * at_once + (Asked(2, 1),) * (3 - at_once)
    first = ClientTrace((Asked(1, 1),) * 7)
    trace = DatagramTrace((first, ClientTrace(turn * 8)))
    silent = Finding(kind=Kind.NO_ECHO, breach=Breach.LIVENESS, message="")
    lost = DatagramEvidence(check.id, "", Profile.SEQUENTIAL, plan, trace, (silent,))
    passed = frozenset(CHECKS) - {check.id}
    case = Case(Profile.SEQUENTIAL, (), passed, frozenset(), datagrams=(lost,))
    assert ("drops-while-busy" in [one.id for one in explain(case).causes]) is named


def test_an_empty_one_that_is_ignored_beside_another_bug() -> None:
    """What else has no answer is put down to something else."""
    case = case_of(lambda: Echo(lambda data: [data] if 0 < len(data) <= 1472 else []))
    explains = {one.id: set(one.explains) for one in explain(case).causes}
    assert explains == {
        "message-size-limit": {"datagram/read-boundary", "datagram/largest"},
        "empty-datagram-ignored": {"datagram/empty"},
    }


def test_what_is_answered_by_another_message_has_not_gone_to_the_wrong_client() -> None:
    """Datagrams of other lengths come back: to send them to another client changes none."""
    case = case_of(Caches)
    assert "answers-wrong-client" not in [one.id for one in explain(case).causes]


GREETED = (Moment(0.1, "asked", 5), Moment(0.2, "received", 5))
CLOSED = "nobody there (ICMP: port unreachable)"


@pytest.mark.parametrize(
    ("at", "later", "cause"),
    [
        (2.3, (), "idle-timeout"),
        (2.6, (Moment(2.3, "asked", 5), Moment(2.4, CLOSED)), "idle-timeout"),
        (0.3, (), "connections-used-up"),
        (2.6, (Moment(0.3, "asked", 5), Moment(0.4, CLOSED)), "connections-used-up"),
        (2.6, (Moment(2.5, "asked", 5),), "connections-used-up"),
    ],
    ids=["seen at once", "seen when asked", "while asked", "after it was asked", "by the second"],
)
def test_one_that_ends_in_a_silence_has_a_time_limit(
    at: float, later: tuple[Moment, ...], cause: str
) -> None:
    """One that ends while it is asked does not."""
    (told,) = explain(died(("datagram/stays-up", at, later))).causes
    assert told.id == cause
    assert cause != "idle-timeout" or "a silence of 2.1 s" in told.evidence[0]


def test_one_that_ends_elsewhere_too_may_have_ended_before_the_silence() -> None:
    """Nobody sees when it ended where nobody asks: after its last answer, perhaps."""
    case = died(("resources/memory", 2.3, ()), ("datagram/burst", 0.3, ()))
    assert [one.id for one in explain(case).causes] == ["connections-used-up"]


def test_what_comes_for_a_while_is_no_silence() -> None:
    """Answers in a row are one entry of a timeline, with the time of the last."""
    answers = (Moment(0.3, "received", 50_000, 2.2),)
    (told,) = explain(died(("datagram/stays-up", 2.3, answers))).causes
    assert told.id == "connections-used-up"


def died(*ends: tuple[str, float, tuple[Moment, ...]]) -> Case:
    """The target ended in each of these checks, then, and this was in the timeline before."""
    plan = side_by_side((Ask(Literal(b"hello")), AwaitAnswers(), Wait(2.5)))
    client = ClientTrace((Asked(1, 1),), (Came(0.2, THERE, 5, 0),), THERE)
    found = []
    for check_id, at, later in ends:
        death = Death(status=0, signal=None, at=at, asked=False, script=0, output="")
        seen = replace(client, timeline=GREETED + later)
        trace = DatagramTrace((seen,), deaths=(death,))
        told = tuple(judge(plan, trace, Profile.SEQUENTIAL))
        found.append(DatagramEvidence(check_id, "", Profile.SEQUENTIAL, plan, trace, told))
    return Case(Profile.SEQUENTIAL, (), datagrams=tuple(found))


def test_of_several_that_came_changed_it_is_found_out_which_is_which() -> None:
    """Two that are much changed look like one another: what one change makes of both says it."""
    asked = [b"\x80" * 8, b"ab\x80" * 8, b"\xff" * 4 + b"the end"]  # of 8 bytes 24 are made
    came = [data.decode(errors="replace").encode() for data in asked]
    plan = side_by_side((*(Ask(Literal(data)) for data in asked), AwaitAnswers()))
    seen = tuple(Came(0.1, THERE, len(data), None, data) for data in came)
    trace = DatagramTrace((ClientTrace((Asked(1, 0),) * 3, seen, THERE),))
    found = tuple(judge(plan, trace, Profile.SEQUENTIAL))
    evidence = DatagramEvidence("fuzz/plans", "", Profile.SEQUENTIAL, plan, trace, found)
    (told,) = explain(Case(Profile.SEQUENTIAL, (), datagrams=(evidence,))).causes
    assert told.id == "lossy-decoding"


def written(name: str, text: str, make: Callable[[], Server] = OnlyNever) -> Case:
    """The case of a server with this source."""
    return replace(case_of(make), sources=((name, text),), command=("python", name))


OWN = "data, (host, _) = s.recvfrom(65535)\ns.sendto(data, (host, 9))\n"
BARE = "data = s.recv(65535)\ns.sendall(data)\n"


@pytest.mark.parametrize(
    ("name", "source", "cause"),
    [
        ("server.py", OWN, "answers-own-address"),
        ("server.js", "s.on('message', m => s.send(m, 7007, 'x'));", "answers-own-address"),
        ("server.js", "s.on('message', (m, r) => s.send(m, r.port, r.address));", "unexplained"),
        ("server.py", BARE, "send-without-address"),
        ("server.c", "n = read(fd, b, 99); write(fd, b, n);", "send-without-address"),
        ("server.py", "data, peer = s.recvfrom(99)\ns.sendto(data, peer)\n", "unexplained"),
        ("server.py", "s.connect(peer)\n" + BARE, "unexplained"),
        ("server.py", OWN + "s.sendto(data, peer)\n", "unexplained"),
    ],
)
def test_where_nothing_comes_back_the_source_speaks(name: str, source: str, cause: str) -> None:
    """And where it has nothing to say, the advice is to look at what is read and sent."""
    (found,) = explain(written(name, source)).causes
    assert found.id == cause
    assert cause != "unexplained" or found.hint == MUTE


def test_a_line_of_the_source_says_nothing_where_something_comes_back() -> None:
    """It sends more than answers, perhaps."""
    case = written("server.py", OWN, changes(lambda data: data[:1024]))
    assert [one.id for one in explain(case).causes] == ["datagram-buffer-small"]


class KnowsNoAddress(Server):
    def answer(self, client: int, data: bytes) -> Answers:
        raise Died("OSError: [Errno 89] Destination address required")


def test_the_last_words_say_that_an_address_is_missing() -> None:
    """What is to be done is not to catch that error."""
    (cause,) = explain(case_of(KnowsNoAddress)).causes
    assert cause.id == "send-without-address"
    assert "recvfrom" in cause.hint or "address" in cause.hint


REPORT = """\
==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x621000006100 at pc 0x7fa2
WRITE of size 5000 at 0x621000006100 thread T0
    #1 0x5611aaa82487 in main echo.c:16
0x621000006100 is located 0 bytes to the right of 4096-byte region [0x62100,0x62101)
==7==ABORTING"""


class Aborts(Server):
    def answer(self, client: int, data: bytes) -> Answers:
        if len(data) > 4096:
            raise Died(REPORT)
        return [(client, data)]


def test_the_words_of_one_that_dies_are_quoted() -> None:
    """What a checker says of it is the bug, and not the last line that it writes."""
    (cause,) = explain(case_of(Aborts)).causes
    assert cause.id == "datagram-crash"
    assert cause.bug.startswith("an error at a datagram ends the server: AddressSanitizer: heap-")
    assert "echo.c:16" in cause.evidence[0]


@pytest.mark.parametrize(("size", "named"), [(1024, True), (1500, True), (4241, False)])
def test_a_search_that_has_found_one_size_does_not_know_of_a_buffer(size: int, named: bool) -> None:
    """Larger ones may well come back: only a size that buffers have says so."""
    asked, got = b"a" * (size + 1), b"a" * size
    plan = side_by_side((Ask(Literal(asked)), AwaitAnswers()))
    came = Came(0.1, THERE, size, None, got)
    trace = DatagramTrace((ClientTrace((Asked(1, 0),), (came,), THERE),))
    found = tuple(judge(plan, trace, Profile.SEQUENTIAL))
    evidence = DatagramEvidence("fuzz/plans", "", Profile.SEQUENTIAL, plan, trace, found)
    (cause,) = explain(Case(Profile.SEQUENTIAL, (), datagrams=(evidence,))).causes
    assert cause.id == ("datagram-buffer-small" if named else "unexplained")
