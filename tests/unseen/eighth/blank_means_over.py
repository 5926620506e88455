"""
Bug: a message of nothing but blanks and line ends is taken for an empty one, and an empty one for
    the end, so a client that sends just a newline or a space is hung up on.
Cause: none-of-these
Also: strips-whitespace
Profile: concurrent
Port: $PORT
"""

import os
import socket
import time
from threading import Thread


def service(connection, number):
    print(f"[{number}] connected")
    try:
        while True:
            received = connection.recv(2048)
            # nothing there any more?
            if not received.strip():
                print(f"[{number}] has nothing more to say")
                break
            connection.sendall(received)
    except OSError as error:
        print(f"[{number}] {error}")
    finally:
        connection.close()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(os.environ["PORT"])))
listener.listen(128)
clients = 0
while True:
    try:
        connection, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    clients += 1
    Thread(target=service, args=(connection, clients), daemon=True).start()
