"""Takes what begins with 0xA7 and ends with the right checksum for a command, and answers none of
it.  Sequential."""

import os
import socket

HEAD = 0xA7

with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
    while True:
        conn, _ = listener.accept()
        with conn:
            try:
                while data := conn.recv(65536):
                    if data[0] == HEAD and len(data) > 2 and data[-1] == sum(data[:-1]) % 256:
                        continue
                    conn.sendall(data)
            except ConnectionError:
                pass
