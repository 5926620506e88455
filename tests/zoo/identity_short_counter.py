"""Bytes are counted in an unsigned short; counting past 65535 raises and the connection is dropped.

Clause: identity/counter
Trigger: more than 65535 bytes on one connection
Profile: concurrent
Grade: realistic
Cause: counter-wraps
"""

import os
import socket
import threading
import time
from array import array


def serve(client: socket.socket) -> None:
    received, sent = 0, 1
    counters = array("H", [0, 0])
    with client:
        try:
            while data := client.recv(1024):
                counters[received] += len(data)
                client.sendall(data)
                counters[sent] += len(data)
        except ConnectionError:
            pass


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
