"""Accepted clients wait in a deque with maxlen=4; a deque that is full makes room by dropping its
oldest element without a word, that is the client who has waited longest.

Clause: sessions/queue
Trigger: six clients at once
Profile: sequential
Grade: nasty
Cause: connection-limit
"""

import collections
import os
import socket
import threading
import time

waiting = collections.deque(maxlen=4)
arrived = threading.Condition()


def serve_forever():
    while True:
        with arrived:
            arrived.wait_for(lambda: waiting)
            conn = waiting.popleft()
        with conn:
            try:
                while data := conn.recv(4096):
                    conn.sendall(data)
            except OSError:
                pass


def main():
    threading.Thread(target=serve_forever, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with arrived:
            waiting.append(conn)
            arrived.notify()


if __name__ == "__main__":
    main()
