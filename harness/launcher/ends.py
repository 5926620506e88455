"""How a launch ends: the process, or the attempt; or that it does not."""

from __future__ import annotations

import os
import signal

from harness.errors import MachineProblem


class Exit:
    """How a process ended: ``status`` (exit status) or ``signal`` (number), never both."""

    def __init__(self, wait_status: int) -> None:
        code = os.waitstatus_to_exitcode(wait_status)
        self.status = code if code >= 0 else None
        self.signal = -code if code < 0 else None

    def __str__(self) -> str:
        """``exit status 1``, ``signal SIGABRT``: as a trace's Death has it."""
        if self.signal is None:
            return f"exit status {self.status}"
        return f"signal {self.signal_name}"

    @property
    def signal_name(self) -> str | None:
        """``SIGABRT``; the number, for one of the real-time signals, which have no name."""
        if self.signal is None:
            return None
        named = self.signal in {known.value for known in signal.Signals}
        return signal.Signals(self.signal).name if named else str(self.signal)


class LaunchError(Exception):
    """exec failed with ``errno``; ``where`` is ``argv`` or ``cwd``."""

    def __init__(self, errno: int, where: str) -> None:
        super().__init__(errno, where)
        self.errno = errno
        self.where = where


class Undying(MachineProblem):
    """The target multiplies faster than it can be killed: another one beside it makes no sense."""

    def __init__(self, processes: int) -> None:
        super().__init__(
            f"the target could not be ended: {processes} of its processes are left.",
            "Does it start new processes without end, or are they held in the kernel?",
            step="stop",
        )
