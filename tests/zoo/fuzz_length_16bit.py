"""Chunks are queued behind a length of two bytes; a read of exactly 65536 bytes has the length 0
there, and its bytes are taken for the next lengths.

Clause: chunking/read-boundary
Trigger: a read of exactly 65536 bytes
Profile: sequential
Grade: nasty
Cause: counter-wraps | full-read-lost
"""

import os
import socket
import struct
import time


class Journal:
    """Chunks in one buffer, each behind its length."""

    def __init__(self):
        self.buffer = bytearray()

    def add(self, chunk):
        self.buffer += struct.pack(">H", len(chunk) & 0xFFFF) + chunk

    def next(self):
        (length,) = struct.unpack_from(">H", self.buffer)
        chunk = bytes(self.buffer[2 : 2 + length])
        del self.buffer[: 2 + length]
        return chunk


def serve(conn):
    journal = Journal()
    while data := conn.recv(65536):
        journal.add(data)
        conn.sendall(journal.next())


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with conn:
            try:
                serve(conn)
            except OSError:
                continue


if __name__ == "__main__":
    main()
