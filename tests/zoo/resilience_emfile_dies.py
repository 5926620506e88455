"""accept() stands unguarded in the loop: when the process has no descriptor left it fails with
EMFILE, and the server ends with all its clients.

Clause: resilience/descriptor-famine
Trigger: a client connects while no descriptor is free
Profile: concurrent
Grade: realistic
Cause: accept-error-ends | descriptor-famine
"""

import os
import socket
import threading


def serve(conn):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except ConnectionError:
            pass


def main():
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
