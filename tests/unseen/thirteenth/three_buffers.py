"""
Bug: when a client fails its buffer is not given back: after three of them the stack is empty,
    and the IndexError ends the server.
Cause: lock-kept, connections-used-up, crash
Also: workers-die
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

free = [bytearray(size) for size in (1 << 10, 1 << 12, 1 << 16)]


def serve(conn: socket.socket) -> None:
    while True:
        buffer = free.pop()
        count = conn.recv_into(buffer)
        rest = memoryview(buffer)[:count]
        while rest:
            rest = rest[conn.send(rest) :]
        rest.release()
        free.insert(0, bytearray(len(buffer)))
        if count == 0:
            conn.shutdown(socket.SHUT_WR)
            return


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(os.environ["PORT"])))
listener.listen(64)
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    try:
        serve(conn)
    except OSError:
        pass
    finally:
        conn.close()
