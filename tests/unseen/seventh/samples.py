"""
Bug: what was read is unpacked as numbers of two bytes, so the last byte of each read of an odd
    length is lost.
Cause: none-of-these
Also: rest-of-read-discarded
Profile: sequential
Port: $PORT
"""

# Echo for my sound project: 16 bit samples go out and must come back.
import os
import socket
import struct
import time

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(os.environ["PORT"])))
s.listen(8)

loudest = 0
while 1:
    try:
        client, addr = s.accept()
    except OSError:
        time.sleep(0.1)
        continue
    try:
        while 1:
            raw = client.recv(2048)
            if not raw:
                break
            count = len(raw) // 2
            samples = struct.unpack("<%dh" % count, raw[: count * 2])
            for x in samples:
                if abs(x) > loudest:
                    loudest = abs(x)
            client.sendall(struct.pack("<%dh" % count, *samples))
    except OSError:
        print("client is gone")
    client.close()
