"""What was read is gone through as a text file, whose universal newlines turn CR and CRLF into LF.

Clause: identity/newlines
Trigger: a carriage return
Profile: concurrent
Grade: realistic
Cause: newline-translated
"""

import io
import os
import socket
import threading
import time


def lines(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="latin-1")


def echo(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(4096):
                for line in lines(data):
                    client.sendall(line.encode("latin-1"))
        except ConnectionError:
            pass


listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    threading.Thread(target=echo, args=(client,), daemon=True).start()
