"""The driver: performs a plan on real sockets.  The only code that opens a connection.

One event loop, any number of clients, non-blocking sockets.  It reads whatever arrives while it
writes, so it cannot deadlock with a blocking server, and it judges nothing.
"""

from harness.driver.loop import perform

__all__ = ["perform"]
