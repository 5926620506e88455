"""
Bug: all that a client has sent is kept and its checksum is computed from the start at each read, so
    each read takes longer than the one before; sixteen megabytes take minutes.
Cause: slow-each-time
Profile: sequential
Port: $PORT
"""

import os
import socket
import time
import zlib


def serve(conn):
    everything = b""
    crc = 0
    while True:
        part = conn.recv(1024)
        if not part:
            break
        conn.sendall(part)
        everything = everything + part
        crc = zlib.crc32(everything)
    print(len(everything), "bytes, checksum", hex(crc))


def main():
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", int(os.environ["PORT"])))
    sock.listen(5)
    while True:
        try:
            conn, _ = sock.accept()
        except OSError:
            time.sleep(0.1)
            continue
        try:
            serve(conn)
        except OSError as err:
            print("no checksum:", err)
        finally:
            conn.close()


if __name__ == "__main__":
    main()
