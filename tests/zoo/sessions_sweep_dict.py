"""Now and then the accept loop sweeps its table of finished clients, and deletes from the dict
while it iterates over it: RuntimeError, and the server is gone.

Clause: sessions/churn
Trigger: more than 32 clients in the table, some of them finished
Profile: concurrent
Grade: nasty
Cause: crash
"""

import itertools
import os
import socket
import threading
import time

SWEEP_ABOVE = 32


def serve(conn):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    clients = {}
    for number in itertools.count():
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        if len(clients) >= SWEEP_ABOVE:
            for key, thread in clients.items():
                if not thread.is_alive():
                    del clients[key]
        clients[number] = threading.Thread(target=serve, args=(conn,), daemon=True)
        clients[number].start()


if __name__ == "__main__":
    main()
