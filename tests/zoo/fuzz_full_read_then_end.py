"""After a full read the server looks at once whether there is more, and when that look finds the
end it returns before it has echoed the full read.

Clause: chunking/exact-read-then-end
Trigger: exactly 4096 bytes, or a multiple, and the end, before the read
Profile: concurrent
Grade: realistic
Cause: full-read-before-end-lost | end-with-data-lost
"""

import os
import socket
import threading
import time

READ_SIZE = 4096


def read_burst(conn):
    """What is there now, up to 64 KiB; b"" at the end."""
    burst = data = conn.recv(READ_SIZE)
    while len(data) == READ_SIZE and len(burst) < 65536:
        try:
            data = conn.recv(READ_SIZE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        if not data:
            return b""
        burst += data
    return burst


def serve(conn):
    with conn:
        try:
            while burst := read_burst(conn):
                conn.sendall(burst)
        except OSError:
            pass


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
