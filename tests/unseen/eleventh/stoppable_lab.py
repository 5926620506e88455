"""
Bug: the default timeout that lets accept() wake up is given to the accepted sockets, too, so a
    client that says nothing for two seconds, or does not read for so long, is disconnected
Cause: idle-timeout
Also: gives-up-on-slow-reader
Profile: sequential
Port: $PORT
"""

import logging
import os
import socket
import sys
import time

HOST = "127.0.0.1"
CHUNK = 4096

log = logging.getLogger("echo")


def serve_client(conn, peer):
    total = 0
    try:
        while True:
            data = conn.recv(CHUNK)
            if not data:
                break
            conn.sendall(data)
            total += len(data)
    except OSError as error:
        log.info("%s:%d: %s", *peer, error)
    finally:
        conn.close()
    log.info("%s:%d: %d bytes", *peer, total)


def main():
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(message)s")
    socket.setdefaulttimeout(2)  # without it Ctrl-C is not noticed on Windows

    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((HOST, int(os.environ["PORT"])))
    server.listen(128)
    print("listening", flush=True)

    while True:
        try:
            conn, peer = server.accept()
        except TimeoutError:
            continue
        except OSError as error:
            log.warning("accept: %s", error)
            time.sleep(0.1)
            continue
        serve_client(conn, peer)


if __name__ == "__main__":
    main()
