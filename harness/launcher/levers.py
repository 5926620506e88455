"""What a plan may do to a target's processes: pause, interrupt, let run out of descriptors."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

from harness.errors import MachineProblem
from harness.host.machine import resource
from harness.system import tree
from harness.system.proc import listed_descriptors

PAUSE_WITHIN = 5.0
"""Seconds for a whole tree to stop.  A thread stops when it next runs, so a loaded machine needs
some; one that has not stopped by then is held in the kernel."""


CHILDREN_END_WITHIN = 0.1
"""Seconds for children to end whose clients have gone."""


class Levers:
    """For one instance; all of its processes at once.

    ``members``: gives them, as they are at the moment.
    """

    def __init__(self, members: Callable[[], list[int]]) -> None:
        self._members = members
        self._paused: list[int] = []
        self._limits: dict[int, tuple[int, int]] = {}

    @property
    def paused(self) -> bool:
        return bool(self._paused)

    def pause(self) -> None:
        """Stop the whole tree; returns when every thread is stopped.  Raises MachineProblem."""
        self._paused = tree.pause(self._members(), self._members, patience=PAUSE_WITHIN)

    def resume(self, *, children_first: bool = False) -> None:
        """Let the tree go on; ``children_first``: its parents once its children have ended or rest,
        which takes a few hundredths of a second at most."""
        if children_first:
            tree.resume_leaves(self._paused, within=CHILDREN_END_WITHIN)
        tree.send_signal(self._paused, signal.SIGCONT)
        self._paused = []

    def ended(self) -> None:
        """Nothing of the tree is left, so nobody is paused."""
        self._paused = []

    def interrupt(self) -> None:
        """Pause and resume: a blocking call in the target returns early."""
        self.pause()
        self.resume()

    def stopped_by_other(self) -> bool:
        """Whether somebody else (a debugger, a job control shell) has stopped the target."""
        return not self._paused and any(
            states and all(s in "Tt" for s in states)
            for states in map(tree.thread_states, self._members())
        )

    def limit_descriptors(self, spare: int) -> None:
        """Lower the soft limit of each process to what it has open plus ``spare``.

        Raises MachineProblem when the system does not allow it.
        """
        try:
            for pid in self._members():
                # A process that has ended by now, a child for one client, is short of nothing.
                with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                    self._limit_descriptors(pid, spare)
        except (OSError, ValueError, AttributeError) as error:
            raise MachineProblem(
                f"the limit of open files of the target could not be lowered: {error}",
                step="limit-descriptors",
            ) from error

    def _limit_descriptors(self, pid: int, spare: int) -> None:
        open_now = listed_descriptors(pid)  # who waits in accept() has one reserved beyond these
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        self._limits.setdefault(pid, (soft, hard))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(open_now + spare, hard), hard))

    def descriptor_limits(self) -> list[int]:
        """The soft limits of open files of all processes that can be asked."""
        found = []
        for pid in self._members():
            with contextlib.suppress(OSError, ValueError, AttributeError):
                soft, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
                if soft != resource.RLIM_INFINITY:
                    found.append(int(soft))
        return found

    def restore_descriptors(self) -> None:
        for pid, limits in self._limits.items():
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        self._limits = {}
