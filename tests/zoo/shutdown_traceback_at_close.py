"""shutdown() is called on a socket already closed; the traceback makes the exit status 1.

Clause: shutdown/exit-status
Trigger: the end of its one connection
Profile: one-shot
Grade: realistic
Cause: exit-status | crash
Beside: accept-error-ends | descriptor-famine
"""

import os
import socket

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
conn, _ = listener.accept()
with conn:
    try:
        while data := conn.recv(1024):
            conn.sendall(data)
    except ConnectionError:
        pass

conn.shutdown(socket.SHUT_RDWR)
conn.close()
listener.close()
