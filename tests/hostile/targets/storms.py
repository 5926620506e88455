"""A storm: four processes, each of which lives on in a child of its own, fifty times a second.

It ends by itself after a minute.
"""

import contextlib
import os
import signal
import time

from base import serve

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
UNTIL = time.monotonic() + 60
if os.fork() == 0:
    for _ in range(2):
        os.fork()
    while time.monotonic() < UNTIL:
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                os.setsid()
            else:
                os._exit(0)
        time.sleep(0.02)
    os._exit(0)
serve()
