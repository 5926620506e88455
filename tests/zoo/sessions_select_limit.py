"""select() takes care of 1,024 descriptors, and nothing keeps a client from being one more.

Clause: sessions/capacity
Trigger: more than 1,020 clients at once
Profile: concurrent
Grade: realistic
Cause: select-too-small
"""

import os
import select
import socket
import time


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=128)
    listener.setblocking(False)
    pending = {}

    def read(conn):
        data = conn.recv(4096)
        if not data:
            del pending[conn]
            conn.close()
            return
        pending[conn] = data

    def serve(conn):
        try:
            if pending[conn]:
                pending[conn] = pending[conn][conn.send(pending[conn]) :]
            else:
                read(conn)
        except BlockingIOError:
            return
        except ConnectionError:
            del pending[conn]
            conn.close()

    while True:
        readers = [conn for conn, data in pending.items() if not data]
        writers = [conn for conn, data in pending.items() if data]
        ready, writable, _ = select.select([listener, *readers], writers, [])
        for conn in (*ready, *writable):
            if conn is not listener:
                serve(conn)
        if listener in ready:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            conn.setblocking(False)
            pending[conn] = b""


if __name__ == "__main__":
    main()
