"""The connection as an unbuffered file; a raw write may be short, so it writes the rest again.

Style: sequential, makefile("rwb", buffering=0)
Profile: sequential
"""

import contextlib
import os
import socket
import time


def serve(conn: socket.socket) -> None:
    with conn.makefile("rwb", buffering=0) as raw:
        while data := raw.read(4096):
            view = memoryview(data)
            while view:
                view = view[raw.write(view) or 0 :]


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with conn, contextlib.suppress(OSError):
                serve(conn)


if __name__ == "__main__":
    main()
