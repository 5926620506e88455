"""It kills the harness, its third ancestor, at the third client."""

import os
import signal

from base import ancestors, serve

HARNESS = ancestors()[2]
serve(client=lambda number: number == 3 and os.kill(HARNESS, signal.SIGKILL))
