"""Ctrl-C and kinder kills: noted at any moment, obeyed where it does no harm.

An exception in the middle of an import, of a clean-up or of a report that is being written leaves
things half done.  So signals are only noted, and a run asks for them a few times a second.  What
is no run obeys at once.  This imports next to nothing, to be there early.
"""

from __future__ import annotations

import signal
import time
from types import FrameType

SAME_WISH = 5.0
"""Seconds in which further signals ask for the same end, which is under way: job runners send
several, people press Ctrl-C twice.  After these an end that does not come is insisted on."""
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interruption:
    """Whether a signal has asked this process to end."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._at_once = False

    def asked(self) -> bool:
        return self._since is not None

    def listen(self) -> None:
        """Note the signals that ask for an end, but for those that are ignored already (nohup),
        whether or not whoever started us had them blocked."""
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
"""Of this process; nothing is noted unless its ``main`` listens."""
