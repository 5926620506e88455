"""The event loop polls with a timeout of 0 and goes round again when there is nothing: a whole
processor is burnt by an idle server.

Clause: resources/idle-cpu
Trigger: no traffic
Profile: concurrent
Grade: obvious
Cause: spins-idle
"""

import os
import select
import socket
import time

CHUNK = 16384


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.unsent = b""

    def turn(self):
        """Read when all is sent, else send; returns the event to wait for, 0 at the end."""
        try:
            if not self.unsent:
                self.unsent = self.sock.recv(CHUNK)
                if not self.unsent:
                    return 0
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            return 0
        return select.POLLOUT if self.unsent else select.POLLIN


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    clients = {}
    while True:
        for fd, _ in poller.poll(0):
            if fd == listener.fileno():
                try:
                    sock, _ = listener.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                sock.setblocking(False)
                clients[sock.fileno()] = Client(sock)
                poller.register(sock, select.POLLIN)
            elif event := clients[fd].turn():
                poller.modify(fd, event)
            else:
                poller.unregister(fd)
                clients.pop(fd).sock.close()


if __name__ == "__main__":
    main()
