"""
Bug: the handler of SIGTERM calls shutdown() in the thread that runs serve_forever(); shutdown()
    waits for the loop, and the loop for the handler: the server hangs and does not end.
Cause: sigterm-ignored
Profile: concurrent
Port: $PORT
"""

import logging
import os
import signal
import socketserver

log = logging.getLogger("echo")


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(16 * 1024):
                self.request.sendall(data)
        except OSError as error:
            log.info("%s: %s", self.client_address, error)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    with Server(("127.0.0.1", int(os.environ["PORT"])), Echo) as server:

        def stop(signum: int, frame: object) -> None:
            log.info("signal %d, stopping", signum)
            server.shutdown()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        server.serve_forever()
    log.info("stopped")


if __name__ == "__main__":
    main()
