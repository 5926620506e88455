"""It executes itself without its environment, forks twice, and serves as a daemon."""

import os
import sys

from base import serve

if len(sys.argv) == 1:
    kept = {k: v for k, v in os.environ.items() if k in ("PORT", "ECHO_HARNESS_TEST_RUN")}
    os.execve(sys.executable, [sys.executable, __file__, "again"], kept)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        serve()
os._exit(0)
