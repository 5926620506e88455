"""Bug: an error of send() other than "no room" is not caught: a client that breaks off while output
    waits for it, and its input is not read, ends the whole server.
Cause: client-error-ends-server, crash-on-reset, killed-by-sigpipe
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time
from dataclasses import dataclass, field

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])
RECV_SIZE = 65536
HIGH_WATER = 256 * 1024


@dataclass
class ClientState:
    addr: tuple
    outgoing: bytearray = field(default_factory=bytearray)
    eof: bool = False


class EchoServer:
    """Single-threaded, event-driven echo server."""

    def __init__(self, host: str, port: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server((host, port), backlog=1024)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, data=None)

    def serve_forever(self) -> None:
        while True:
            for key, mask in self.selector.select():
                if key.data is None:
                    self._accept()
                else:
                    self._service(key.fileobj, key.data, mask)

    def _accept(self) -> None:
        try:
            conn, addr = self.listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:
            time.sleep(0.05)
            return
        conn.setblocking(False)
        self.selector.register(conn, selectors.EVENT_READ, data=ClientState(addr))

    def _service(self, sock: socket.socket, state: ClientState, mask: int) -> None:
        if mask & selectors.EVENT_READ and not self._receive(sock, state):
            self._close(sock)
            return
        if mask & selectors.EVENT_WRITE:
            self._transmit(sock, state)
        if state.eof and not state.outgoing:
            self._close(sock)
        else:
            self._update_interest(sock, state)

    def _receive(self, sock: socket.socket, state: ClientState) -> bool:
        """Read what is available. Returns False if the connection is broken."""
        try:
            data = sock.recv(RECV_SIZE)
        except (BlockingIOError, InterruptedError):
            return True
        except (ConnectionError, TimeoutError):
            return False
        if data:
            state.outgoing += data
        else:
            state.eof = True
        return True

    def _transmit(self, sock: socket.socket, state: ClientState) -> None:
        """Send as much as the kernel accepts."""
        try:
            sent = sock.send(state.outgoing)
        except (BlockingIOError, InterruptedError):
            return
        del state.outgoing[:sent]

    def _update_interest(self, sock: socket.socket, state: ClientState) -> None:
        events = 0
        if not state.eof and len(state.outgoing) < HIGH_WATER:
            events |= selectors.EVENT_READ
        if state.outgoing:
            events |= selectors.EVENT_WRITE
        self.selector.modify(sock, events, data=state)

    def _close(self, sock: socket.socket) -> None:
        self.selector.unregister(sock)
        sock.close()


if __name__ == "__main__":
    EchoServer(HOST, PORT).serve_forever()
