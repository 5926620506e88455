"""The accept loop asks for the peer's address outside of any try: when the client has already
reset the connection, getpeername() fails with ENOTCONN and the server ends.

Clause: resilience/connect-and-leave
Trigger: a client that connects and resets before it is accepted
Profile: concurrent
Grade: nasty
Cause: crash-on-reset | client-error-ends-server
"""

import logging
import os
import socket
import threading
import time

log = logging.getLogger("echo")


def serve(conn, peer):
    with conn:
        try:
            while data := conn.recv(4096):
                conn.sendall(data)
        except OSError as error:
            log.info("%s: %s", peer, error)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        peer = "{}:{}".format(*conn.getpeername())
        threading.Thread(target=serve, args=(conn, peer), daemon=True).start()


if __name__ == "__main__":
    main()
