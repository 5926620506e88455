"""A reader thread fills a queue that has no maximum size and a writer thread empties it: a client
that does not read fills the memory.

Clause: partial-send/bounded-memory
Trigger: a client that sends many megabytes and reads nothing
Profile: concurrent
Grade: realistic
Cause: unbounded-buffer
"""

import os
import queue
import socket
import threading
import time


def write_all(conn, chunks):
    with conn:
        try:
            while (chunk := chunks.get()) is not None:
                conn.sendall(chunk)
        except OSError:
            pass


def read_all(conn):
    chunks = queue.SimpleQueue()
    threading.Thread(target=write_all, args=(conn, chunks), daemon=True).start()
    try:
        while chunk := conn.recv(65536):
            chunks.put(chunk)
    except OSError:
        pass
    chunks.put(None)


def main():
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=read_all, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
