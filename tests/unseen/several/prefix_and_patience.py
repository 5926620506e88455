"""
Bug: each answer begins with "echo: "; and a client that is silent for a second and a half loses
    its connection.
Cause: prefix-or-suffix
Cause: idle-timeout
Caught by: identity/hello, shutdown/idle-kept
Profile: concurrent
Port: $PORT
"""

import os
import socket
import time
from threading import Thread


def talk(peer: socket.socket) -> None:
    with peer:
        try:
            while True:
                peer.settimeout(1.5)
                words = peer.recv(16384)
                peer.settimeout(None)
                if not words:
                    return
                peer.sendall(b"echo: " + words)
        except TimeoutError:
            print("asleep?")
        except OSError as e:
            print(e)


door = socket.socket()
door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
door.bind(("localhost", int(os.environ["PORT"])))
door.listen(128)
while True:
    try:
        visitor, _ = door.accept()
    except OSError:
        time.sleep(0.05)
        continue
    Thread(target=talk, args=(visitor,), daemon=True).start()
