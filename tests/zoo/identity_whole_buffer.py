"""The count from recv_into() is not used: the whole buffer goes back, old contents included.

Clause: identity/nothing-extra
Trigger: a read shorter than the buffer of 1024 bytes
Profile: sequential
Grade: obvious
Cause: stale-buffer
"""

import os
import socket
import time

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
buffer = bytearray(1024)

while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with client:
        try:
            while client.recv_into(buffer):
                client.sendall(buffer)
        except ConnectionError:
            pass
