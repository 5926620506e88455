"""
Bug: the program says good-bye with sys.exit("text"), and a text there means exit status 1, though
    the connection was served well.
Cause: exit-status
Profile: one-shot
Port: $PORT
"""

import os
import socket
import sys


def run():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(os.environ["PORT"])))
    s.listen(1)
    conn, _ = s.accept()
    count = 0
    while True:
        data = conn.recv(1024)
        if not data:
            break
        conn.sendall(data)
        count += len(data)
    conn.close()
    s.close()
    sys.exit(f"The client has gone after {count} bytes. Bye!")


run()
