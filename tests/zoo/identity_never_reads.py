"""Accepted sockets are put in a table but not registered with poll(), so nobody reads from them.

Clause: identity/hello
Trigger: any exchange
Profile: concurrent
Grade: obvious
Cause: reads-never
"""

import os
import select
import socket
import time

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
listener.setblocking(False)
poller = select.poll()
poller.register(listener, select.POLLIN)
clients: dict[int, socket.socket] = {}

while True:
    for fd, _ in poller.poll():
        if fd == listener.fileno():
            try:
                client, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            clients[client.fileno()] = client
            continue
        client = clients[fd]
        try:
            data = client.recv(1024)
            client.sendall(data)
        except ConnectionError:
            data = b""
        if not data:
            poller.unregister(fd)
            clients.pop(fd).close()
