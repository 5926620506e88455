"""Each client has a thread that reads up to 64 KiB and calls send() once: the count it returns,
smaller when a signal interrupts it, is not looked at.

Clause: partial-send/interrupted-send
Trigger: a stop signal while send() is blocked
Profile: concurrent
Grade: nasty
Cause: short-send-ignored
"""

import os
import socket
import threading
import time

READ_SIZE = 65536


class Session(threading.Thread):
    def __init__(self, conn):
        super().__init__(daemon=True)
        self.conn = conn

    def run(self):
        with self.conn:
            try:
                while chunk := self.conn.recv(READ_SIZE):
                    self.conn.send(chunk)
            except ConnectionError:
                pass


def main():
    with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0")))) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
            else:
                Session(conn).start()


if __name__ == "__main__":
    main()
