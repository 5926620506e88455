"""The reader puts into a bounded queue while it holds the lock of a counter; when the queue is
full it waits for the writer, and the writer waits for that lock: both wait for ever.

Clause: partial-send/stalled-reader
Trigger: the queue of 16 chunks is full
Profile: concurrent
Grade: nasty
Cause: deadlock-both-ways | never-resumes
"""

import os
import queue
import socket
import threading
import time


class Session:
    def __init__(self, conn):
        self.conn = conn
        self.chunks = queue.Queue(maxsize=16)
        self.lock = threading.Lock()
        self.in_flight = 0

    def read_all(self):
        try:
            while chunk := self.conn.recv(16384):
                with self.lock:
                    self.in_flight += len(chunk)
                    self.chunks.put(chunk)
        except OSError:
            pass
        self.chunks.put(None)

    def write_all(self):
        alive = True
        with self.conn:
            while (chunk := self.chunks.get()) is not None:
                try:
                    if alive:
                        self.conn.sendall(chunk)
                except OSError:
                    alive = False
                with self.lock:
                    self.in_flight -= len(chunk)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        session = Session(conn)
        threading.Thread(target=session.read_all, daemon=True).start()
        threading.Thread(target=session.write_all, daemon=True).start()


if __name__ == "__main__":
    main()
