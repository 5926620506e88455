"""Waiting clients are kept on a stack: the last to come is served first, and as long as new ones
come the first waits.

Clause: sessions/queue
Trigger: clients that keep coming while one waits
Profile: sequential
Grade: nasty
Cause: newest-client-first
"""

import os
import queue
import socket
import threading
import time

waiting = queue.LifoQueue()


def acceptor(listener):
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
        else:
            waiting.put(conn)


def serve(conn):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    threading.Thread(target=acceptor, args=(listener,), daemon=True).start()
    while True:
        serve(waiting.get())


if __name__ == "__main__":
    main()
