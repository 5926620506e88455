"""A zero byte is sent to every client that is silent for a while, to find out whether it is there.

Clause: shutdown/idle-kept
Trigger: a silence of one second between two messages
Profile: concurrent
Grade: nasty
Cause: keepalive-bytes
"""

import os
import select
import socket
import threading
import time

KEEPALIVE_MS = 700


def serve(client: socket.socket) -> None:
    poller = select.poll()
    poller.register(client, select.POLLIN)
    with client:
        try:
            while True:
                if not poller.poll(KEEPALIVE_MS):
                    client.sendall(b"\0")
                    continue
                data = client.recv(1024)
                if not data:
                    break
                client.sendall(data)
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
