"""A slot of the semaphore is given back at the end of the stream only: a client that resets takes
its slot along, and after twelve of them nobody is accepted.

Clause: sessions/churn
Trigger: twelve resets, then a client
Profile: concurrent
Grade: nasty
Cause: lock-kept | connections-used-up
"""

import os
import socket
import threading
import time

slots = threading.Semaphore(12)


def serve(conn):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except ConnectionError:
            return
    slots.release()


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        slots.acquire()
        try:
            conn, _ = listener.accept()
        except OSError:
            slots.release()
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
