"""Failing plans that are looked into elsewhere: a search that only collects them.

What both sorts share, streams and datagrams, is generic; theirs is in `datagrams.collect`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

import msgspec
from msgspec import Struct

from harness.fuzzer.attempts import Seen
from harness.fuzzer.bugs import Bug, Known
from harness.fuzzer.case import BaseCase, Case, Rate
from harness.fuzzer.events import Failure
from harness.fuzzer.task import Task
from harness.fuzzer.triage import Triage, raw_bug_of
from harness.fuzzer.trying import BaseAttempts, PlanT, TraceT
from harness.launcher.fleet import Fleet
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Finding, Profile


class BaseSuspect(Struct, Generic[PlanT, TraceT], frozen=True):
    """A plan that failed in a search, with all that is needed to look into it."""

    seed: int
    """Of the search."""
    found_after: int
    """Sessions of that search."""
    plan: PlanT
    trace: TraceT
    findings: tuple[Finding, ...]
    history: tuple[PlanT, ...] = ()
    """What the same instance had performed before."""
    connections: int = 0
    output: str = ""

    @property
    def raw(self) -> Bug:
        """What the failure looks like before it is shrunk."""
        raise NotImplementedError

    def case(self, profile: Profile) -> BaseCase:
        """The plan as it is, for a run that ended before anybody looked into it."""
        raise NotImplementedError

    @classmethod
    def of(cls, seen: Any, seed: int = 0, found_after: int = 0, history: Any = ()) -> Self:
        """What a search of this sort has ``seen``."""
        return cls(
            seed,
            found_after,
            seen.plan,
            seen.trace,
            seen.findings,
            tuple(history),
            seen.connections,
            seen.output,
        )


class Suspect(BaseSuspect[Plan, Trace], frozen=True, tag="streams"):
    """Of a search of streams."""

    @property
    def raw(self) -> Bug:
        return raw_bug_of(self.plan, self.findings[0])

    def case(self, profile: Profile) -> Case:
        return Case(
            profile=profile,
            seed=self.seed,
            found_after=self.found_after,
            findings=self.findings,
            rate=Rate(1, 1),
            plan=self.plan,
        )

    def seen(self) -> Seen:
        """The same as the search saw it."""
        return Seen(self.plan, self.trace, self.findings, self.connections, self.output)


SuspectT = TypeVar("SuspectT", bound=BaseSuspect[Any, Any])


class Collector(Generic[SuspectT]):
    """Stands in a search where ``Triage`` would, and examines nothing.

    ``sort``: of the suspects, each of which ``tell`` gets that does not look like an earlier one.
    """

    def __init__(
        self,
        attempts: BaseAttempts[Any, Any],
        seed: int,
        sort: type[SuspectT],
        tell: Callable[[SuspectT], None],
    ) -> None:
        self.attempts = attempts
        self.unconfirmed = 0
        self._seed = seed
        self._sort = sort
        self._tell = tell
        self._known = Known()

    def is_known(self, seen: Any) -> bool:
        return self._known.looks_known(self._sort.of(seen).raw)

    def examine(self, seen: Any, history: list[Any], found_after: int) -> None:
        """Tell of ``seen``.  See `Triage.examine`."""
        suspect = self._sort.of(seen, self._seed, found_after, history)
        self._known.saw(suspect.raw)
        self._tell(suspect)

    def done(self) -> None:
        """Nothing is being examined."""


def look_into(
    fleet: Fleet, task: Task, suspect: Suspect, seconds: Callable[[], float]
) -> Failure[Case, Trace] | None:
    """Confirm and shrink ``suspect``; None when it does not show again.

    ``seconds``: the most that shrinking may take.  After KeyboardInterrupt it is what was known by
    then.
    """
    task = msgspec.structs.replace(task, seed=suspect.seed)
    triage = Triage(fleet, task, None, seconds)
    found = None
    with contextlib.suppress(KeyboardInterrupt):
        found = triage.examine(suspect.seen(), list(suspect.history), suspect.found_after)
    return found or triage.rescue()
