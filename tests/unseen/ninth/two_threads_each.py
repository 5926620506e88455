"""
Bug: when the writer thread fails (its client has gone) the reader thread waits for ever for room
    in the full queue, so the threads and the socket of a client that stalls and leaves are kept.
Cause: thread-leak, descriptor-leak
Profile: concurrent
Port: $PORT
"""

import logging
import os
import queue
import socket
import threading
import time

log = logging.getLogger("echod")
DEPTH = 8


class Session:
    """One client: a reader and a writer with a bounded queue between them."""

    def __init__(self, sock, peer):
        self.sock = sock
        self.peer = peer
        self.outbox = queue.Queue(maxsize=DEPTH)

    def run(self):
        writer = threading.Thread(target=self.write_loop, daemon=True)
        writer.start()
        try:
            self.read_loop()
        finally:
            self.outbox.put(None)
            writer.join()
            self.sock.close()
            log.debug("%s: done", self.peer)

    def read_loop(self):
        while True:
            try:
                data = self.sock.recv(16384)
            except OSError as error:
                log.debug("%s: read: %s", self.peer, error)
                return
            if not data:
                return
            self.outbox.put(data)

    def write_loop(self):
        while True:
            item = self.outbox.get()
            if item is None:
                return
            try:
                self.sock.sendall(item)
            except OSError as error:
                log.debug("%s: write: %s", self.peer, error)
                return


def main():
    logging.basicConfig(level=logging.INFO)
    threading.stack_size(256 * 1024)
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512)
    while True:
        try:
            sock, peer = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=Session(sock, peer).run, daemon=True).start()


if __name__ == "__main__":
    main()
