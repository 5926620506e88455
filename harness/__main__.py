"""``python -m harness`` is ``echo-harness``."""

from __future__ import annotations

import gc
import signal
import sys

from harness.errors import fault_of
from harness.host.interruption import interruption
from harness.host.shortage import shortage
from harness.text.outside import printable


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
        # Python's own way, a traceback and 1, would say that the target does not conform.
        problem = shortage(error) or fault_of(error)
        print(f"echo-harness: {printable(str(problem))}", file=sys.stderr)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
