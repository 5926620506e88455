"""A chunk that does not fit at the end of the ring of 64 KiB is put at its start, but taking out
still goes to the end, over stale bytes; chunks that divide 65536 never meet this.

Clause: identity/counter
Trigger: more than 65536 bytes on one connection, in reads of odd sizes
Profile: sequential
Grade: nasty
Cause: ring-wrap
"""

import os
import socket
import time

SIZE = 65536


class Ring:
    def __init__(self):
        self.memory = bytearray(SIZE)
        self.head = self.tail = 0

    def put(self, data):
        if self.tail + len(data) > SIZE:
            self.tail = 0
        self.memory[self.tail : self.tail + len(data)] = data
        self.tail += len(data)

    def take(self):
        if self.head <= self.tail:
            chunk = self.memory[self.head : self.tail]
        else:
            chunk = self.memory[self.head :] + self.memory[: self.tail]
        self.head = self.tail
        return chunk


def echo(conn):
    ring = Ring()
    while data := conn.recv(1024):
        ring.put(data)
        conn.sendall(ring.take())


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        try:
            echo(conn)
        except OSError:
            pass
        finally:
            conn.close()


if __name__ == "__main__":
    main()
