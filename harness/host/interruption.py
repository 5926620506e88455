"""Ctrl-C and other signals to end: noted at any moment, obeyed where that does no harm.

An exception in the middle of an import, of a clean-up or of a report that is being written leaves
things half done.  So signals are only noted, and a run asks for them a few times a second.
Commands that run no target obey at once.  This module imports next to nothing, so that it is ready
early.
"""

from __future__ import annotations

import signal
import time
from types import FrameType

SAME_WISH = 5.0
"""Seconds in which further signals mean the same end, which is under way: job runners send several,
people press Ctrl-C twice.  A later signal raises KeyboardInterrupt at once."""
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interruption:
    """Whether a signal has asked this process to end."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._at_once = False

    def asked(self) -> bool:
        return self._since is not None

    def listen(self) -> None:
        """Note the signals that ask for an end, except those that are ignored already (nohup).
        They are unblocked as well, since the parent process may have blocked them."""
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        for number in numbers:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)

    def obey_at_once(self) -> None:
        """From now on a signal raises KeyboardInterrupt; so does this if there was one."""
        self._at_once = True
        if self.asked():
            raise KeyboardInterrupt

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        first = self._since is None
        self._since = now if self._since is None else self._since
        if self._at_once or (not first and now - self._since > SAME_WISH):
            raise KeyboardInterrupt


interruption = Interruption()
"""For this process.  Nothing is noted before ``main`` calls ``listen``."""
