"""
Bug: for the log a digest of all that a client has sent is made anew at each read, from the first
    byte on, so the longer a connection lasts the slower it becomes.
Cause: slow-each-time
Beside: memory-leak
Profile: concurrent
Port: $PORT
"""

import hashlib
import logging
import os
import socket
import threading
import time


class Transcript:
    def __init__(self, name: str) -> None:
        self.name = name
        self.content = b""

    def add(self, part: bytes) -> None:
        self.content = self.content + part
        digest = hashlib.sha1(self.content).hexdigest()
        logging.debug("%s: %d bytes, sha1 %s", self.name, len(self.content), digest)


class Conversation(threading.Thread):
    def __init__(self, sock: socket.socket, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.sock = sock
        self.transcript = Transcript(name)

    def run(self) -> None:
        try:
            while part := self.sock.recv(16 * 1024):
                self.transcript.add(part)
                self.sock.sendall(part)
        except OSError as error:
            logging.debug("%s: %s", self.name, error)
        finally:
            self.sock.close()


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    while True:
        try:
            sock, address = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        Conversation(sock, f"port {address[1]}").start()


main()
