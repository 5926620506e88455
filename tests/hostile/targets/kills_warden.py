"""It kills its parent, the warden, at the third client, and means to survive that.

A child that has left the group and the session, and forgotten its environment, is to stay.
"""

import os
import signal
import sys
import time

from base import serve


def kill(number: int) -> None:
    if number == 3:
        os.kill(os.getppid(), signal.SIGKILL)


if sys.argv[1:] == ["stay"]:
    time.sleep(600)
elif os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        mark = {"ECHO_HARNESS_TEST_RUN": os.environ.get("ECHO_HARNESS_TEST_RUN", "")}
        os.execve(sys.executable, [sys.executable, __file__, "stay"], mark)
else:
    serve(client=kill)
