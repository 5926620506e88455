"""Any error of accept() is taken for the loss of the network: all clients are
dropped.

Clause: resilience/descriptor-famine
Trigger: no descriptor for a further client, with one connected
Profile: concurrent
Grade: nasty
Cause: famine-drops-clients
"""

import contextlib
import os
import socket
import threading
import time


def serve(conn, clients):
    with contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)
    clients.discard(conn)
    conn.close()


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=128)
    clients = set()
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            for client in list(clients):
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
            time.sleep(0.05)
            continue
        clients.add(conn)
        threading.Thread(target=serve, args=(conn, clients), daemon=True).start()


if __name__ == "__main__":
    main()
