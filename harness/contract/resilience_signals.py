"""resilience, its second half: signals, urgent data and a shortage of descriptors end nothing."""

from __future__ import annotations

from harness.contract.check import (
    EVERYWHERE,
    HELLO,
    LASTING,
    MUST,
    POSIX,
    SHOULD,
    TCP,
    Check,
    Context,
    not_ours,
)
from harness.contract.identity import UNCHANGED
from harness.contract.measuring import busy
from harness.contract.pieces import still_serves
from harness.values import plan as p
from harness.values.address import Transport
from harness.values.datagrams import Ask, AwaitAnswers, DatagramPlan, DatagramScript
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Trace
from harness.values.verdict import Finding, Kind, Profile

PAUSED_FOR = (0.05, 0.8, 8.0)
"""Seconds for which a target is stopped, at each effort."""


def _pause_resume(context: Context) -> Plan:
    pause = p.Wait(context.seconds(*PAUSED_FOR))
    steps = (
        p.Connect(),
        p.Send(context.data(1, 3000)),
        p.AwaitEcho(briefly=True),
        p.InterruptTarget(times=2),
        p.Send(context.data(2, 1024)),
        p.AwaitEcho(briefly=True),
        p.PauseTarget(),
        p.Send(context.data(3, 5000)),
        pause,
        p.ResumeTarget(),
        p.AwaitEcho(briefly=True),
        context.moment(0.05),  # a watchdog that drops its clients does it here, before they end
        p.InterruptTarget(times=1),
        p.HalfClose(),
        p.AwaitEnd(),
    )
    between = (p.InterruptTarget(times=1), context.moment(0.02), *steps)
    return p.in_turn(steps, tuple(step for step in between if step is not pause))


def _urgent_data(context: Context) -> Plan:
    return p.one(
        p.Connect(),
        p.Send(context.data(1, 100)),
        p.AwaitEcho(briefly=True),
        p.SendUrgent(byte=0x21),
        p.Send(context.data(2, 100)),
        p.AwaitEcho(briefly=True),
        p.SendUrgent(byte=0x21),
        context.moment(0.05),
        p.Send(context.data(3, 2000)),
        p.AwaitEcho(briefly=True),
        p.HalfClose(),
        p.AwaitEcho(),
        p.Close(),
    )


RETIRED = 11.0
"""Seconds.  Some servers close the listener when descriptors run out and open it again later:
xinetd after 10 s (``cps`` in its manual)."""

RETRIED = 0.5
"""Seconds after which a server has tried again that waits before it does, as many do for 0.1 s:
what it does wrong then breaks it when it had served already."""


def _descriptor_famine(context: Context) -> Plan:
    """Clients come while the target may open no descriptor; it must serve again afterwards.

    A client that was there before is served all the time, where others can be served beside it.
    Some systems reserve a descriptor before accept() waits, so one client may still be accepted.
    A server that does not serve soon after the famine gets more time at the second attempt.
    """
    hungry: tuple[Step, ...] = (
        p.Connect(),
        p.Send(HELLO),
        p.Meet("crowd"),
        context.moment(0.1),
        p.Meet("leave"),
        p.Close(),
    )
    operator: tuple[Step, ...] = (
        p.LimitDescriptors(),
        p.Meet("begin"),
        p.Meet("crowd"),
        p.Watch("famine", context.seconds(0.1, 0.3, 3.0)),
        p.Meet("leave"),
        context.moment(0.1),
        p.RestoreDescriptors(),
        p.Wait(0.0 if context.attempt == 1 else RETIRED),
    )
    if context.profile is Profile.CONCURRENT:
        return _beside_a_client(context, operator, hungry)
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


def _beside_a_client(
    context: Context, operator: tuple[Step, ...], hungry: tuple[Step, ...]
) -> Plan:
    """The same, with a client that was connected and served before the famine began.

    One of those who came during it goes on waiting.  A new client would wake a server that has
    lost what told it of this one, so nobody comes before it is served; but the earlier client ends
    first, since a server may accept again just when it has closed a connection of its own.
    """
    earlier = (
        *(p.Connect(), p.Send(context.data(1, 100)), p.AwaitEcho(), p.Meet("before")),
        *(
            p.Meet("crowd"),
            context.moment(0.1),
            p.Send(context.data(2, 100)),
            p.AwaitEcho(briefly=True),
        ),
        *(p.Meet("leave"), p.Meet("after"), p.Send(context.data(3, 100)), p.AwaitEcho()),
        *(p.HalfClose(), p.AwaitEnd(), p.Meet("ended")),
    )
    stays = (*hungry[:-1], p.Meet("ended"), p.AwaitEcho(), p.Close())
    crowd = [hungry, hungry, stays][-min(3, context.backlog) :]
    scripts = [Script(steps=(p.Meet("before"), *operator, p.Meet("after")))]
    scripts += [Script(steps=(p.Meet("begin"), *steps)) for steps in crowd]
    scripts.append(Script(steps=earlier))
    everyone = tuple(range(len(scripts)))
    scripts.append(Script(steps=still_serves(context, 98), after=everyone))
    last = (context.moment(RETRIED), *still_serves(context, 99))
    scripts.append(Script(steps=last, after=(len(everyone),)))
    return Plan(scripts=tuple(scripts))


def _during_famine(plan: Plan, finding: Finding) -> bool:
    """During the famine only a death counts, and what a client suffers that was there before it;
    whether clients are served counts after it, and then also for who still waits."""
    steps = plan.scripts[finding.session or 0].steps
    others = isinstance(steps[0], p.Meet | p.LimitDescriptors)
    waits = finding.kind is Kind.NO_ECHO and p.AwaitEcho() in steps
    return finding.kind is not Kind.DIED and others and not waits


def _spun(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    return busy(trace, "famine", "while it had no descriptor for the next client", both=True)


def _terminates(context: Context) -> Plan:
    """The signal is sent when the target waits in a read, and not before it gets there."""
    return p.one(
        *(p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), context.quiet),
        *(p.Terminate(), p.AwaitExit()),
    )


def _terminates_after_datagrams(context: Context) -> DatagramPlan:
    exchange = (Ask(HELLO), AwaitAnswers(briefly=True), context.quiet)
    return DatagramPlan((DatagramScript((*exchange, p.Terminate(), p.AwaitExit())),))


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
        waits_long=8.2,
        hint="a call that a signal interrupts (EINTR) is taken for an error or the end: repeat it",
    ),
    Check(
        id="resilience/urgent-data",
        level=SHOULD,
        basis=TCP,
        requirement="Urgent data does not disturb the stream: the bytes in band come back.",
        transports=(Transport.TCP,),
        lacks="a Unix socket has no urgent data",
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
        requirement="A server that runs out of descriptors keeps the clients that it has, waits "
        "without using CPU, and serves again when it has some.",
        plan=_descriptor_famine,
        allowed="During the famine, new clients may wait or be turned away. Afterwards they are "
        "served, those who still wait before anybody else comes. Not allowed: it ends, drops a "
        "client that was there before, burns CPU meanwhile, or never accepts again.",
        profiles=LASTING,
        excuses=_during_famine,
        judge=_spun,
        not_for=not_ours("limited in its descriptors"),
        waits=0.9,
        waits_long=3.8,
        hint="accept() fails with EMFILE when descriptors run out: wait a little, then try again; "
        "whoever is connected stays so",
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
        uses_up=True,
        hint="a handler for SIGTERM that only sets a flag nobody looks at, or a graceful stop "
        "without a limit",
        transports=EVERYWHERE,
        exchange=_terminates_after_datagrams,
    ),
)
