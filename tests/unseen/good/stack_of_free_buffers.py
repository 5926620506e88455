"""
Style: sequential; a stack of buffers that are used last in, first out, cleared with zeros, and
    sent in part with memoryview; says no word
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
        free[:] = [bytearray(size) for size in (1 << 10, 1 << 12, 1 << 16)]
    finally:
        conn.close()
