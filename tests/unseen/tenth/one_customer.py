"""
Bug: SO_LINGER is set with a time of zero, as an answer on the web advises against "address already
    in use"; so close() resets the connection and throws away what has not been taken yet.
Cause: reset-instead-of-fin
Also: pending-dropped-at-end
Profile: one-shot
Port: $PORT
"""

import os
import socket
import struct

HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT", 5000))
BUFSIZE = 2048


def make_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # the port can be used again at once when the program has ended
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.bind((HOST, PORT))
    sock.listen(128)
    return sock


def main():
    sock = make_socket()
    print("Waiting on port", PORT, flush=True)
    conn, addr = sock.accept()
    print("Connected by", addr, flush=True)
    total = 0
    try:
        while True:
            data = conn.recv(BUFSIZE)
            if not data:
                break
            conn.sendall(data)
            total += len(data)
    except ConnectionError as err:
        print("Connection lost:", err)
    finally:
        conn.close()
        sock.close()
    print("Echoed", total, "bytes")


if __name__ == "__main__":
    main()
