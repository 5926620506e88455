"""Failing plans that are looked into elsewhere: a search that only collects them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from harness.fuzzer.attempts import Attempts, Seen
from harness.fuzzer.bugs import Known
from harness.fuzzer.task import Task
from harness.fuzzer.triage import raw_bug
from harness.launcher.fleet import Fleet
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Finding


class Suspect(Struct, frozen=True):
    """A plan that failed in a search, with all that is needed to look into it."""

    seed: int
    """Of the search."""
    found_after: int
    """Sessions of that search."""
    plan: Plan
    trace: Trace
    findings: tuple[Finding, ...]
    history: tuple[Plan, ...] = ()
    """What the same instance had performed before."""
    connections: int = 0
    output: str = ""

    def seen(self) -> Seen:
        """The same as the search saw it."""
        return Seen(self.plan, self.trace, self.findings, self.connections, self.output)


class Collector:
    """Stands in a search where ``Triage`` would, and examines nothing.

    ``tell``: gets each suspect that does not look like an earlier one.
    """

    def __init__(self, fleet: Fleet, task: Task, tell: Callable[[Suspect], None]) -> None:
        self.attempts = Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)
        self._seed = task.seed
        self._tell = tell
        self._known = Known()

    def is_known(self, seen: Seen) -> bool:
        return self._known.looks_known(raw_bug(seen))

    def examine(self, seen: Seen, history: list[Plan], found_after: int) -> None:
        """Tell of ``seen``.  See `Triage.examine`."""
        self._known.saw(raw_bug(seen))
        self._tell(
            Suspect(
                self._seed,
                found_after,
                seen.plan,
                seen.trace,
                seen.findings,
                tuple(history),
                seen.connections,
                seen.output,
            )
        )

    def done(self) -> None:
        """Nothing is being examined."""
