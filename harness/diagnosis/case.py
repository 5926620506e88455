"""What a whole run has shown of a target: the failures with their evidence, and what passed."""

from __future__ import annotations

from msgspec import Struct

from harness.diagnosis.evidence import AnyEvidence, DatagramEvidence, Evidence
from harness.diagnosis.experiments.values import Observed
from harness.diagnosis.languages import language_of
from harness.values.address import LaunchStyle
from harness.values.verdict import Profile


class Case(Struct, frozen=True):
    """What causes are looked for in.  What passed speaks as loudly as what failed."""

    profile: Profile
    failures: tuple[Evidence, ...]
    """One for each failed check, in the order of the contract."""
    passed: frozenset[str] = frozenset()
    """The ids of the checks that passed."""
    warnings: frozenset[str] = frozenset()
    """Those of the failed checks that only warn (``should``)."""
    command: tuple[str, ...] = ()
    """What launches the target; empty where that is not known."""
    language: str | None = None
    """In which it is written, where its files tell."""
    sources: tuple[tuple[str, str], ...] = ()
    """The names and texts of the files that the command names."""
    observed: tuple[Observed, ...] = ()
    """What the experiments have shown."""
    pinned: bool = False
    """The user said what the target promises; else its profile was found out."""
    datagrams: tuple[DatagramEvidence, ...] = ()
    """``failures`` of a server of datagrams: one for each failed check."""
    launch: LaunchStyle = LaunchStyle.LISTEN
    """How it came by its listener."""

    def language_by(self, output: str) -> str | None:
        """In which the target is written; ``output``: what it wrote, if nothing else tells."""
        return self.language or language_of(self.command, output)

    @property
    def every(self) -> tuple[AnyEvidence, ...]:
        """The failures, of whatever sort of server."""
        return (*self.failures, *self.datagrams)

    @property
    def failed(self) -> frozenset[str]:
        """The ids of the checks that failed."""
        return frozenset(e.check_id for e in self.every)

    def of(self, check_id: str) -> Evidence | None:
        """The evidence of the failure of ``check_id``; None if it did not fail."""
        return next((e for e in self.failures if e.check_id == check_id), None)

    def saw(self, experiment: str) -> Observed | None:
        """What the experiment with this id has shown; None if it was not performed."""
        return next((o for o in self.observed if o.id == experiment), None)
