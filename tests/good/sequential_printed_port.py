"""Ignores PORT, prints the ephemeral port it was given, serves one client after another.

Style: sequential, ephemeral port printed on stdout
Profile: sequential
"""

import contextlib
import socket
import time


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with conn, contextlib.suppress(OSError):
                while data := conn.recv(8192):
                    conn.sendall(data)


if __name__ == "__main__":
    main()
