"""Not more than six clients are let in; the seventh is accepted and closed at once instead of
waiting in the backlog until there is room.

Clause: sessions/simultaneous
Trigger: seven connections at once
Profile: concurrent
Grade: realistic
Cause: connection-limit
"""

import os
import socket
import threading
import time

room = threading.BoundedSemaphore(6)


def serve(conn):
    try:
        with conn:
            while data := conn.recv(4096):
                conn.sendall(data)
    except OSError:
        pass
    finally:
        room.release()


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        if room.acquire(blocking=False):
            threading.Thread(target=serve, args=(conn,), daemon=True).start()
        else:
            conn.close()


if __name__ == "__main__":
    main()
