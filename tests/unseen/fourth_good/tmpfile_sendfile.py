"""
Style: what is read goes into a file in memory, and from there back by sendfile(). The file is
    emptied before it is written again, so that pages which are still on their way stay as they are.
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time


def send_file(sock: socket.socket, file: int, size: int) -> None:
    offset = 0
    while offset < size:
        offset += os.sendfile(sock.fileno(), file, offset, size - offset)


def serve(sock: socket.socket, file: int) -> None:
    try:
        while data := sock.recv(50_000):
            os.ftruncate(file, 0)
            size = 0
            while size < len(data):
                size += os.pwrite(file, data[size:], size)
            send_file(sock, file, size)
    except OSError as error:
        print("client:", error)
    finally:
        os.close(file)
        sock.close()


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            file = os.memfd_create("echo")
        except OSError:
            sock.close()
            time.sleep(0.1)
            continue
        threading.Thread(target=serve, args=(sock, file), daemon=True).start()


main()
