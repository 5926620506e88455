"""A fleet: says which instance of the target serves the next session, and has it launched.

The driver asks the fleet, and does not know whether one server serves all sessions (shared.py),
each has a server of its own (oneshot.py), or somebody else runs it (remote.py).
"""

from __future__ import annotations

from typing import Protocol

from harness.host.halting import Halt
from harness.launcher.instance import Instance
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.system.backlog import Backlog
from harness.system.watched import Watched
from harness.values.address import Address


class Fleet(Protocol):
    """Where sessions connect to."""

    halt: Halt
    """Whether the run that uses it is given up."""
    watched: Watched | None
    """The processes of a target that somebody else runs, where they can be seen."""
    connections: int
    """Sessions that the server has had which serves the next one."""

    @property
    def keeper(self) -> Keeper | None:
        """Of the instance in use; None for a remote target."""

    def acquire(self) -> Instance | None:
        """The instance for a new session, launched if need be; None for a remote target.

        Raises TargetProblem when it cannot be launched.
        """

    @property
    def current(self) -> Instance | None:
        """The instance that acts on the target (pause, measure, ...) concern, if any."""

    def address(self, instance: Instance | None) -> Address:
        """Where to connect."""

    def backlog(self, instance: Instance | None) -> Backlog:
        """Where a session on ``instance`` waits until it is accepted; unknown without one."""

    def release(self, instance: Instance | None) -> None:
        """The session on ``instance`` is over."""

    def relaunch(self) -> Instance:
        """Kill the current instance and launch it again, on the same port if it has a say."""

    def refresh(self) -> None:
        """Make sure that the next plan starts on a healthy target.  Raises TargetProblem."""

    def confirm(self) -> None:
        """Raise WrongTarget when clients have come to somebody else than the target."""

    def last_output(self, ident: int | None = None) -> str:
        """The last lines that launch ``ident`` wrote, safe to show.

        The current instance's where that is not known, or is no longer there.
        """

    def retire(self) -> None:
        """Ask everything that was launched to end, so that many fleets end side by side."""

    def close(self) -> None:
        """Stop everything that was launched."""


class LaunchedFleet:
    """What fleets have in common whose instances the harness launches."""

    connections = 0
    watched: Watched | None = None

    def __init__(self, launcher: Launcher) -> None:
        self.launcher = launcher
        self.halt = launcher.keeper.halt

    @property
    def keeper(self) -> Keeper:
        return self.launcher.keeper

    def address(self, instance: Instance | None) -> Address:
        assert instance is not None
        return instance.address

    def backlog(self, instance: Instance | None) -> Backlog:
        return instance.backlog if instance is not None else Backlog(None)
