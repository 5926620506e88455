"""listen(0): one client is served, one may wait, and the system turns away who comes besides.

Style: sequential, the smallest backlog
Profile: sequential
"""

import os
import socket
import time


def serve(conn: socket.socket) -> None:
    try:
        while True:
            data = conn.recv(1024)
            if not data:
                break
            conn.sendall(data)
    except OSError:
        pass  # this client is gone; the next one is not to suffer for it
    finally:
        conn.close()


def main() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
        listener.listen(0)
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)  # out of descriptors: wait for better times without spinning
                continue
            serve(conn)


if __name__ == "__main__":
    main()
