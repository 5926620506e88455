"""A stand-alone program for a case: shows the bug with nothing but Python 3.8.

The program is ``standalone.py``, a whole program by itself.  What stands between its marks is
replaced: the comment at the top by a docstring, the plan by one short function for each client.
"""

from __future__ import annotations

from pathlib import Path

from harness.fuzzer import program, standalone
from harness.fuzzer.case import Case
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step
from harness.values.verdict import Kind, Profile

TEMPLATE = Path(standalone.__file__)
START = (
    "Start the server, then run this program with its host and port, or the path of its Unix "
    "socket."
)
NEEDS_PID = (p.PauseTarget, p.ResumeTarget, p.InterruptTarget)


def script_for(case: Case) -> str:
    """A program that performs the plan of ``case`` and exits with 1 if it fails.

    It takes HOST PORT, or the path of a Unix socket.  It exits with 0 on a correct server, with 2
    when it cannot run.  Where the plan pauses the target, it takes its process id as ``--pid``.
    """
    return program.made(TEMPLATE, _docstring(case), _plan(case))


def _docstring(case: Case) -> str:
    lines = [START]
    if _needs_pid(case.plan):
        lines.append("The server is paused on the way: give its process id with --pid.")
    if case.findings and case.findings[0].kind is Kind.EXIT_STATUS:
        lines.append("Then look at the exit status of the server, which no client can see.")
    lines.append("Exit status: 1 the bug shows, 0 it does not, 2 no server.")
    return program.docstring(case, *lines)


def _plan(case: Case) -> str:
    plan = case.plan
    functions = [_function(i, script) for i, script in enumerate(plan.scripts)]
    clients = ",\n    ".join(
        f"(client_{i + 1}, {list(script.after)})" for i, script in enumerate(plan.scripts)
    )
    places: dict[str, list[int]] = {}
    for i, script in enumerate(plan.scripts):
        for step in script.steps:
            if isinstance(step, p.Meet) and i + 1 not in places.setdefault(step.place, []):
                places[step.place].append(i + 1)
    settings = [
        "# each with those that must have ended before it starts, counted from 0",
        f"CLIENTS = [\n    {clients},\n]",
        f"MEETINGS = {places!r}",
        f"NEEDS_PID = {_needs_pid(plan)}",
        f"ONE_SHOT = {case.profile is Profile.ONE_SHOT}",
    ]
    return "\n\n\n".join([*functions, "\n".join(settings)])


def _needs_pid(plan: Plan) -> bool:
    return any(isinstance(step, NEEDS_PID) for script in plan.scripts for step in script.steps)


def _function(index: int, script: Script) -> str:
    lines = [f"def client_{index + 1}(c):"]
    lines += [f"    {_line(step)}" for step in script.steps]
    if not script.steps:
        lines.append("    yield c.wait(0)")
    return "\n".join(lines)


def _line(step: Step) -> str:
    name = str(type(step).__struct_config__.tag)
    method = name.replace("-", "_")
    if not hasattr(standalone.Client, method):  # of those drawn only await-exit: it asks a parent
        return f"yield c.wait(0)  # here the harness did: {name}"
    arguments = []
    for field in step.__struct_fields__:
        value = getattr(step, field)
        if field == "payload":
            arguments.append(program.literal(value))
        elif value != _default(step, field):
            arguments.append(f"{field}={value!r}")
    return f"yield c.{method}({', '.join(arguments)})"


def _default(step: Step, field: str) -> object:
    fields = type(step).__struct_fields__
    defaults = type(step).__struct_defaults__
    number = fields.index(field) - (len(fields) - len(defaults))
    return defaults[number] if number >= 0 else None
