"""Sixty-four threads, started at once, that all wait in accept on the same listener.

Style: thread pool, 64 workers sharing accept
Profile: concurrent
"""

import contextlib
import os
import socket
import threading
import time


def work(listener: socket.socket) -> None:
    buffer = bytearray(16384)
    view = memoryview(buffer)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with conn, contextlib.suppress(OSError):
            while count := conn.recv_into(buffer):
                conn.sendall(view[:count])


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        threads = [threading.Thread(target=work, args=(listener,), daemon=True) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
