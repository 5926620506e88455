"""A stand-alone program for a case of datagrams: shows the bug with nothing but Python 3.8.

The program is ``standalone.py``, a whole program by itself, with the plan of the case in it: what
the clients do, one step after another, in the order in which the plan lets them begin.
"""

from __future__ import annotations

from pathlib import Path

from harness.fuzzer import program
from harness.fuzzer.datagrams import standalone
from harness.fuzzer.datagrams.case import DatagramCase
from harness.values import plan as p
from harness.values.datagrams import Ask, AwaitAnswers, DatagramPlan, Leave, Step

TEMPLATE = Path(standalone.__file__)


def script_for(case: DatagramCase) -> str:
    """A program that takes HOST PORT, performs the plan of ``case`` and exits with 1 if it fails.

    It exits with 0 on a correct server, with 2 when it cannot run.  Where the plan pauses the
    target, it takes its process id as ``--pid``.
    """
    docstring = program.docstring(
        case,
        "Start the server, then run this program with its host and port.",
        "Exit status: 1 the bug shows, 0 it does not, 2 it could not be tried.",
    )
    return program.made(TEMPLATE, docstring, _plan(case.plan))


def _plan(plan: DatagramPlan) -> str:
    clients = {i: n for n, i in enumerate(i for i, s in enumerate(plan.scripts) if s.connects)}
    lines = [_line(clients.get(i), step) for i, step in in_order(plan)]
    needs = any(isinstance(s, p.PauseTarget) for script in plan.scripts for s in script.steps)
    return "\n".join(
        [
            f"NEEDS_PID = {needs}",
            f"CLIENTS = {len(clients)}",
            "",
            "",
            "def perform(c, target):",
            *(f"    {line}" for line in lines or ["pass"]),
        ]
    )


def in_order(plan: DatagramPlan) -> list[tuple[int, Step]]:
    """The steps of all scripts in an order in which one program can perform them: scripts that may
    run side by side take turns until each waits, and then they are waited for."""
    done: set[int] = set()
    left = {i: list(script.steps) for i, script in enumerate(plan.scripts)}
    ordered: list[tuple[int, Step]] = []
    while left:
        ready = [i for i in left if done.issuperset(plan.scripts[i].after)]
        for i in ready:
            while left[i] and not isinstance(left[i][0], AwaitAnswers):
                ordered.append((i, left[i].pop(0)))
        for i in ready:
            if left[i]:
                ordered.append((i, left[i].pop(0)))
            if not left[i]:
                del left[i]
                done.add(i)
    return ordered


def _line(client: int | None, step: Step) -> str:
    who = f"c[{client or 0}]"
    match step:
        case Ask():
            return f"{who}.ask({program.literal(step.payload)})"
        case AwaitAnswers():
            return f"{who}.await_answers({'briefly=True' if step.briefly else ''})"
        case Leave():
            return f"{who}.leave()"
        case p.Wait():
            return f"{who}.wait({step.seconds!r})"
        case p.PauseTarget():
            return "target.pause()"
        case p.ResumeTarget():
            return "target.resume()"
        case _:
            return f"pass  # here the harness did: {type(step).__struct_config__.tag}"
