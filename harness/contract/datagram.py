"""datagram: a server of datagrams (UDP) sends each one back, whole and on its own, to who sent it.

UDP promises nothing: datagrams may be lost, and overtake one another.  So one without an answer is
asked again and again before its silence accuses, and the order of answers means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from harness.contract.check import (
    DATAGRAM,
    HELLO,
    LASTING,
    MUST,
    RFC862,
    SHOULD,
    Check,
    Context,
)
from harness.values import plan as p
from harness.values.address import Transport
from harness.values.datagrams import (
    LARGEST_DATAGRAM,
    Ask,
    AwaitAnswers,
    DatagramPlan,
    DatagramTrace,
    Step,
    in_turn,
)
from harness.values.plan import Plan
from harness.values.verdict import Breach, Finding, Kind, Level, Profile

IGNORES = frozenset({Kind.ELSEWHERE, Kind.EXIT_STATUS, Kind.STILL_RUNNING})
"""Kinds of findings that a check of their own judges."""
WHOLE = (
    "The same bytes as one datagram, at the first attempt or at a later one. Not allowed: other "
    "bytes, more or fewer of them, a second answer, or no answer however often it is asked."
)
MTU = 1472
"""Bytes that fit into one frame of Ethernet: 1500 without the headers of IP (20) and UDP (8)."""
READS = (1023, 1024, 1025, 4095, 4096, 4097, 8191, 8192, 8193, 9000)
AT_ONCE = 16
"""Datagrams that are on their way at a time: no buffer drops so few small ones."""


# --- pieces of plans ----------------------------------------------------------------------------


def _one_by_one(context: Context, payloads: Sequence[p.Payload]) -> DatagramPlan:
    """Each is asked when the one before was answered: of a one-shot server each a new instance."""
    exchanges = [(Ask(payload), AwaitAnswers()) for payload in payloads]
    if context.profile is Profile.ONE_SHOT:
        return in_turn(*exchanges)
    return in_turn(tuple(step for exchange in exchanges for step in exchange))


def _sizes(*sizes: int) -> Callable[[Context], DatagramPlan]:
    return lambda context: _one_by_one(
        context, [context.data(number, size) for number, size in enumerate(sizes)]
    )


def _literal(value: bytes) -> Callable[[Context], DatagramPlan]:
    return lambda context: _one_by_one(context, [p.Literal(value)])


def held(context: Context, *steps: Step) -> tuple[Step, ...]:
    """``steps`` while the target is paused, so that all that is asked waits for it at once."""
    if context.remote:
        return steps
    return (p.PauseTarget(), *steps, p.ResumeTarget())


def still_answers(context: Context, number: int = 99) -> tuple[Step, ...]:
    return (Ask(context.data(number, 100)), AwaitAnswers())


# --- plans --------------------------------------------------------------------------------------


def _every_byte_value(context: Context) -> DatagramPlan:
    if context.profile is Profile.ONE_SHOT:
        return _one_by_one(context, [p.Literal(bytes(range(256)))])
    steps: list[Step] = [Ask(p.Literal(bytes(range(256)))), AwaitAnswers()]
    for first in range(0, 256, AT_ONCE):
        steps += [Ask(p.Literal(bytes([value]))) for value in range(first, first + AT_ONCE)]
        steps.append(AwaitAnswers())
    return in_turn(tuple(steps))


def _empty(context: Context) -> DatagramPlan:
    """Between two others, so that it is known to be the empty one that is not answered."""
    if context.profile is Profile.ONE_SHOT:
        return _one_by_one(context, [p.Literal(b"")])
    return _one_by_one(context, [HELLO, p.Literal(b""), context.data(1, 10)])


FEW, TURNS = 3, 8
"""Small datagrams that wait at once, and how often: the smallest receive buffer that Linux allows
(SO_RCVBUF, 2,304 bytes) takes in three."""


def _boundaries(context: Context) -> DatagramPlan:
    sizes = (100, 1, 300, 50, 200)
    asks = [Ask(context.data(number, size)) for number, size in enumerate(sizes)]
    few: list[Step] = []
    for first in range(10, 10 + FEW * TURNS, FEW):
        together = [Ask(context.data(number, 60)) for number in range(first, first + FEW)]
        few += [*held(context, *together), AwaitAnswers()]
    return in_turn(
        (*held(context, *asks), AwaitAnswers(), *asks[:2], AwaitAnswers()),
        (*few, AwaitAnswers(each=True)),
    )


def _lost_of_few(plan: DatagramPlan, trace: DatagramTrace, context: Context) -> list[Finding]:
    """Whether most of the few that wait together are lost, each time that some do.

    No buffer has dropped them, and one of them is answered at once.  Who is slow answers none of
    them before they are asked again, and then each as often as it was asked.
    """
    asked = trace.scripts[-1].asked
    turns = [asked[first : first + FEW] for first in range(0, len(asked), FEW)]
    quick = [turn for turn in turns if any(one.times == one.answers == 1 for one in turn)]
    lost = sum(one.times > max(1, one.answers) for turn in quick for one in turn)
    if context.elsewhere or len(asked) < FEW * TURNS or 2 * lost < len(asked):
        return []
    text = (
        f"{lost} of {len(asked)} small datagrams had no answer when they waited together, "
        f"{FEW} at a time, which every receive buffer holds; asked again they came back"
    )
    return [Finding(kind=Kind.NO_ECHO, breach=Breach.LIVENESS, message=text)]


# --- pieces of checks ---------------------------------------------------------------------------


def _no_stream(context: Context) -> Plan:
    return Plan(scripts=())


def datagram_check(
    name: str,
    level: Level,
    requirement: str,
    exchange: Callable[[Context], DatagramPlan],
    allowed: str = WHOLE,
    *,
    hint: str = "",
) -> Check:
    return Check(
        id=f"{DATAGRAM}/{name}",
        level=level,
        basis=RFC862,
        requirement=requirement,
        plan=_no_stream,
        allowed=allowed,
        ignores=IGNORES,
        hint=hint,
        exchange=exchange,
        transports=(Transport.UDP,),
        lacks="it is about datagrams, and this server speaks in streams",
    )


def lasting(check: Check, waits: float = 0.0) -> Check:
    """For servers that answer more than one datagram."""
    return replace(check, profiles=LASTING, waits=waits)


CHECKS = (
    datagram_check(
        "one-byte", MUST, "A datagram of one byte comes back.", _sizes(1), hint="it never answers"
    ),
    datagram_check("hello", MUST, "A short datagram comes back.", _literal(b"0123456789")),
    datagram_check(
        "every-byte-value",
        MUST,
        "Every byte value comes back unchanged, among others and on its own.",
        _every_byte_value,
        hint="the datagram is treated as text: decoded, stripped, or ended at a NUL",
    ),
    datagram_check(
        "empty",
        SHOULD,
        "An empty datagram is answered by an empty one.",
        _empty,
        hint="an empty read is taken for the end: with datagrams it is a message like any other",
    ),
    replace(
        lasting(
            datagram_check(
                "boundaries",
                MUST,
                "Datagrams that wait together come back one by one, each whole.",
                _boundaries,
                f"{WHOLE[:-1]}; or most of {FEW} that wait together without one at the first "
                "attempt, again and again.",
                hint="datagrams are collected as if they were a stream: answer each recvfrom() by "
                "one sendto()",
            )
        ),
        weigh=_lost_of_few,
    ),
    datagram_check(
        "up-to-mtu",
        MUST,
        f"Datagrams up to {MTU:,} bytes, which fit into one Ethernet frame, come back whole.",
        _sizes(548, 1200, MTU - 1, MTU),
        hint="the buffer of recvfrom() is too small: what does not fit is thrown away",
    ),
    datagram_check(
        "read-boundary",
        MUST,
        "Datagrams around the usual sizes of buffers come back whole, up to 9,000 bytes.",
        _sizes(*READS),
        hint="the buffer of recvfrom() is too small: what does not fit is thrown away",
    ),
    datagram_check(
        "largest",
        SHOULD,
        f"The largest datagram that UDP can carry ({LARGEST_DATAGRAM:,} bytes) comes back whole.",
        _sizes(LARGEST_DATAGRAM),
        hint="the buffer of recvfrom() has fewer than 65,535 bytes",
    ),
)
