"""
Bug: after a client's error the accept loop is left by break where continue is meant, so the first
    client that resets its connection ends the server (with status 0).
Cause: client-error-ends-server, crash-on-reset
Profile: sequential
Port: $PORT
"""

from __future__ import annotations

import os
import socket
import sys


def receive(conn: socket.socket):
    """Yield the chunks that a client sends, until it ends its side."""
    while chunk := conn.recv(32 * 1024):
        yield chunk


def serve(port: int) -> None:
    served = failed = 0
    with socket.create_server(("127.0.0.1", port), backlog=256) as listener:
        while True:
            conn, _ = listener.accept()
            try:
                for chunk in receive(conn):
                    conn.sendall(chunk)
            except OSError:
                failed += 1
                break
            finally:
                conn.close()
            served += 1


def main() -> int:
    try:
        serve(int(os.environ["PORT"]))
    except KeyboardInterrupt:
        print("interrupted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
