"""It stops its parent a thousand times a second.  It ends by itself after a minute."""

import os
import signal
import threading
import time

from base import serve

WARDEN = os.getppid()


def hold() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and os.getppid() == WARDEN:
        os.kill(WARDEN, signal.SIGSTOP)
        time.sleep(0.001)


serve(threading.Thread(target=hold, daemon=True).start)
