"""Answers that say that a task could not be done at all."""

from __future__ import annotations

from harness.errors import (
    EchoHarnessError,
    HarnessFault,
    MachineProblem,
    TargetProblem,
    UsageProblem,
)
from harness.spreading.tasks import Lost, Searched, Told
from harness.values.report import Problem

CLASSES: dict[str, type[EchoHarnessError]] = {
    "target": TargetProblem,
    "machine": MachineProblem,
    "usage": UsageProblem,
}


def raise_for(told: Told | None) -> None:
    """Raise the problem that kept a worker from its task."""
    if isinstance(told, Lost):
        kind = TargetProblem if told.whose == "target" else HarnessFault
        raise kind(told.why, told.advice, step="fuzz")
    if isinstance(told, Searched) and told.report.problem is not None:
        raise as_error(told.report.problem)


def as_error(problem: Problem) -> EchoHarnessError:
    """A problem of a report as the exception that it was."""
    kind: type[EchoHarnessError] = CLASSES.get(problem.whose, HarnessFault)
    return kind(problem.message, problem.advice, step=problem.step)
