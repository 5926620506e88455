"""The accept loop runs five times, the number that listen() was given, and the server ends after
its fifth client.

Clause: sessions/one-after-another
Trigger: a sixth connection
Profile: sequential
Grade: realistic
Cause: connections-used-up
"""

import os
import socket
import time

MAX_CLIENTS = 5


def main():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    server.listen(MAX_CLIENTS)
    served = 0
    while served < MAX_CLIENTS:
        try:
            conn, _ = server.accept()
        except OSError:
            time.sleep(0.05)
            continue
        served += 1
        with conn:
            try:
                while data := conn.recv(1024):
                    conn.sendall(data)
            except OSError:
                continue
    server.close()


if __name__ == "__main__":
    main()
