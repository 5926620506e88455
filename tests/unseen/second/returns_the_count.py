"""
Bug: main() returns the number of bytes that were echoed, and sys.exit() takes this number for the
    exit status.
Cause: exit-status
Profile: one-shot
Port: $PORT
"""

import os
import socket
import sys


def main() -> int:
    total = 0
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as server:
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
                total += len(data)
    print(f"{total} bytes echoed")
    return total


if __name__ == "__main__":
    sys.exit(main())
