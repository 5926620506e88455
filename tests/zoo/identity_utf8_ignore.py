"""Reads are decoded as UTF-8 with errors ignored, so bytes that are not valid vanish.

Clause: identity/invalid-utf8
Trigger: a byte sequence that is not valid UTF-8
Profile: sequential
Grade: realistic
Cause: lossy-decoding | decodes-each-read
"""

import os
import socket
import time

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))

while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with conn:
        try:
            while True:
                message = conn.recv(1024)
                if not message:
                    break
                text = message.decode("utf-8", errors="ignore")
                conn.sendall(text.encode("utf-8"))
        except ConnectionError:
            pass
