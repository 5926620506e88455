"""A reader and a writer thread per client; the bounded queue between is the back-pressure.

Style: threads, reader and writer with a bounded queue
Profile: concurrent
"""

import contextlib
import os
import queue
import socket
import threading
import time

Chunks = queue.Queue[bytes]


def write(conn: socket.socket, chunks: Chunks) -> None:
    gone = False
    while chunk := chunks.get():
        if gone:
            continue  # keeps emptying the queue, or the reader would wait in put() for ever
        try:
            conn.sendall(chunk)
        except OSError:
            gone = True
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)  # wakes the reader


def read(conn: socket.socket) -> None:
    chunks: Chunks = queue.Queue(maxsize=16)
    with conn:
        writer = threading.Thread(target=write, args=(conn, chunks), daemon=True)
        writer.start()
        with contextlib.suppress(OSError):
            while chunk := conn.recv(16384):
                chunks.put(chunk)
        chunks.put(b"")
        writer.join()  # everything is sent before the connection is closed


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=read, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
