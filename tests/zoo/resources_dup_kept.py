"""Each connection is duplicated for the "log", and the duplicate is never closed: the client sees
the end, the server keeps a descriptor for ever.

Clause: resources/descriptors
Trigger: many connections, one after another
Profile: concurrent
Grade: realistic
Cause: descriptor-leak | copy-kept-open
"""

import os
import socket
import threading
import time


def serve(conn):
    try:
        os.dup(conn.fileno())  # for the log, which is to come
        while data := conn.recv(4096):
            conn.sendall(data)
        conn.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    conn.close()


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
