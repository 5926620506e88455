"""The words quit and exit are commands in the data stream: they hang up, they are not echoed.

Clause: identity/looks-like-a-command
Trigger: a read that is quit or exit
Profile: concurrent
Grade: realistic
Cause: magic-word
"""

import os
import socket
import threading
import time

COMMANDS = {b"quit", b"exit"}


def chat(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(1024):
                if data.strip().lower() in COMMANDS:
                    break
                client.sendall(data)
        except ConnectionError:
            pass


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=32)
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=chat, args=(client,), daemon=True).start()


main()
