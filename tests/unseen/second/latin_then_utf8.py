"""
Bug: what comes is decoded as Latin-1 and encoded as UTF-8, so every byte from 0x80 on is sent back
    as two bytes.
Cause: lossy-decoding
Profile: sequential
Port: $PORT
"""

import os
import socket
import time

BUFSIZE = 2048


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(os.environ["PORT"])))
    listener.listen(10)
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            while True:
                received = peer.recv(BUFSIZE)
                if not received:
                    break
                text = received.decode("latin-1")  # UTF-8 gave errors with my test file
                peer.sendall(text.encode())
        except ConnectionError as error:
            print(error)
        finally:
            peer.close()


if __name__ == "__main__":
    main()
