"""Bug: after SIGTERM the server waits for its worker threads, and these wait for their clients:
    while one client is connected it does not end.
Cause: sigterm-ignored
Profile: concurrent
Port: $PORT
"""

import logging
import os
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])
MAX_WORKERS = 2000
BUFFER_SIZE = 4096

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
log = logging.getLogger(__name__)


class ThreadPoolEchoServer:
    """Echo server that dispatches every client to a pool of threads."""

    def __init__(self, host: str, port: int, max_workers: int) -> None:
        self._address = (host, port)
        self._max_workers = max_workers
        self._stop_event = threading.Event()

    def stop(self, signum=None, frame=None) -> None:
        """Request a graceful shutdown. Safe to call from a signal handler."""
        self._stop_event.set()

    def _handle(self, conn: socket.socket) -> None:
        with conn:
            try:
                while data := conn.recv(BUFFER_SIZE):
                    conn.sendall(data)
            except OSError as exc:
                log.debug("connection error: %s", exc)

    def serve_forever(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(self._address)
            listener.listen(1024)
            listener.settimeout(0.5)
            log.info("listening on %s:%d", *self._address)
            with ThreadPoolExecutor(max_workers=self._max_workers) as executor:
                while not self._stop_event.is_set():
                    try:
                        conn, _ = listener.accept()
                    except TimeoutError:
                        continue
                    except OSError as exc:
                        log.warning("accept failed: %s", exc)
                        self._stop_event.wait(0.1)
                        continue
                    conn.setblocking(True)
                    executor.submit(self._handle, conn)
        log.info("server stopped")


def main() -> None:
    server = ThreadPoolEchoServer(HOST, PORT, MAX_WORKERS)
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.serve_forever()


if __name__ == "__main__":
    main()
