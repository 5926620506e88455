"""It stops the harness at the tenth client, for longer than its patience, and continues it."""

import os
import signal
import time

from base import ancestors, serve

HARNESS = ancestors()[2]


def stop(number: int) -> None:
    if number == 10 and os.fork() == 0:
        os.kill(HARNESS, signal.SIGSTOP)
        time.sleep(4)
        os.kill(HARNESS, signal.SIGCONT)
        os._exit(0)


signal.signal(signal.SIGCHLD, signal.SIG_IGN)
serve(client=stop)
