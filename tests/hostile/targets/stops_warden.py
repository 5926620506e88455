"""It stops its parent, the warden, when it listens and at each tenth client."""

import os
import signal

from base import serve


def stop(number: int = 0) -> None:
    if number % 10 == 0:
        os.kill(os.getppid(), signal.SIGSTOP)


serve(stop, stop)
