"""Out of descriptors, accept() is tried again at once: a processor is burnt until one is free.

Clause: resilience/descriptor-famine
Trigger: no descriptor for a further client
Profile: concurrent
Grade: realistic
Cause: spins-at-accept
"""

import contextlib
import os
import socket
import threading


def serve(conn):
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=128)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
