"""
Bug: the file that makefile() made is kept in a dict; as long as it is open, close() of the socket
    only counts, and the connection really stays open.
Cause: copy-kept-open
Also: never-closes, descriptor-leak, memory-leak
Profile: concurrent
Port: $PORT
"""

import os
import socket
import threading
import time

readers = {}  # for the status page


def serve(conn, addr):
    reader = conn.makefile("rb")
    readers[addr] = reader
    try:
        while chunk := reader.read1(3333):
            conn.sendall(chunk)
    except OSError as error:
        print(f"{addr[0]}:{addr[1]} {error}")
    finally:
        conn.close()


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
    while True:
        try:
            conn, addr = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        threading.Thread(target=serve, args=(conn, addr), daemon=True).start()


main()
