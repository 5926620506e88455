"""SO_LINGER of zero, set against TIME_WAIT, makes close() send a RST and drop what is unsent.

Clause: shutdown/orderly
Trigger: any end of a connection
Profile: sequential
Grade: realistic
Cause: reset-instead-of-fin
"""

import os
import socket
import struct
import time

NO_TIME_WAIT = struct.pack("ii", 1, 0)

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))

while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_TIME_WAIT)
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(data)
        except ConnectionError:
            pass
