"""
Bug: the socket has a timeout so that recv() returns now and then to look at a flag; the same
    timeout counts for sendall(), and so a client that does not read for a second is disconnected.
Cause: gives-up-on-slow-reader, would-block-closes
Profile: sequential
Port: $PORT
"""

import logging
import os
import signal
import socket
import time

logging.basicConfig(level=logging.INFO, filename=os.devnull)
log = logging.getLogger("echod")


class EchoDaemon:
    POLL_INTERVAL = 1.0

    def __init__(self, port):
        self.stopping = False
        self.server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.server.bind(("127.0.0.1", port))
        self.server.listen(128)
        self.server.settimeout(self.POLL_INTERVAL)

    def stop(self, *_):
        self.stopping = True

    def run(self):
        while not self.stopping:
            try:
                conn, peer = self.server.accept()
            except TimeoutError:
                continue
            except OSError as error:
                log.warning("accept: %s", error)
                time.sleep(0.05)
                continue
            with conn:
                conn.settimeout(self.POLL_INTERVAL)
                try:
                    self.converse(conn)
                except OSError as error:
                    log.info("%s: %s", peer, error)
        self.server.close()

    def converse(self, conn):
        while not self.stopping:
            try:
                data = conn.recv(8192)
            except TimeoutError:
                continue
            if not data:
                break
            conn.sendall(data)


if __name__ == "__main__":
    daemon = EchoDaemon(int(os.environ["PORT"]))
    signal.signal(signal.SIGTERM, daemon.stop)
    signal.signal(signal.SIGINT, daemon.stop)
    daemon.run()
