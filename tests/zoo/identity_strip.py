"""strip() is called on what was read, so blanks and newlines at either edge do not come back.

Clause: identity/edge-whitespace
Trigger: white space at the beginning or the end of a read
Profile: concurrent
Grade: realistic
Cause: strips-whitespace
Beside: line-ends-dropped
"""

import os
import socket
import threading
import time


def handle(conn: socket.socket) -> None:
    with conn:
        try:
            while True:
                data = conn.recv(1024)
                if not data:
                    break
                message = data.strip()
                if message:
                    conn.sendall(message)
        except ConnectionError:
            pass


def main() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
        server.listen(64)
        while True:
            try:
                conn, _ = server.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
