"""MSG_WAITALL makes recv() wait until its buffer is full, so short messages stay unanswered.

Clause: chunking/prompt
Trigger: a message of fewer than 1024 bytes, waiting for its reply
Profile: sequential
Grade: realistic
Cause: waits-for-full-buffer
"""

import os
import socket
import time

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))

while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with client:
        try:
            while data := client.recv(1024, socket.MSG_WAITALL):
                client.sendall(data)
        except ConnectionError:
            pass
