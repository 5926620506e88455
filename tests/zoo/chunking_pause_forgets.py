"""A pause in the middle of a line is taken for a new message: the first read after it is skipped.

Clause: chunking/uneven
Trigger: a piece without a newline, a pause of more than 20 ms, another piece
Profile: concurrent
Grade: nasty
Cause: pause-is-end-of-message
"""

import os
import select
import socket
import threading
import time

PATIENCE_MS = 20


def paused(client: socket.socket) -> bool:
    poller = select.poll()
    poller.register(client, select.POLLIN)
    return not poller.poll(PATIENCE_MS)


def serve(client: socket.socket) -> None:
    unfinished = False
    with client:
        try:
            while True:
                stale = unfinished and paused(client)
                data = client.recv(1024)
                if not data:
                    break
                if not stale:  # otherwise the rest of a line that came too late
                    client.sendall(data)
                unfinished = not stale and not data.endswith(b"\n")
        except ConnectionError:
            pass


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()
