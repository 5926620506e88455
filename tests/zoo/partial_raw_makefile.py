"""The connection is wrapped by makefile(buffering=0): write() on such a raw file is one send(),
and may write less than it was given, unlike write() on a buffered file.

Clause: partial-send/interrupted-send
Trigger: a stop signal while write() is blocked
Profile: concurrent
Grade: nasty
Cause: short-send-ignored
"""

import os
import socket
import threading
import time


def serve(conn):
    with conn, conn.makefile("rwb", buffering=0) as stream:
        try:
            while data := stream.read(1024):
                stream.write(data)
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
