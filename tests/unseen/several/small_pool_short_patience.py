"""
Bug: three workers serve the clients, so a fourth waits; and who says nothing for a second is hung
    up on.
Cause: connection-limit
Cause: idle-timeout
Caught by: sessions/simultaneous, shutdown/idle-kept
Profile: concurrent
Port: 21102
"""

import concurrent.futures
import socket
import time


def serve(conn: socket.socket) -> None:
    conn.settimeout(1)
    with conn:
        try:
            while request := conn.recv(4096):
                conn.settimeout(None)
                conn.sendall(request)
                conn.settimeout(1)
        except OSError as reason:
            print("closing:", reason)


with (
    concurrent.futures.ThreadPoolExecutor(3) as workers,
    socket.create_server(("127.0.0.1", 21102), backlog=64) as listener,
):
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        workers.submit(serve, conn)
