"""The accept loop itself reads the first bytes of a client and then starts the thread, so a
client that connects and says nothing yet keeps all later ones waiting.

Clause: sessions/slow-client-aside
Trigger: a client that connects and is silent while another one wants an echo
Profile: concurrent
Grade: realistic
Cause: blocked-by-idle-client
"""

import os
import socket
import threading
import time


def serve(conn, first):
    with conn:
        try:
            data = first
            while data:
                conn.sendall(data)
                data = conn.recv(4096)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        try:
            first = conn.recv(4096)
        except OSError:
            first = b""
        threading.Thread(target=serve, args=(conn, first), daemon=True).start()


if __name__ == "__main__":
    main()
