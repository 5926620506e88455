"""Errors as values: whose fault it is, at which step, what to do next.

``UsageProblem`` ends in exit status 2, ``TargetProblem`` in 3, ``HarnessFault`` in 70.
``ClusterProblem`` ends in 69.  ``MachineProblem`` means that the machine ran out of something:
nothing can be concluded.
"""

from __future__ import annotations

import os


class EchoHarnessError(Exception):
    """The base of all.  ``message`` says what is wrong and where, ``advice`` what to do."""

    exit_code = 70
    whose = "harness"

    def __init__(self, message: str, advice: str = "", *, step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.step = step

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".rstrip()


class UsageProblem(EchoHarnessError):
    """An argument, a configuration value or a case file that makes no sense."""

    exit_code = 2
    whose = "usage"


class TargetProblem(EchoHarnessError):
    """The target could not be tested: it did not start, never listened, is not reachable."""

    exit_code = 3
    whose = "target"

    def __init__(self, message: str, advice: str = "", *, step: str = "", output: str = "") -> None:
        super().__init__(message, advice, step=step)
        self.output = output
        """The last lines that the instance in question wrote, safe to show.  ``message`` has them
        too if the instance did not come up."""


class NeverListened(TargetProblem):
    """It was launched and lived, and did not listen in time."""


class WrongTarget(EchoHarnessError):
    """Something else than the target, or another service of it, was judged: no result counts.

    This is no TargetProblem: that is about one instance or one check, and this ends the run.
    """

    exit_code = 3
    whose = "target"


class MachineProblem(EchoHarnessError):
    """The machine, not the target, ran out of something (ports, descriptors, memory)."""

    exit_code = 4
    whose = "machine"


class ClusterProblem(EchoHarnessError):
    """The workers of another machine, or their scheduler, are not there or not there any more.

    The exit code is that of sysexits.h for a service that is not available.
    """

    exit_code = 69
    whose = "cluster"


class HarnessFault(EchoHarnessError):
    """A fault of the harness itself."""


def fault_of(error: BaseException) -> HarnessFault:
    """An exception that nobody foresaw, as one line, with the last places in our code."""
    import traceback  # hardly ever needed

    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_HERE)] or frames
    places = ", ".join(f"{os.path.basename(f.filename)}:{f.lineno}" for f in ours[-3:])
    said = " ".join(str(error).split())
    return HarnessFault(
        f"{type(error).__name__}: {said} ({places}).",
        "This is a fault of echo-harness; please report it with the command.",
    )


_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
