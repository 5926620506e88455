"""A reader hands pieces to a writer through a queue of six. A piece waits for room there, but the
note that the client has ended does not: when the queue is full it is dropped, and the connection
stays open for ever.

Clause: shutdown/lagging-reader
Trigger: an end of stream while six pieces wait to be sent
Profile: concurrent
Grade: nasty
Cause: end-lost-when-full
"""

import contextlib
import os
import queue
import socket
import threading
import time


def write(conn, pieces):
    with conn:
        while (piece := pieces.get()) is not None:
            try:
                conn.sendall(piece)
            except OSError:
                while pieces.get() is not None:  # the reader waits for room
                    pass
                return


def serve(conn):
    pieces = queue.Queue(6)
    threading.Thread(target=write, args=(conn, pieces), daemon=True).start()
    with contextlib.suppress(OSError):
        while data := conn.recv(2048):
            pieces.put(data)
    with contextlib.suppress(queue.Full):
        pieces.put_nowait(None)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=128)
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
