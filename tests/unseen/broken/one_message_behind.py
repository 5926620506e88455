"""
Bug: the generator yields the piece before the one that came; each echo comes one message late,
    the last one at the end.
Cause: one-behind
Caught by: chunking/prompt
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def delayed(pieces):
    """Each piece with the one before it, so that a last one can be told from the others."""
    before = b""
    for piece in pieces:
        yield before
        before = piece
    yield before


def session(conn):
    with conn:
        try:
            for piece in delayed(iter(lambda: conn.recv(65536), b"")):
                conn.sendall(piece)
        except OSError:
            pass


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=session, args=(conn,), daemon=True).start()
