"""It stops its parent and its grandparent, the warden and the nursery, as soon as it listens."""

import os
import signal

from base import ancestors, serve


def stop() -> None:
    warden, nursery, _ = ancestors()
    os.kill(nursery, signal.SIGSTOP)
    os.kill(warden, signal.SIGSTOP)


serve(stop)
