"""After its FIN the socket stays registered with the selector, which reports it for ever.

Clause: shutdown/no-spin
Trigger: any end of a connection
Profile: concurrent
Grade: nasty
Cause: spins-at-end
Beside: descriptor-leak
Beside: never-closes
"""

import contextlib
import os
import selectors
import socket
import time

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
selector = selectors.DefaultSelector()


def accept(listener: socket.socket) -> None:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    client.setblocking(False)
    selector.register(client, READ, b"")


def serve(client: socket.socket, out: bytes) -> None:
    try:
        if not out:
            out = client.recv(4096)
            if not out:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_WR)
                return
        out = out[client.send(out) :]
    except BlockingIOError:
        pass
    except OSError:
        selector.unregister(client)
        client.close()
        return
    selector.modify(client, WRITE if out else READ, out)


server = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
server.setblocking(False)
selector.register(server, READ)
while True:
    for key, _ in selector.select():
        sock = key.fileobj
        if sock is server:
            accept(server)
        elif isinstance(sock, socket.socket):
            serve(sock, key.data)
