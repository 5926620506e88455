"""
Bug: the list of pieces that are still to be sent is a default argument, made once for all calls;
    what one client left unsent when it was reset is sent to the next client.
Cause: leftover-of-earlier
Caught by: sessions/no-leftovers
Profile: sequential
Port: $PORT
"""

import os
import socket
import time


def serve_client(conn, pending=[]):
    conn.setblocking(True)
    while True:
        data = conn.recv(4096)
        if not data:
            break
        pending.append(data)
        while pending:
            conn.sendall(pending[0])
            pending.pop(0)


def main():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
    while True:
        try:
            conn, addr = server.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            serve_client(conn)
        except OSError:
            print("client lost:", addr)
        conn.close()


main()
