"""
Bug: what is valid UTF-8 is normalised (NFKC), so signs such as a no-break space, a ligature or an
    'e' with a separate accent come back as other bytes.
Cause: none-of-these
Profile: sequential
Port: $PORT
"""

import os
import socket
import time
import unicodedata

BUFSIZE = 1024


def clean(raw: bytes) -> bytes:
    # surrogateescape: bytes that are no UTF-8 survive
    text = raw.decode("utf-8", "surrogateescape")
    # the same word should always be the same string
    text = unicodedata.normalize("NFKC", text)
    return text.encode("utf-8", "surrogateescape")


def main():
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", int(os.environ["PORT"])))
        server.listen()
        while True:
            try:
                conn, addr = server.accept()
            except OSError:
                time.sleep(0.1)
                continue
            with conn:
                try:
                    while raw := conn.recv(BUFSIZE):
                        conn.sendall(clean(raw))
                except OSError:
                    print("lost", addr)


main()
