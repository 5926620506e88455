"""
Bug: the last message is given to sys.exit(), which writes it to stderr and makes the status 1,
    though everything went well
Cause: exit-status
Profile: one-shot
Port: $PORT
"""

import os
import socket
import sys


def echo(connection):
    """Send everything back until the client is done. Returns the number of bytes."""
    count = 0
    while chunk := connection.recv(4096):
        connection.sendall(chunk)
        count += len(chunk)
    return count


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(os.environ["PORT"])))
        listener.listen(128)
        connection, address = listener.accept()

    with connection:
        try:
            count = echo(connection)
        except ConnectionError:
            print("The client went away.")
            return
    sys.exit(f"Done: {count} bytes for {address[0]}")


if __name__ == "__main__":
    main()
