"""datagram: a server of datagrams (UDP) sends each one back, whole and on its own, to who sent it.

UDP promises nothing: datagrams may be lost, and overtake one another.  So one without an answer is
asked again and again before its silence accuses, and the order of answers means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from harness.contract.check import (
    ALL,
    DATAGRAM,
    HELLO,
    LASTING,
    MAY,
    MUST,
    POSIX,
    RFC862,
    SHOULD,
    Check,
    Context,
    NotApplicable,
)
from harness.values import plan as p
from harness.values.address import Transport
from harness.values.datagrams import (
    LARGEST_DATAGRAM,
    Ask,
    AwaitAnswers,
    DatagramPlan,
    DatagramScript,
    DatagramTrace,
    Leave,
    Step,
    in_turn,
    side_by_side,
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
WATCHED = 0.5
"""Seconds in which nothing may come that nobody has asked for."""
STAYS_FOR = 2.0
CLIENTS, TURNS = 6, 4
BURST, BURST_SIZE = 200, 600
ECHO_PORT = 7


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


def _held(context: Context, *steps: Step) -> tuple[Step, ...]:
    """``steps`` while the target is paused, so that all that is asked waits for it at once."""
    if context.remote:
        return steps
    return (p.PauseTarget(), *steps, p.ResumeTarget())


def _still_answers(context: Context, number: int = 99) -> tuple[Step, ...]:
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


def _boundaries(context: Context) -> DatagramPlan:
    sizes = (100, 1, 300, 50, 200)
    asks = [Ask(context.data(number, size)) for number, size in enumerate(sizes)]
    return side_by_side((*_held(context, *asks), AwaitAnswers(), *asks[:2], AwaitAnswers()))


def _to_the_sender(context: Context) -> DatagramPlan:
    """All that clients ask is there before the target reads the first of it."""

    def client(number: int) -> tuple[Step, ...]:
        asks = [Ask(context.data(10 * number + turn, 60)) for turn in range(3)]
        return (p.Meet("paused"), *asks, p.Meet("asked"), p.Meet("resumed"), AwaitAnswers())

    operator = (
        *(() if context.remote else (p.PauseTarget(),)),
        *(p.Meet("paused"), p.Meet("asked")),
        *(() if context.remote else (p.ResumeTarget(),)),
        p.Meet("resumed"),
    )
    return side_by_side(operator, *(client(number) for number in range(CLIENTS)))


def _interleaved(context: Context) -> DatagramPlan:
    """In each turn every client asks when the one before has its answer."""
    clients: list[list[Step]] = [[] for _ in range(CLIENTS)]
    for turn in range(TURNS):
        for number, steps in enumerate(clients):
            for other in range(CLIENTS):
                if other == number:
                    steps += [Ask(context.data(10 * number + turn, 20 + number)), AwaitAnswers()]
                steps.append(p.Meet(f"{turn}.{other}"))
    return side_by_side(*map(tuple, clients))


def _same_address(context: Context) -> DatagramPlan:
    first = DatagramScript((Ask(context.data(1, 50)), AwaitAnswers()))
    if "0.0.0.0" not in {host for host, _ in context.listening} or context.elsewhere:
        return DatagramPlan((first,))
    second = DatagramScript((Ask(context.data(2, 50)), AwaitAnswers()), (0,), to="127.0.0.2")
    return DatagramPlan((first, second))


def _nothing_unasked(context: Context) -> DatagramPlan:
    waits: tuple[Step, ...] = (*_still_answers(context, 1), p.Meet("asked"))
    first = (*waits, p.Wait(WATCHED), p.Meet("watched"), *_still_answers(context, 2), p.Wait(0.05))
    second = (p.Meet("asked"), *_still_answers(context, 3), p.Meet("watched"))
    return side_by_side(first, second)


def _burst(context: Context) -> DatagramPlan:
    asks = [Ask(context.data(number, BURST_SIZE)) for number in range(BURST)]
    return in_turn(
        (*_held(context, *asks), AwaitAnswers(briefly=True)), _still_answers(context, BURST)
    )


def _client_gone(context: Context) -> DatagramPlan:
    """The answers of the target meet nobody, and the system tells it so (ICMP)."""

    def leaves(number: int) -> tuple[Step, ...]:
        asks = [Ask(context.data(10 * number + turn, 30)) for turn in range(3)]
        if context.remote:
            return (*asks, Leave())
        return (p.PauseTarget(), *asks, Leave(), p.ResumeTarget())

    pairs = ((leaves(turn), _still_answers(context, 90 + turn)) for turn in range(3))
    return in_turn(*(steps for pair in pairs for steps in pair))


def _stays_up(context: Context) -> DatagramPlan:
    if context.profile is Profile.ONE_SHOT:
        watch = () if context.remote else (p.AwaitExit(),)
        return in_turn((p.Wait(0.3), Ask(HELLO), AwaitAnswers(), *watch))
    return in_turn(
        (Ask(HELLO), AwaitAnswers(briefly=True), p.Wait(STAYS_FOR)),
        _still_answers(context, 1),
        _still_answers(context, 2),
    )


def _echo_port(context: Context) -> DatagramPlan:
    steps = (Ask(context.data(1, 20)), AwaitAnswers(briefly=True))
    return DatagramPlan((DatagramScript(steps, port=ECHO_PORT),))


# --- judgements ---------------------------------------------------------------------------------


def _answered(plan: DatagramPlan, trace: DatagramTrace, context: Context) -> list[Finding]:
    """Where nothing came back nothing is known of where it comes from."""
    if not any(one.answers for seen in trace.scripts for one in seen.asked):
        raise NotApplicable("it gave no answer whose address could be looked at")
    return []


def _loops(plan: DatagramPlan, trace: DatagramTrace, context: Context) -> list[Finding]:
    (seen,) = trace.scripts
    if seen.error is not None:
        raise NotApplicable(f"no client can have port {ECHO_PORT} here ({seen.error})")
    if not any(one.answers for one in seen.asked):
        return []
    return [
        Finding(
            kind=Kind.RESOURCE,
            breach=Breach.SAFETY,
            message=f"it answers a question from port {ECHO_PORT}, as every echo server but a "
            "careful one does: a forged question can make two of them answer each other for ever",
        )
    ]


def _no_stream(context: Context) -> Plan:
    return Plan(scripts=())


def _check(
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


def _lasting(check: Check, waits: float = 0.0) -> Check:
    """For servers that answer more than one datagram."""
    return replace(check, profiles=LASTING, waits=waits)


CHECKS = (
    _check(
        "one-byte", MUST, "A datagram of one byte comes back.", _sizes(1), hint="it never answers"
    ),
    _check("hello", MUST, "A short datagram comes back.", _literal(b"0123456789")),
    _check(
        "every-byte-value",
        MUST,
        "Every byte value comes back unchanged, among others and on its own.",
        _every_byte_value,
        hint="the datagram is treated as text: decoded, stripped, or ended at a NUL",
    ),
    _check(
        "empty",
        SHOULD,
        "An empty datagram is answered by an empty one.",
        _empty,
        hint="an empty read is taken for the end: with datagrams it is a message like any other",
    ),
    _lasting(
        _check(
            "boundaries",
            MUST,
            "Datagrams that wait together come back one by one, each whole.",
            _boundaries,
            hint="datagrams are collected as if they were a stream: answer each recvfrom() by "
            "one sendto()",
        )
    ),
    _check(
        "up-to-mtu",
        MUST,
        f"Datagrams up to {MTU} bytes, which fit into one Ethernet frame, come back whole.",
        _sizes(548, 1200, MTU - 1, MTU),
        hint="the buffer of recvfrom() is too small: what does not fit is thrown away",
    ),
    _check(
        "read-boundary",
        MUST,
        "Datagrams around the usual sizes of buffers come back whole, up to 9000 bytes.",
        _sizes(*READS),
        hint="the buffer of recvfrom() is too small: what does not fit is thrown away",
    ),
    _check(
        "largest",
        SHOULD,
        f"The largest datagram that UDP can carry ({LARGEST_DATAGRAM:,} bytes) comes back whole.",
        _sizes(LARGEST_DATAGRAM),
        hint="the buffer of recvfrom() has fewer than 65,535 bytes",
    ),
    _lasting(
        _check(
            "to-the-sender",
            MUST,
            "Each of several clients gets its own answers, and only its own.",
            _to_the_sender,
            hint="the address of recvfrom() is not the one that is given to sendto()",
        )
    ),
    replace(
        _check(
            "from-the-same-address",
            SHOULD,
            "The answer comes from the address and port to which the question went.",
            _same_address,
            "Answers from there, also when another address of the machine was asked (127.0.0.2). "
            "Not allowed: answers from another port or address, which clients drop.",
            hint="a socket bound to every address answers from the one that the system chooses: "
            "bind one socket to each address, or set the source with IP_PKTINFO",
        ),
        ignores=frozenset(Kind) - {Kind.ELSEWHERE},
        basis=POSIX,
        weigh=_answered,
    ),
    _lasting(
        _check(
            "nothing-unasked",
            MUST,
            "Nothing comes that nobody has asked for, and no answer comes twice.",
            _nothing_unasked,
            "One answer to each question. Not allowed: a greeting, a heartbeat, a second copy.",
        ),
        WATCHED + 0.2,
    ),
    _lasting(
        replace(
            _check(
                "burst",
                MUST,
                "Of many datagrams at once each answer that comes is whole, unchanged and the only "
                "one.",
                _burst,
                "Any of the answers may be missing: what a full buffer drops is nobody's fault. "
                "Not allowed: one that is changed, cut, merged or doubled, or silence afterwards.",
            ),
        )
    ),
    _lasting(
        replace(
            _check(
                "client-gone",
                MUST,
                "A client that is gone before its answer comes disturbs nobody.",
                _client_gone,
                "The next client is answered. Not allowed: the server ends, or is silent from "
                "then on.",
                hint="ICMP reports the client that is gone as ECONNREFUSED at the next call on "
                "the socket: ignore it and go on",
            ),
            basis=POSIX,
        )
    ),
    replace(
        _check(
            "stays-up",
            MUST,
            "The server goes on answering until it is stopped; a one-shot server ends with status "
            "0 after its answer.",
            _stays_up,
            "The process lives and answers. Not allowed: it ends, with whatever status, or falls "
            "silent.",
            hint="the loop ends, or an exception that nobody catches ends the process",
        ),
        ignores=frozenset({Kind.ELSEWHERE}),
        profiles=ALL,
        waits=STAYS_FOR + 0.2,
    ),
    _lasting(
        _check(
            "interleaved",
            MUST,
            "Clients that take turns are all answered, again and again.",
            _interleaved,
            hint="the socket was connected to one client, or one client is waited for",
        )
    ),
    replace(
        _check(
            "echo-port",
            MAY,
            "For information: whether a question from the echo port is answered.",
            _echo_port,
            "Everything; it is only told. A question from port 7 is better not answered "
            "(CERT CA-1996-01): it may be forged, from another echo server.",
        ),
        ignores=frozenset(Kind),
        weigh=_loops,
    ),
)
