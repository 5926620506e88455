#!/usr/bin/env python3
"""
Bug: recvall() reads until a read is shorter than 4,096 bytes, so a message whose length is a
    multiple of that is not answered: it waits for more.
Cause: waits-after-full-read
Also: exact-size
Beside: unbounded-buffer, waits-for-end
Profile: one-shot
Port: $PORT
"""

import os
import socket

HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])


# https://stackoverflow.com/questions/17667903/python-socket-receive-large-amount-of-data
def recvall(sock):
    buff_size = 4096  # 4 KiB
    data = b""
    while True:
        part = sock.recv(buff_size)
        data += part
        if len(part) < buff_size:
            # either 0 or end of data
            break
    return data


def main():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((HOST, PORT))
        s.listen(100)
        print("waiting for a client on port", PORT, flush=True)
        conn, addr = s.accept()
    print("connected by", addr, flush=True)
    with conn:
        try:
            while True:
                data = recvall(conn)
                if not data:
                    break
                conn.sendall(data)
        except ConnectionError:
            print("client has gone", flush=True)
    print("bye", flush=True)


if __name__ == "__main__":
    main()
