"""The listener is non-blocking and accept() is simply called again when it has nobody: an idle
server spins.

Clause: resources/idle-cpu
Trigger: no connection
Profile: concurrent
Grade: realistic
Cause: spins-at-accept | spins-idle
"""

import os
import socket
import threading
import time


def serve(conn):
    with conn:
        try:
            conn.setblocking(True)
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    listener.setblocking(False)
    while True:
        try:
            conn, _ = listener.accept()
        except BlockingIOError:
            continue
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
