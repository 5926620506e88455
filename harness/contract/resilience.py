"""resilience: clients that vanish, signals and shortages end nothing but what they concern."""

from __future__ import annotations

from harness.contract.check import (
    ENDS,
    HELLO,
    LASTING,
    MUST,
    POSIX,
    SHOULD,
    TCP,
    Check,
    Context,
    not_ours,
    still_serves,
    without_process_steps,
)
from harness.contract.identity import UNCHANGED
from harness.values import plan as p
from harness.values.payload import Payload
from harness.values.plan import Plan, Script, Step
from harness.values.verdict import Breach, Finding, Kind, Profile

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
        (p.Connect(), p.Wait(0.02), p.Reset()),
        (p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), p.Wait(0.02), p.Reset()),
    )


def _stalled(context: Context) -> tuple[Step, ...]:
    return _stalled_by(context.data(1, context.flood))


def _stalled_by(flood: Payload) -> tuple[Step, ...]:
    return (
        p.Connect(receive_buffer=256 * 1024),
        p.StopReading(),
        p.Send(flood, background=True),
        p.AwaitStall(),
    )


def _reset_mid_echo(context: Context) -> Plan:
    # The server learns of it in its own time, and only then may it break.
    if context.profile is not Profile.CONCURRENT or context.speed is not None:
        return _then_serves(context, (*_stalled(context), p.Reset(), p.Wait(0.05)))
    return _beside_a_reset(context)


def _beside_a_reset(context: Context) -> Plan:
    """The echoes of two clients wait for room when one of them resets: the other's must stay."""
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
        *_stalled_by(p.Repeat(b"never read " * 4096, context.flood)),
        p.Meet("both wait"),
        p.Reset(),
        p.Wait(0.05),
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
    """Who hangs once its reader has stalled does so without any reset: ``partial-send`` says so."""
    beside = len(plan.scripts) == 4 and finding.session == 0
    return beside and finding.breach is Breach.LIVENESS


def _vanish_while_sending(context: Context) -> Plan:
    """Three orders, since each gives the server another error: see the design's facts."""

    def unread(*last: Step) -> tuple[Step, ...]:
        return (
            p.Connect(),
            p.Send(HELLO),
            p.AwaitEcho(briefly=True),
            p.PauseTarget(),
            p.Send(context.data(2, 100_000), background=True),
            *last,
            p.ResumeTarget(),
            p.Wait(0.05),
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
    dead = (p.PauseTarget(), p.Connect(), p.Reset(), p.ResumeTarget(), p.Wait(0.02))
    gone = (p.PauseTarget(), p.Connect(), p.Close(), p.ResumeTarget(), p.Wait(0.02))
    # Four of the first kind: a server may have several workers, each of which it may end.
    return _then_serves(context, dead, gone, dead, leave, close, dead, leave, close, dead)


def _pause_resume(context: Context) -> Plan:
    steps = (
        p.Connect(),
        p.Send(context.data(1, 3000)),
        p.AwaitEcho(briefly=True),
        p.InterruptTarget(times=2),
        p.Send(context.data(2, 1024)),
        p.AwaitEcho(briefly=True),
        p.PauseTarget(),
        p.Send(context.data(3, 5000)),
        p.Wait(0.8),
        p.ResumeTarget(),
        p.AwaitEcho(briefly=True),
        p.Wait(0.05),  # a watchdog that drops its clients now does so before they end
        p.InterruptTarget(times=1),
        p.HalfClose(),
        p.AwaitEnd(),
    )
    between = (p.InterruptTarget(times=1), p.Wait(0.02), *steps)
    return p.in_turn(steps, tuple(step for step in between if step != p.Wait(0.8)))


def _urgent_data(context: Context) -> Plan:
    return p.one(
        p.Connect(),
        p.Send(context.data(1, 100)),
        p.AwaitEcho(briefly=True),
        p.SendUrgent(byte=0x21),
        p.Send(context.data(2, 100)),
        p.AwaitEcho(briefly=True),
        p.SendUrgent(byte=0x21),
        p.Wait(0.05),
        p.Send(context.data(3, 2000)),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        p.AwaitEcho(),
        p.Close(),
    )


RETIRED = 11.0
"""Seconds.  Some servers close the listener for a while when descriptors run out, and open it again
by themselves: xinetd after 10 s (``cps`` in its manual)."""


def _descriptor_famine(context: Context) -> Plan:
    """Some systems reserve the descriptor before accept() waits, so one client may still get in.

    Whoever does not serve soon after the famine gets more time at the second attempt.
    """
    hungry: tuple[Step, ...] = (
        p.Connect(),
        p.Send(HELLO),
        p.Meet("crowd"),
        p.Wait(0.1),
        p.Meet("leave"),
        p.Close(),
    )
    operator: tuple[Step, ...] = (
        p.LimitDescriptors(),
        p.Meet("begin"),
        p.Meet("crowd"),
        p.Wait(0.3),
        p.Meet("leave"),
        p.Wait(0.1),
        p.RestoreDescriptors(),
        p.Wait(0.0 if context.attempt == 1 else RETIRED),
    )
    crowd = tuple(Script(steps=(p.Meet("begin"), *hungry)) for _ in range(min(4, context.backlog)))
    everyone = tuple(range(1 + len(crowd)))
    return Plan(
        scripts=(
            Script(steps=operator),
            *crowd,
            Script(steps=still_serves(context, 98), after=everyone),
            Script(steps=still_serves(context, 99), after=(len(everyone),)),
        )
    )


def _during_famine(plan: Plan, finding: Finding) -> bool:
    """Only what comes after the famine counts, and whether the target lived through it."""
    crowd = len(plan.scripts) - 2
    return finding.kind is not Kind.DIED and (finding.session or 0) < crowd


def _terminates(context: Context) -> Plan:
    """The signal finds the target waiting in a read, and not on its way there."""
    return p.one(
        *(p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), p.AwaitQuiet()),
        *(p.Terminate(), p.AwaitExit()),
    )


def _urgent_in_band(plan: Plan, finding: Finding) -> bool:
    """A server with SO_OOBINLINE reads the urgent byte like any other, and may send it back."""
    if finding.kind is not Kind.EXTRA or finding.length != 1 or finding.got is None:
        return False
    assert finding.offset is not None
    assert finding.window_start is not None
    at = finding.offset - finding.window_start
    return bytes.fromhex(finding.got)[at : at + 1] == b"!"


CHECKS = (
    Check(
        id="resilience/reset-idle",
        level=MUST,
        basis=TCP,
        requirement="A client that resets an idle connection harms nobody else.",
        plan=_reset_idle,
        allowed=STILL_SERVES,
        profiles=LASTING,
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
        hint="accept() may fail, or return a connection that is dead already (ENOTCONN from "
        "getpeername): go on with the next",
    ),
    Check(
        id="resilience/pause-resume",
        level=MUST,
        basis=POSIX,
        requirement="A server that is stopped and continued (SIGSTOP, SIGCONT) goes on as if "
        "nothing had happened.",
        plan=_pause_resume,
        allowed=UNCHANGED,
        ignores=frozenset({Kind.EXIT_STATUS, Kind.RESET}),
        not_for=not_ours("paused (SIGSTOP)"),
        waits=1.0,
        hint="a call that a signal interrupts (EINTR) is taken for an error or the end: repeat it",
    ),
    Check(
        id="resilience/urgent-data",
        level=SHOULD,
        basis=TCP,
        requirement="Urgent data does not disturb the stream: the bytes in band come back.",
        plan=_urgent_data,
        allowed="The bytes in band, with or without the urgent byte. "
        "Not allowed: any other byte lost or changed, or a close.",
        excuses=_urgent_in_band,
        hint="an exceptional condition (POLLPRI, SIGURG) is taken for an error",
    ),
    Check(
        id="resilience/descriptor-famine",
        level=SHOULD,
        basis=POSIX,
        requirement="A server that runs out of descriptors serves again when it has some.",
        plan=_descriptor_famine,
        allowed="During the famine, anything. Afterwards new clients are served. "
        "Not allowed: it ends, or never accepts again.",
        profiles=LASTING,
        excuses=_during_famine,
        not_for=not_ours("limited in its descriptors"),
        waits=0.4,
        hint="accept() fails with EMFILE when descriptors run out: wait a little, then try again",
    ),
    Check(
        id="resilience/terminates",
        level=SHOULD,
        basis=POSIX,
        requirement="SIGTERM ends the server promptly, with a connection open.",
        plan=_terminates,
        allowed="It ends within patience, by the signal or with whatever status. "
        "Not allowed: it goes on, or waits for its clients to leave.",
        ignores=frozenset(Kind) - {Kind.STILL_RUNNING},
        not_for=not_ours("stopped"),
        hint="a handler for SIGTERM that only sets a flag nobody looks at, or a graceful stop "
        "without a limit",
    ),
)
