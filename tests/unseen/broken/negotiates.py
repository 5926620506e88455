"""
Bug: 0xFF is taken for the Telnet command byte IAC; it and the two bytes behind it are removed.
Cause: telnet
Caught by: identity/telnet-bytes
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time
from enum import Enum, auto


class State(Enum):
    DATA = auto()
    COMMAND = auto()
    OPTION = auto()


class Telnet:
    """Separates what a user typed from what the terminal negotiates."""

    def __init__(self):
        self.state = State.DATA

    def feed(self, data):
        out = bytearray()
        for byte in data:
            if self.state is State.DATA:
                if byte == 255:
                    self.state = State.COMMAND
                else:
                    out.append(byte)
            elif self.state is State.COMMAND:
                self.state = State.OPTION
            else:
                self.state = State.DATA
        return out


def serve(conn):
    telnet = Telnet()
    with conn:
        try:
            while data := conn.recv(8192):
                conn.sendall(telnet.feed(data))
        except OSError:
            pass


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=serve, args=(conn,), daemon=True).start()
