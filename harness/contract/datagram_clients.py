"""datagram, its second half: several clients, clients that go, what nobody asked for."""

from __future__ import annotations

from msgspec.structs import replace

from harness.contract.check import ALL, HELLO, MAY, MUST, POSIX, SHOULD, Context, NotApplicable
from harness.contract.datagram import WHOLE, datagram_check, held, lasting, still_answers
from harness.contract.shutdown import IDLE
from harness.values import plan as p
from harness.values.datagrams import (
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
from harness.values.verdict import Breach, Finding, Kind, Profile

WATCHED = 0.5
"""Seconds in which nothing may come that nobody has asked for."""
EMPTY = p.Literal(b"")
CLIENTS, TURNS = 6, 4
OTHER_HOST = "127.0.0.2"
"""All of 127.0.0.0/8 is this machine."""
BURST, BURST_SIZE = 200, 600
"""Together more than a receive buffer holds (208 KiB on an ordinary Linux, with what each datagram
takes beside its bytes)."""
ECHO_PORT = 7


def _to_the_sender(context: Context) -> DatagramPlan:
    """All that clients ask is there before the target reads the first of it.  The last of them asks
    from another address, as if it were another machine."""

    def client(number: int) -> tuple[Step, ...]:
        asks = [Ask(context.data(10 * number + turn, 60)) for turn in range(3)]
        return (p.Meet("paused"), *asks, p.Meet("asked"), p.Meet("resumed"), AwaitAnswers())

    operator = (
        *(() if context.remote else (p.PauseTarget(),)),
        *(p.Meet("paused"), p.Meet("asked")),
        *(() if context.remote else (p.ResumeTarget(),)),
        p.Meet("resumed"),
    )
    plan = side_by_side(operator, *(client(number) for number in range(CLIENTS)))
    if context.remote:
        return plan
    *others, last = plan.scripts
    return DatagramPlan((*others, replace(last, own=OTHER_HOST)))


def _interleaved(context: Context) -> DatagramPlan:
    """In each turn every client asks when the one before has its answer."""
    clients: list[list[Step]] = [[] for _ in range(CLIENTS)]
    for turn in range(TURNS):
        for number, steps in enumerate(clients):
            for other in range(CLIENTS):
                if other == number:
                    steps += [Ask(context.data(10 * number + turn, 20 + number)), AwaitAnswers()]
                steps.append(p.Meet(f"{turn}.{other}"))
    for steps in clients:
        steps.append(AwaitAnswers(each=True))
    return side_by_side(*map(tuple, clients))


MANY, MOST_LOST = 20, 0.5
"""Datagrams, and the share of them that may be lost where no buffer is full."""


def _lost(plan: DatagramPlan, trace: DatagramTrace, context: Context) -> list[Finding]:
    """Whether most have no answer, though each is alone on its way and nothing but the server can
    lose it.  Who is slow answers them all, if late; whoever insists is served in the end."""
    asked = [one for seen in trace.scripts for one in seen.asked]
    sent, answered = sum(one.times for one in asked), sum(one.answers for one in asked)
    if context.elsewhere or sent < MANY or sent - answered < MOST_LOST * sent:
        return []
    text = (
        f"{sent - answered:,} of {sent:,} datagrams had no answer, though each was sent when the "
        "one before had its answer, or was asked again"
    )
    return [Finding(kind=Kind.NO_ECHO, breach=Breach.LIVENESS, message=text)]


def _same_address(context: Context) -> DatagramPlan:
    first = DatagramScript((Ask(context.data(1, 50)), AwaitAnswers()))
    if "0.0.0.0" not in {host for host, _ in context.listening} or context.elsewhere:
        return DatagramPlan((first,))
    second = DatagramScript((Ask(context.data(2, 50)), AwaitAnswers()), (0,), to=OTHER_HOST)
    return DatagramPlan((first, second))


def _nothing_unasked(context: Context) -> DatagramPlan:
    waits: tuple[Step, ...] = (*still_answers(context, 1), p.Meet("asked"))
    first = (*waits, p.Wait(WATCHED), p.Meet("watched"), *still_answers(context, 2), p.Wait(0.05))
    second = (p.Meet("asked"), *still_answers(context, 3), p.Meet("watched"))
    return side_by_side(first, second)


def _burst(context: Context) -> DatagramPlan:
    asks = [Ask(context.data(number, BURST_SIZE)) for number in range(BURST)]
    return in_turn(
        (*held(context, *asks), AwaitAnswers(briefly=True)), still_answers(context, BURST)
    )


def _client_gone(context: Context) -> DatagramPlan:
    """The answers of the target meet nobody, and the system tells it so (ICMP)."""

    def leaves(number: int) -> tuple[Step, ...]:
        asks = [Ask(context.data(10 * number + turn, 30)) for turn in range(3)]
        if context.remote:
            return (*asks, Leave())
        return (p.PauseTarget(), *asks, Leave(), p.ResumeTarget())

    pairs = ((leaves(turn), still_answers(context, 90 + turn)) for turn in range(3))
    return in_turn(*(steps for pair in pairs for steps in pair))


def _stays_up(context: Context) -> DatagramPlan:
    if context.profile is Profile.ONE_SHOT:
        watch = () if context.remote else (p.AwaitExit(),)
        return in_turn((p.Wait(0.3), Ask(HELLO), AwaitAnswers(), *watch))
    # Whether an empty one is answered is a matter of datagram/empty; it must end nothing.
    empty = (Ask(EMPTY), AwaitAnswers(briefly=True))
    return in_turn(
        (Ask(HELLO), AwaitAnswers(briefly=True), *empty, p.Wait(context.seconds(*IDLE))),
        still_answers(context, 1),
        still_answers(context, 2),
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


CHECKS = (
    lasting(
        datagram_check(
            "to-the-sender",
            MUST,
            "Each of several clients gets its own answers, and only its own.",
            _to_the_sender,
            hint="the address of recvfrom() is not the one that is given to sendto()",
        )
    ),
    replace(
        datagram_check(
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
    lasting(
        datagram_check(
            "nothing-unasked",
            MUST,
            "Nothing comes that nobody has asked for, and no answer comes twice.",
            _nothing_unasked,
            "One answer to each question. Not allowed: a greeting, a heartbeat, a second copy.",
        ),
        WATCHED + 0.2,
    ),
    lasting(
        replace(
            datagram_check(
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
    lasting(
        replace(
            datagram_check(
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
        datagram_check(
            "stays-up",
            MUST,
            "The server goes on answering until it is stopped; a one-shot server ends with status "
            "0 after its answer.",
            _stays_up,
            "The process lives and answers, also after an empty datagram, and when nobody has "
            "asked for a while. Not allowed: it ends, with whatever status, or falls silent.",
            hint="the loop ends, or an exception that nobody catches ends the process",
        ),
        ignores=frozenset({Kind.ELSEWHERE}),
        profiles=ALL,
        waits=IDLE[1] + 0.2,
        waits_long=IDLE[2] + 0.5,
    ),
    replace(
        lasting(
            datagram_check(
                "interleaved",
                MUST,
                "Clients that take turns are all answered, again and again.",
                _interleaved,
                f"{WHOLE[:-1]}; or most of what is sent without an answer, though each datagram is "
                "alone on its way.",
                hint="the socket was connected to one client, or one client is waited for",
            )
        ),
        weigh=_lost,
    ),
    replace(
        datagram_check(
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
