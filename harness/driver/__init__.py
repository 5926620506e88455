"""The driver: performs a plan on real sockets.  The only code that opens a connection.

One event loop, any number of clients, non-blocking sockets.  It reads whatever arrives while it
writes, so it cannot deadlock with a blocking server, and it judges nothing.
"""

from harness.host.platforms import require_linux

require_linux()  # what follows needs more than sockets, and would fail with less to say

from harness.driver.loop import perform  # noqa: E402

__all__ = ["perform"]
