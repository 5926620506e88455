"""
Bug: a client that has ended is shut down but not closed, and stays in the dictionary of
    connections, so that its descriptor is never given back.
Cause: descriptor-leak
Also: memory-leak
Profile: concurrent
Port: $PORT
"""

import logging
import os
import socket
import sys
import threading
import time

log = logging.getLogger("echo")


class EchoServer:
    def __init__(self, host, port):
        self.connections = {}
        self.lock = threading.Lock()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((host, port))

    def serve_forever(self):
        self.sock.listen(200)
        while True:
            try:
                conn, address = self.sock.accept()
            except OSError as error:
                log.warning("accept: %s", error)
                time.sleep(0.05)
                continue
            with self.lock:
                self.connections[address] = conn
            thread = threading.Thread(target=self.handle, args=(conn, address), daemon=True)
            thread.start()

    def handle(self, conn, address):
        log.info("connected: %s:%d", *address)
        try:
            while True:
                chunk = conn.recv(8192)
                if not chunk:
                    break
                conn.sendall(chunk)
            conn.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            log.info("lost %s:%d: %s", *address, error)
        finally:
            log.info("disconnected: %s:%d", *address)


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    EchoServer("127.0.0.1", int(os.environ["PORT"])).serve_forever()
