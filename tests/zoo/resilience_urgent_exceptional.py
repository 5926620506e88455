"""The third list of select() is taken for errors, as its name "exceptional" suggests; urgent data
make a socket appear there, and the connection is closed.

Clause: resilience/urgent-data
Trigger: one byte sent with MSG_OOB
Profile: concurrent
Grade: realistic
Cause: urgent-data
"""

import os
import select
import socket
import threading
import time


def serve(conn):
    with conn:
        while True:
            _, _, failed = select.select([conn], [], [conn])
            if failed:
                return
            try:
                data = conn.recv(8192)
                if not data:
                    return
                conn.sendall(data)
            except OSError:
                return


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
