"""A greeting is sent before the client has said anything: an echo server never speaks first.

Clause: identity/nothing-extra
Trigger: none, every connection begins with it
Profile: concurrent
Grade: obvious
Cause: banner
"""

import os
import socket
import threading
import time

BANNER = b"220 echo service ready\r\n"


def serve(client: socket.socket) -> None:
    with client:
        try:
            client.sendall(BANNER)
            while data := client.recv(1024):
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
