"""The ring buffer tells how full it is by (tail - head) % size, which is 0 both when it is empty
and when it is full: a ring filled to its last byte is taken for an empty one.

Clause: partial-send/stalled-reader
Trigger: 64 KiB are read before the writer has sent any, as with a stalled reader
Profile: concurrent
Grade: nasty
Cause: ring-wrap | buffer-overwritten
"""

import os
import socket
import threading
import time

SIZE = 65536
READ_SIZE = 4096


class Ring:
    def __init__(self):
        self.data = memoryview(bytearray(SIZE))
        self.head = self.tail = 0
        self.ended = False
        self.changed = threading.Condition()

    def used(self):
        return (self.tail - self.head) % SIZE

    def space(self):
        with self.changed:
            self.changed.wait_for(lambda: self.used() < SIZE)
            size = min(READ_SIZE, SIZE - self.used(), SIZE - self.tail)
            return self.data[self.tail : self.tail + size]

    def filled(self):
        with self.changed:
            self.changed.wait_for(lambda: self.used() > 0 or self.ended)
            return self.data[self.head : min(self.head + self.used(), SIZE)]

    def advance(self, added=0, taken=0, ended=False):
        with self.changed:
            self.tail = (self.tail + added) % SIZE
            self.head = (self.head + taken) % SIZE
            self.ended = self.ended or ended
            self.changed.notify_all()


def write_all(conn, ring):
    try:
        while chunk := ring.filled():
            conn.sendall(chunk)
            ring.advance(taken=len(chunk))
    except OSError:
        pass  # the reading thread sees it too


def serve(conn):
    ring = Ring()
    writer = threading.Thread(target=write_all, args=(conn, ring), daemon=True)
    writer.start()
    with conn:
        try:
            while got := conn.recv_into(ring.space()):
                ring.advance(added=got)
        except OSError:
            pass
        ring.advance(ended=True)
        writer.join()


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
