"""
Bug: the function that serves one client closes the listening socket in its `finally`, so the
    accept() for the second client fails and the server ends.
Cause: listener-closed
Profile: sequential
Port: $PORT
"""

import os
import socket
import sys


def serve_one(server):
    conn, (host, port) = server.accept()
    try:
        while chunk := conn.recv(1024):
            conn.sendall(chunk)
    except ConnectionError as error:
        print(f"{host}:{port}: {error}", file=sys.stderr)
    finally:
        # Always leave the place as you found it.
        conn.close()
        server.close()


if __name__ == "__main__":
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=16)
    while True:
        serve_one(server)
