"""Backspace and delete are obeyed as on a terminal: they and the byte before them are left out.

Clause: identity/every-byte-value
Trigger: the byte 0x08 or 0x7F
Profile: concurrent
Grade: nasty
Cause: magic-byte
"""

import os
import socket
import threading
import time

BACKSPACE, DELETE = 0x08, 0x7F


def edited(data: bytes) -> bytes:
    if BACKSPACE not in data and DELETE not in data:
        return data
    line = bytearray()
    for byte in data:
        if byte in (BACKSPACE, DELETE):
            del line[-1:]
        else:
            line.append(byte)
    return bytes(line)


def serve(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(edited(data))
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
