"""Group ``resources``: what checkers and languages report of the target while the others run.

A checker is what the target was built with or runs under, as a sanitizer, Valgrind or Go's -race.
The two checks here judge what the target has written during the whole run; their own plan is a
few ordinary and unpleasant clients, for a run in which nothing else is asked.
"""

from __future__ import annotations

from harness.contract.check import (
    ALL,
    EVERYWHERE,
    MUST,
    ONE_SHOT,
    POSIX,
    SEQUENTIAL,
    SHOULD,
    Check,
    Context,
)
from harness.contract.pieces import finished
from harness.diagnosis.evidence import OF_CHECKERS, OF_ERRORS
from harness.values import plan as p
from harness.values.datagrams import Ask, AwaitAnswers, DatagramPlan, Leave
from harness.values.datagrams import Step as DatagramStep
from harness.values.datagrams import in_turn as asked_in_turn
from harness.values.plan import Plan, Step
from harness.values.verdict import Kind, Level

SIZES = (1, 1024, 4096, 5000)


def _clients(context: Context) -> Plan:
    """Messages of several sizes, one that is not waited for, and a client that vanishes."""
    if context.profile is ONE_SHOT:
        return p.one(*finished(context.data(1, SIZES[-1])))
    scripts = [finished(context.data(number, size)) for number, size in enumerate(SIZES)]
    gone: tuple[Step, ...] = (p.Connect(), p.Send(context.data(9, 3000)), p.Reset())
    # What is reported of the last of them comes before the target rests.
    last = (*scripts[0], context.quiet)
    if context.profile is SEQUENTIAL:
        return p.in_turn(*scripts, gone, last)
    return p.side_by_side(*scripts, gone, last)


def _askers(context: Context) -> DatagramPlan:
    """The same with datagrams: several sizes, an empty one, a client that has gone."""
    briefly = AwaitAnswers(briefly=True)
    asks: list[DatagramStep] = [Ask(context.data(n, size)) for n, size in enumerate(SIZES)]
    if context.profile is ONE_SHOT:
        return asked_in_turn((asks[-1], briefly))
    exchanges = [step for ask in (*asks, Ask(p.Literal(b""))) for step in (ask, briefly)]
    gone: tuple[DatagramStep, ...] = (Ask(context.data(9, 3000)), Leave())
    return asked_in_turn(tuple(exchanges), gone, (asks[0], briefly, context.quiet))


def _not_ours(context: Context) -> str | None:
    if context.remote:
        return "somebody else runs the target (--connect), so what it writes is not seen"
    return None


def _check(check_id: str, level: Level, requirement: str, allowed: str, hint: str) -> Check:
    return Check(
        id=check_id,
        level=level,
        basis=POSIX,
        requirement=requirement,
        plan=_clients,
        transports=EVERYWHERE,
        exchange=_askers,
        allowed=allowed,
        profiles=ALL,
        ignores=frozenset(Kind) - {Kind.RESOURCE},
        not_for=_not_ours,
        shares="reports",
        hint=hint,
    )


CHECKS = (
    _check(
        OF_CHECKERS,
        MUST,
        "No checker reports a wrong use of memory, undefined behaviour or a race, whatever clients "
        "do.",
        "Nothing that AddressSanitizer, UndefinedBehaviorSanitizer, ThreadSanitizer, "
        "MemorySanitizer, Valgrind, Go's race detector or the C library says in the target's "
        "output during the whole run. A target without a checker passes. Not allowed: one report. "
        "Leaks are judged by resources/memory.",
        "the first line of the report that stands in your own code is where to look",
    ),
    _check(
        OF_ERRORS,
        SHOULD,
        "No error ends a thread, a task or the process because nobody handles it.",
        "Errors that are handled, whatever is logged about them, and those that say only that a "
        "client has gone. Not allowed: Python's 'Exception in thread', 'Task exception was never "
        "retrieved', 'Exception ignored in' or an unclosed ResourceWarning; a panic of Go or Rust; "
        "an uncaught exception of Java; an unhandled rejection or 'error' event of Node, or its "
        "warning that the listeners of a connection grow.",
        "handle the error where it is raised: a thread or a task that it ends leaves its client, "
        "and what it held, behind",
    ),
)
