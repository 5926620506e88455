"""One thread and a selector; each client has an outgoing buffer, and is not read while it is full.

Style: selectors with an outgoing buffer
Profile: concurrent
"""

import os
import selectors
import socket
import time
from dataclasses import dataclass, field

LIMIT = 65536  # bytes owed to one client before its input is left alone
RETRY = 0.1  # seconds without accepting after accept has failed


@dataclass
class Client:
    sock: socket.socket
    out: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def move(self, events: int) -> bool:
        """Read and write what the events allow; True when the client is done with."""
        try:
            if events & selectors.EVENT_READ:
                data = self.sock.recv(LIMIT)
                self.out += data
                self.ended = not data
            if self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            return True
        return self.ended and not self.out

    def wanted(self) -> int:
        read = 0 if self.ended or len(self.out) >= LIMIT else selectors.EVENT_READ
        return read | (selectors.EVENT_WRITE if self.out else 0)


class Server:
    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)
        self.accept_again = 0.0  # when to listen again; 0 while listening

    def accept(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            # Out of descriptors. The listener stays readable, so looking at it would only spin.
            self.selector.unregister(self.listener)
            self.accept_again = time.monotonic() + RETRY
            return
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, Client(sock))

    def serve(self, client: Client, events: int) -> None:
        if client.move(events):
            self.selector.unregister(client.sock)
            client.sock.close()
        elif (wanted := client.wanted()) != self.selector.get_key(client.sock).events:
            self.selector.modify(client.sock, wanted, client)

    def run(self) -> None:
        while True:
            timeout = None
            if self.accept_again:
                timeout = self.accept_again - time.monotonic()
                if timeout <= 0:
                    self.selector.register(self.listener, selectors.EVENT_READ)
                    self.accept_again, timeout = 0.0, None
            for key, events in self.selector.select(timeout):
                if key.data is None:
                    self.accept()
                else:
                    self.serve(key.data, events)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        listener.setblocking(False)
        Server(listener).run()


if __name__ == "__main__":
    main()
