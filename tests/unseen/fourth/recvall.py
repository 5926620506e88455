"""
Bug: a message is read until a read is shorter than the buffer, so one that fills the buffer exactly
    is not answered before something more comes.
Cause: waits-after-full-read
Caught by: chunking/read-boundary
Profile: concurrent
Port: 29016
"""

import socket
import threading
import time

BUFF_SIZE = 1024
ADDRESS = ("127.0.0.1", 29016)


def recvall(sock):
    """All data of one message, and whether the client has ended."""
    data = b""
    while True:
        part = sock.recv(BUFF_SIZE)
        data += part
        if len(data) >= 64 * BUFF_SIZE and part:
            return data, False  # enough for one time
        if len(part) < BUFF_SIZE:
            return data, not part


def client(sock):
    ended = False
    try:
        while not ended:
            data, ended = recvall(sock)
            sock.sendall(data)
    except OSError:
        pass
    sock.close()


listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(ADDRESS)
listener.listen(10)
while True:
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    threading.Thread(target=client, args=[sock], daemon=True).start()
