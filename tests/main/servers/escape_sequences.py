"""It answers nothing, and writes what changes a terminal: colours, a title, the bell, C1 codes."""

import os
import socket
import sys

sys.stdout.buffer.write(
    b"\x1b[2J\x1b[31m\x1b]0;my window\x07\x08\r\x9b31m\xc2\x9b1m\x00\na plain word\n"
)
sys.stdout.buffer.flush()
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while conn.recv(1024):
                    pass
            except ConnectionError:
                pass
