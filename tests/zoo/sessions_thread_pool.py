"""Each connection occupies one of four pool threads for as long as it lives, idle or not, so the
fifth client is accepted but not served until another leaves.

Clause: sessions/simultaneous
Trigger: a fifth client while four are connected
Profile: concurrent
Grade: realistic
Cause: connection-limit
"""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor


def serve(conn):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    with ThreadPoolExecutor(max_workers=4) as pool:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            pool.submit(serve, conn)


if __name__ == "__main__":
    main()
