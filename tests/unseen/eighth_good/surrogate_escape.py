"""
Style: it decodes each read by itself as UTF-8 and encodes the text again, also where a letter is
    cut; "surrogateescape" gives bytes that are no text a place in the text, and brings them back.
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

ENCODING = ("utf-8", "surrogateescape")


def converse(conn: socket.socket) -> None:
    with conn:
        try:
            while raw := conn.recv(1000):
                text = raw.decode(*ENCODING)
                # letter by letter, and the letters are put together again
                letters = list(text)
                conn.sendall("".join(letters).encode(*ENCODING))
        except OSError:
            pass


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=converse, args=(conn,), daemon=True).start()


main()
