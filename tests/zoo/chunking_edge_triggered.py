"""epoll is edge-triggered but each event leads to one recv(): what is left waits for a new segment.

Clause: chunking/one-write-many-reads
Trigger: more than 1024 bytes in the receive buffer and then silence
Profile: concurrent
Grade: nasty
Cause: edge-not-drained
"""

import os
import select
import socket
import time

EVENTS = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET


class Client:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.out = bytearray()

    def on_event(self) -> bool:
        try:
            if self.out:
                del self.out[: self.sock.send(self.out)]
            if not self.out:
                data = self.sock.recv(1024)
                if not data:
                    return False
                self.out += data
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True


listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
epoll = select.epoll()
epoll.register(listener, select.EPOLLIN)
clients: dict[int, Client] = {}

while True:
    for fd, _ in epoll.poll():
        if fd != listener.fileno():
            if not clients[fd].on_event():
                clients.pop(fd).sock.close()
            continue
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        sock.setblocking(False)
        clients[sock.fileno()] = Client(sock)
        epoll.register(sock, EVENTS)
