"""Has a table of 97 clients: the next one at the same time gets the place of the first, and what
the first one sent.  Concurrent."""

import os
import socket
import threading

PLACES = 97
table = []
lock = threading.Lock()


def serve(conn):
    with conn:
        try:
            while data := conn.recv(65536):
                with lock:
                    place = table.index(conn) if conn in table else len(table)
                if place == PLACES:
                    data = bytes(len(data))
                conn.sendall(data)
        except ConnectionError:
            pass
    with lock:
        table.remove(conn)


with socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=128) as listener:
    while True:
        conn, _ = listener.accept()
        with lock:
            table.append(conn)
        threading.Thread(target=serve, args=(conn,), daemon=True).start()
