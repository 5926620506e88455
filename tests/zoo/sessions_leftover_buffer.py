"""The outgoing buffer is a global that is emptied by sending it; a client that resets leaves its
unsent bytes there, and the next client gets them first.

Clause: sessions/no-leftovers
Trigger: a reset while the server is sending, then another client
Profile: sequential
Grade: realistic
Cause: leftover-of-earlier
"""

import os
import socket
import time

pending = bytearray()


def echo(conn):
    while data := conn.recv(4096):
        pending.extend(data)
        while pending:
            sent = conn.send(pending)
            del pending[:sent]


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        try:
            echo(conn)
        except OSError:
            pass
        finally:
            conn.close()


if __name__ == "__main__":
    main()
