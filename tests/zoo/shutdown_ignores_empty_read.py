"""Nobody looks for the empty read, so after the end of stream the thread spins on recv() for ever.

Clause: shutdown/no-spin
Trigger: a half-close
Profile: concurrent
Grade: realistic
Cause: missing-break | spins-at-end
"""

import os
import socket
import threading
import time


def serve(client: socket.socket) -> None:
    with client:
        try:
            while True:
                data = client.recv(1024)
                client.sendall(data)
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
