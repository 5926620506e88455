"""The with block closes the client's socket as soon as the thread that should serve it has started.

Clause: shutdown/not-early
Trigger: a few exchanges; the first may still be served when the thread is fast
Profile: concurrent
Grade: realistic
Cause: closed-under-thread | closes-before-client
"""

import os
import socket
import threading
import time


def echo(client: socket.socket) -> None:
    try:
        while data := client.recv(1024):
            client.sendall(data)
    except OSError:
        pass


def main() -> None:
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with client:
                threading.Thread(target=echo, args=(client,), daemon=True).start()


main()
