"""
Style: threads, and a page of the last 200 messages (a deque with a bound) for whoever looks at it
    with a signal; the lines of the log carry what came, as hexadecimal numbers, and words like
    ERROR.
Profile: concurrent
Port: 29509
"""

import collections
import logging
import signal
import socket
import threading
import time

logging.basicConfig(
    level=logging.DEBUG, format="%(asctime)s %(levelname)s %(threadName)s %(message)s"
)
log = logging.getLogger("echo")
recent = collections.deque(maxlen=200)


def serve(client, address):
    with client:
        try:
            while data := client.recv(16_384):
                recent.append((time.time(), address, data))
                log.debug("%s:%d sent %d bytes: %s...", *address, len(data), data[:24].hex(" "))
                client.sendall(data)
            log.info("%s:%d has ended", *address)
        except OSError as problem:
            log.error("ERROR %s:%d: %s", *address, problem, exc_info=True)


def show(number, frame):
    log.critical("%d messages, %d bytes", len(recent), sum(len(data) for _, _, data in recent))


signal.signal(signal.SIGUSR1, show)
with socket.create_server(("127.0.0.1", 29509), backlog=256) as server:
    while True:
        try:
            peer, where = server.accept()
        except OSError as problem:
            log.error("accept: %s", problem)
            time.sleep(0.2)
            continue
        try:
            threading.Thread(target=serve, args=(peer, where), daemon=True).start()
        except RuntimeError:
            log.exception("FATAL: no thread")
            peer.close()
