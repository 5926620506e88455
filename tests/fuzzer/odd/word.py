"""Takes the word xyzzy out of the stream.  Sequential."""

import os
import socket

WORD = b"xyzzy"

with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while data := conn.recv(65536):
                    conn.sendall(data.replace(WORD, b""))
            except ConnectionError:
                pass
