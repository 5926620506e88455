"""The driver: performs a plan on real sockets.  The only code that opens a connection.

One event loop, any number of clients, non-blocking sockets.  It reads whatever arrives while it
writes, so it cannot deadlock with a blocking server, and it judges nothing.

What a client does is a value: a `Conversation` is told what came and says what to do next, and
knows neither socket nor clock (``conversation.py``, ``steps.py``, ``outgoing.py``,
``incoming.py``, ``silence.py``, ``schedule.py``).  ``tcp.py`` has the socket, ``traffic.py`` goes
between the two, ``loop.py`` waits.
"""

from harness.host.platforms import require_linux

require_linux()  # what follows needs more than sockets, and would fail with less to say

from harness.driver.loop import perform  # noqa: E402
from harness.driver.manner import Manner  # noqa: E402

__all__ = ["Manner", "perform"]
