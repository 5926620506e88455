"""Echo with circuits: a read event is answered with a write event."""

# mypy: ignore-errors

import sys

from circuits import handler
from circuits.net.events import write
from circuits.net.sockets import TCPServer


class Echo(TCPServer):
    """Writes what arrives."""

    @handler("read")
    def on_read(self, sock, data):
        """Send it back."""
        self.fire(write(sock, data))


if __name__ == "__main__":
    Echo((sys.argv[1], int(sys.argv[2]))).run()
