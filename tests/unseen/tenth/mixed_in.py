"""
Bug: ThreadingMixIn stands behind TCPServer, so the method of TCPServer that serves a client wins,
    and no thread is ever made: the clients are served one after another.
Cause: one-at-a-time, blocked-by-idle-client
Profile: concurrent
Port: $PORT
"""

import logging
import os
import socketserver
import time

logger = logging.getLogger(__name__)


class EchoRequestHandler(socketserver.BaseRequestHandler):
    def setup(self):
        logger.debug("connection from %s", self.client_address)

    def handle(self):
        while True:
            try:
                payload = self.request.recv(4096)
                if not payload:
                    return
                self.request.sendall(payload)
            except ConnectionError as exc:
                logger.debug("%s: %s", self.client_address, exc)
                return

    def finish(self):
        logger.debug("%s has left", self.client_address)


class ThreadedEchoServer(socketserver.TCPServer, socketserver.ThreadingMixIn):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def get_request(self):
        try:
            return super().get_request()
        except OSError:
            time.sleep(0.05)
            raise


def main():
    logging.basicConfig(level=logging.INFO)
    host, port = "127.0.0.1", int(os.environ["PORT"])
    server = ThreadedEchoServer((host, port), EchoRequestHandler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
