"""Ctrl-Z is honoured as the end-of-file mark of DOS: the rest of that read is thrown away.

Clause: identity/control-bytes
Trigger: the byte 0x1A with more behind it
Profile: concurrent
Grade: nasty
Cause: magic-byte
"""

import os
import socket
import threading
import time

END_OF_FILE = 0x1A


def text_of(data: bytes) -> bytes:
    position = data.find(END_OF_FILE)
    return data if position < 0 else data[: position + 1]


def echo(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(text_of(data))
        except ConnectionError:
            pass


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=echo, args=(client,), daemon=True).start()
