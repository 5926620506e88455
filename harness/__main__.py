"""``python -m harness`` is ``echo-harness``."""

from __future__ import annotations

import gc
import signal
import sys

from harness.host.interruption import interruption
from harness.host.shortage import shortage


def main() -> None:
    """The console script."""
    interruption.listen()
    gc.set_threshold(20_000, 20, 20)  # there is hardly any garbage while so much is imported
    from harness.host import streams

    streams.secure()  # before anything opens a descriptor and keeps it
    if hasattr(signal, "SIGCHLD"):  # if it is ignored, exit statuses are lost
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        from harness.cli import main as command

        command()
    except Exception as error:
        problem = shortage(error)
        if problem is None:
            raise
        print(f"echo-harness: {problem}", file=sys.stderr)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
