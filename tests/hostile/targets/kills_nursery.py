"""It kills its grandparent, the nursery, as soon as it listens."""

import os
import signal

from base import ancestors, serve


def kill() -> None:
    for nursery in ancestors()[1:2]:
        os.kill(nursery, signal.SIGKILL)


serve(kill)
