"""How the server ends when somebody asks it to: SIGTERM, or Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading

TYPE_CHECKING = False  # as in echo_ref.server
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

STATUS = {signal.SIGTERM: 0, signal.SIGINT: 130}


def hold_signals() -> None:
    """From now on the signals that end the process wait until `end_on_signals` is called."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STATUS)


def end_on_signals(at_end: Callable[[], None] | None = None) -> None:
    """From now on SIGTERM ends the process with status 0, SIGINT (Ctrl-C) with 130, at any moment.

    `at_end` is called before, in another thread.

    Python runs a signal handler between two steps of the main thread. If a signal came right after
    the last step before accept(), recv() or send(), its handler would run when that call returns:
    perhaps never. So the signals are blocked, and a thread that does nothing else waits for them.
    """
    hold_signals()

    def wait() -> NoReturn:
        status = STATUS[signal.Signals(signal.sigwait(STATUS))]
        try:
            if at_end is not None:
                at_end()
        finally:
            # _exit, because the main thread is in a call that nothing else ends. Nothing is lost:
            # every line was flushed, and the system closes the sockets.
            os._exit(status)

    threading.Thread(target=wait, name="signals", daemon=True).start()
