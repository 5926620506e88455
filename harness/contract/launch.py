"""launch: the target comes up, stays up, and can be started again."""

from __future__ import annotations

from harness.contract.check import (
    EVERYWHERE,
    HELLO,
    LESSON,
    MAY,
    MUST,
    POSIX,
    SHOULD,
    Check,
    Context,
    NotApplicable,
    needs_watching,
    not_ours,
)
from harness.contract.pieces import still_serves
from harness.launcher.ports import listed
from harness.values import plan as p
from harness.values.datagrams import DatagramPlan
from harness.values.plan import Plan
from harness.values.target import is_loopback
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind, Profile

STAYS_FOR = (0.1, 3.1, 70.0)
"""Seconds without any client, at each effort.  A limit of three seconds in accept() is over then,
and at the longest one of a minute, after which idle servers end."""
ONLY_DEATH = frozenset(set(Kind) - {Kind.DIED, Kind.REFUSED, Kind.EXIT_STATUS})
BUT_REFUSED = frozenset(set(Kind) - {Kind.REFUSED})


def _listens(context: Context) -> Plan:
    return p.one(p.Connect(), p.Close())


def _stays_up(context: Context) -> Plan:
    """Long enough for a server that ends when its main thread does, or when nobody comes."""
    if context.profile is Profile.ONE_SHOT:
        return p.one(
            p.Connect(), context.moment(0.3), p.Send(HELLO), p.AwaitEcho(briefly=True), p.Close()
        )
    first = (p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), p.HalfClose(), p.AwaitEcho())
    return p.in_turn(
        (*first, p.Close(), p.Wait(context.seconds(*STAYS_FOR))),
        still_serves(context),
        still_serves(context),
    )


def _restarts(context: Context) -> Plan:
    return p.in_turn(
        (
            p.Connect(),
            p.Send(HELLO),
            p.AwaitEcho(briefly=True),
            p.Terminate(),
            p.AwaitExit(),
            p.Relaunch(),
            p.Reset(),
        )
    )


def _restarted(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    again = trace.relaunched
    if again is None:
        return []
    if again.failed is not None:
        return [
            Finding(
                kind=Kind.NOT_LISTENING,
                breach=Breach.SAFETY,
                message="started again right after it was stopped with a connection open, "
                f"it did not listen: {_first_sentence(again.failed)}",
            )
        ]
    if not again.same_port:
        raise NotApplicable("the target chooses another port at each start")
    return []


def _first_sentence(text: str) -> str:
    """Without the output of the target, which has a place of its own in the report."""
    return text.partition("\n")[0]


def _own_port(context: Context) -> str | None:
    if reason := not_ours("stopped and started again")(context):
        return reason
    return None if context.same_port else "the target chooses another port at each start"


def _nothing(context: Context) -> Plan:
    return Plan(scripts=())


def _no_datagram(context: Context) -> DatagramPlan:
    return DatagramPlan(())


def _where(plan: object, trace: object, context: Context) -> list[Finding]:
    wide = [f"{ip}:{port}" for ip, port in context.listening if not is_loopback(ip)]
    if not wide:
        return []
    return [
        Finding(
            kind=Kind.RESOURCE,
            breach=Breach.SAFETY,
            message=f"it listens on {listed(wide)}, which other machines may reach",
        )
    ]


CHECKS = (
    Check(
        id="launch/listens",
        level=MUST,
        basis=LESSON,
        requirement="The server listens within the start-up time and accepts a connection.",
        plan=_listens,
        allowed="The connection is established. Not allowed: refused, reset, or never answered.",
        ignores=BUT_REFUSED,
    ),
    Check(
        id="launch/stays-up",
        level=MUST,
        basis=LESSON,
        requirement="The server goes on running until it is stopped; a one-shot server until its "
        "connection has ended.",
        plan=_stays_up,
        allowed="The process lives and accepts again after a client has come and gone. "
        "Not allowed: it ends, with whatever status, or it no longer accepts.",
        ignores=ONLY_DEATH,
        waits=3.3,
        hint="the accept loop ends, or an exception that nobody catches ends the process",
    ),
    Check(
        id="launch/restarts",
        level=SHOULD,
        basis=POSIX,
        requirement="Stopped while a connection is open, the server can be started again on the "
        "same port at once.",
        plan=_restarts,
        allowed="It listens again within the start-up time. "
        "Not allowed: bind() fails because the address is still in use.",
        ignores=frozenset(Kind) - {Kind.NOT_LISTENING},
        judge=_restarted,
        not_for=_own_port,
        hint="set SO_REUSEADDR on the listening socket before bind()",
    ),
    Check(
        id="launch/loopback-only",
        level=MAY,
        basis=POSIX,
        requirement="For information: whether the server can be reached from other machines.",
        plan=_nothing,
        allowed="Everything; it is only told.",
        judge=_where,
        transports=EVERYWHERE,
        exchange=_no_datagram,
        weigh=_where,
        not_for=needs_watching,
    ),
)
