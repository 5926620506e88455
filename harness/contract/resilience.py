"""resilience: clients that vanish, signals and shortages end nothing but what they concern.

Here are the clients that vanish; signals, urgent data and a shortage: resilience_signals.py.
"""

from __future__ import annotations

from harness.contract import depth
from harness.contract.check import ENDS, HELLO, LASTING, MUST, POSIX, TCP, Check, Context
from harness.contract.pieces import still_serves, without_process_steps
from harness.values import plan as p
from harness.values.address import Transport
from harness.values.payload import Payload
from harness.values.plan import Plan, Script, Step
from harness.values.verdict import Breach, Finding, Profile

STILL_SERVES = (
    "The next client is served as ever. Not allowed: the server ends, hangs, or serves it wrongly."
)
VANISH = (
    "an error of one connection (ECONNRESET, EPIPE, SIGPIPE) ends the whole server: catch it "
    "around that connection, and ignore SIGPIPE"
)


def _then_serves(context: Context, *sessions: tuple[Step, ...]) -> Plan:
    """``sessions`` one after another, then two clients that must be served."""
    if context.remote:
        sessions = tuple(without_process_steps(steps) for steps in sessions)
    return p.in_turn(*sessions, still_serves(context, 98), still_serves(context, 99))


def _reset_idle(context: Context) -> Plan:
    return _then_serves(
        context,
        (p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), p.Reset()),
        (p.Connect(), context.moment(0.02), p.Reset()),
        (p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), context.moment(0.02), p.Reset()),
    )


def _stalled(context: Context) -> tuple[Step, ...]:
    return _stalled_by(context, context.data(1, context.flood))


def _stalled_by(context: Context, flood: Payload) -> tuple[Step, ...]:
    return (
        context.stalls,
        p.StopReading(),
        p.Send(flood, background=True),
        context.stall,
    )


def _reset_mid_echo(context: Context) -> Plan:
    # A broken server fails when it notices the reset, so it gets a moment to notice.
    if context.profile is not Profile.CONCURRENT or context.speed is not None:
        return _then_serves(context, (*_stalled(context), p.Reset(), context.moment(0.05)))
    return _beside_a_reset(context)


def _beside_a_reset(context: Context) -> Plan:
    """Two clients do not read their echoes; one resets, and the other must still get its echo."""
    stays = (
        *_stalled(context),
        p.Meet("both wait"),
        p.Meet("one has left"),
        p.StartReading(),
        p.AwaitEcho(),
        p.HalfClose(),
        p.AwaitEnd(),
    )
    leaves = (
        *_stalled_by(context, p.Repeat(b"never read " * 4096, context.flood)),
        p.Meet("both wait"),
        p.Reset(),
        context.moment(0.05),
        p.Meet("one has left"),
    )
    return Plan(
        scripts=(
            Script(steps=stays),
            Script(steps=leaves),
            Script(steps=still_serves(context, 98), after=(0, 1)),
            Script(steps=still_serves(context, 99), after=(2,)),
        )
    )


def _stands_still(plan: Plan, finding: Finding) -> bool:
    """A server may hang as soon as a client does not read: ``partial-send`` reports that."""
    beside = len(plan.scripts) == 4 and finding.session == 0
    return beside and finding.breach is Breach.LIVENESS


def _vanish_while_sending(context: Context) -> Plan:
    """Several orders of data and end, since each gives the server another error."""

    def unread(*last: Step) -> tuple[Step, ...]:
        return (
            p.Connect(),
            p.Send(HELLO),
            p.AwaitEcho(briefly=True),
            p.PauseTarget(),
            p.Send(context.data(2, 100_000), background=True),
            *last,
            p.ResumeTarget(),
            context.moment(0.05),
        )

    return _then_serves(
        context,
        unread(p.Close()),
        unread(p.Reset()),
        (*unread(p.HalfClose(background=True))[:-2], p.ResumeTarget(), p.Reset()),
        (*_stalled(context), p.HalfClose(background=True), p.Reset()),
    )


def _connect_and_leave(context: Context) -> Plan:
    leave: tuple[Step, ...] = (p.Connect(), p.Reset())
    close: tuple[Step, ...] = (p.Connect(), p.Close())
    # The first leaves while the target cannot accept: accept() then returns a dead connection.
    dead = (p.PauseTarget(), p.Connect(), p.Reset(), p.ResumeTarget(), context.moment(0.02))
    gone = (p.PauseTarget(), p.Connect(), p.Close(), p.ResumeTarget(), context.moment(0.02))
    # Four of the first kind: a server may have several workers, each of which it may end.
    return _then_serves(context, dead, gone, dead, leave, close, dead, leave, close, dead)


CHECKS = (
    Check(
        id="resilience/reset-idle",
        level=MUST,
        basis=TCP,
        requirement="A client that resets an idle connection harms nobody else.",
        plan=_reset_idle,
        allowed=STILL_SERVES,
        profiles=LASTING,
        transports=(Transport.TCP,),
        lacks="a Unix socket has no reset (RST) while it is idle",
        deep=depth.RESETS,
        hint=VANISH,
    ),
    Check(
        id="resilience/reset-mid-echo",
        level=MUST,
        basis=TCP,
        requirement="A client that resets while its echo is on the way harms nobody else.",
        plan=_reset_mid_echo,
        allowed=STILL_SERVES + " Nor may what is on its way to another client be lost.",
        ignores=ENDS,
        excuses=_stands_still,
        profiles=LASTING,
        deep=depth.STALLED,
        hint=VANISH + "; what belongs to another client must stay as it is",
    ),
    Check(
        id="resilience/vanish-while-sending",
        level=MUST,
        basis=POSIX,
        requirement="A client that vanishes while the server sends, in whatever order of close "
        "and data, harms nobody else.",
        plan=_vanish_while_sending,
        allowed=STILL_SERVES,
        profiles=LASTING,
        deep=depth.VANISH,
        hint=VANISH,
    ),
    Check(
        id="resilience/connect-and-leave",
        level=MUST,
        basis=POSIX,
        requirement="Clients that connect and leave at once, even before they are accepted, harm "
        "nobody else.",
        plan=_connect_and_leave,
        allowed=STILL_SERVES,
        profiles=LASTING,
        deep=depth.LEAVE,
        hint="accept() may fail, or return a connection that is dead already (ENOTCONN from "
        "getpeername): go on with the next",
    ),
)
