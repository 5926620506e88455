"""When poll() reports the end together with data (POLLRDHUP), one last read of 2048 bytes is
echoed and the connection closed, though more may wait in the receive buffer.

Clause: shutdown/data-with-fin
Trigger: more than 2048 bytes unread when the end arrives
Profile: concurrent
Grade: nasty
Cause: end-with-data-lost | half-close-ends-at-once
"""

import os
import select
import socket
import threading
import time

READ_SIZE = 2048


def serve(conn):
    poller = select.poll()
    poller.register(conn, select.POLLIN | select.POLLRDHUP)
    with conn:
        while True:
            [(_, event)] = poller.poll()
            try:
                if data := conn.recv(READ_SIZE):
                    conn.sendall(data)
            except OSError:
                return
            if not data or event & (select.POLLRDHUP | select.POLLHUP):
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
