"""select() guards the reads, but the sends block: while one client does not take its echo, the
single thread serves nobody.

Clause: sessions/stalled-client-aside
Trigger: a client that sends and does not read until the buffers are full
Profile: concurrent
Grade: realistic
Cause: blocked-by-stalled-reader
"""

import os
import select
import socket
import time


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    poller = select.epoll()
    poller.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                try:
                    conn, _ = listener.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                clients[conn.fileno()] = conn
                poller.register(conn, select.EPOLLIN)
                continue
            conn = clients[fd]
            try:
                data = conn.recv(4096)
                conn.sendall(data)
            except OSError:
                data = b""
            if not data:
                poller.unregister(fd)
                del clients[fd]
                conn.close()


if __name__ == "__main__":
    main()
