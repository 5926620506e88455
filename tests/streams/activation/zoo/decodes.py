"""The bytes are decoded as text, and bytes that are no text end the server.

Clause: identity/invalid-utf8
Trigger: bytes that are no UTF-8
Profile: sequential
Grade: obvious
Cause: decodes-text
"""

import contextlib
import socket
import time

listener = socket.socket(fileno=3)
while True:
    try:
        connection, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(1024):
            connection.sendall(data.decode().encode())
