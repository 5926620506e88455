"""Each client gets a child process, and the parent never waits for those that have ended: they
stay as zombies.

Clause: resources/zombies
Trigger: many connections, one after another
Profile: concurrent
Grade: realistic
Cause: zombies
"""

import os
import socket
import time


def serve(conn):
    try:
        while data := conn.recv(4096):
            conn.sendall(data)
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
        if os.fork() == 0:
            listener.close()
            serve(conn)
            os._exit(0)
        conn.close()


if __name__ == "__main__":
    main()
