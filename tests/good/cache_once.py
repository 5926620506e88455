"""Fills a pool of read buffers, 16 MiB, when the first client comes and reuses them ever after.

Style: threads, memory that grows once for a pool of buffers
Profile: concurrent
"""

import contextlib
import os
import queue
import socket
import threading
import time

BUFFERS = 256
SIZE = 65536

pool: queue.SimpleQueue[bytearray] = queue.SimpleQueue()


def borrow() -> bytearray:
    try:
        return pool.get_nowait()
    except queue.Empty:
        return bytearray(SIZE)  # more clients than buffers: this one is not kept


def give_back(buffer: bytearray) -> None:
    if pool.qsize() < BUFFERS:
        pool.put(buffer)


def serve(conn: socket.socket) -> None:
    buffer = borrow()
    with conn, contextlib.suppress(OSError), memoryview(buffer) as view:
        while count := conn.recv_into(buffer):
            conn.sendall(view[:count])
    give_back(buffer)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    filled = False
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            if not filled:
                for _ in range(BUFFERS):
                    pool.put(bytearray(b"\x01") * SIZE)  # touched, so that the memory is real
                filled = True
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
