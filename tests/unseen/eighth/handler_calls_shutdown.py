"""
Bug: the handler of SIGTERM calls server.shutdown(), which waits for serve_forever() to return; the
    handler runs in the very thread that serves, so both wait for ever.
Cause: sigterm-ignored
Profile: concurrent
Port: $PORT
"""

import logging
import os
import signal
import socketserver

log = logging.getLogger("echod")


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        peer = "%s:%d" % self.client_address
        log.info("%s: open", peer)
        total = 0
        try:
            while True:
                data = self.request.recv(4096)
                if not data:
                    break
                self.request.sendall(data)
                total += len(data)
        except ConnectionError as exc:
            log.info("%s: %s", peer, exc)
        log.info("%s: closed after %d bytes", peer, total)


class EchoServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 100


def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    with EchoServer(("127.0.0.1", int(os.environ["PORT"])), Echo) as server:

        def stop(signum, frame):
            log.info("signal %d: shutting down", signum)
            server.shutdown()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        server.serve_forever(poll_interval=0.2)
    log.info("bye")


if __name__ == "__main__":
    main()
