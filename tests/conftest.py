"""What holds for every test."""

from __future__ import annotations

import signal

# A shell starts what it puts into the background with Ctrl-C ignored, and that is inherited: the
# processes that the tests start, and then interrupt, would never hear of it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
