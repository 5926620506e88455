"""Records between reader and writer carry a 16-bit length, which is zero for a read of 65536 bytes.

Clause: chunking/read-boundary
Trigger: a read that returns exactly 65536 bytes
Profile: sequential
Grade: nasty
Cause: counter-wraps | full-read-lost
"""

import os
import queue
import socket
import struct
import threading
import time

LENGTH = struct.Struct("!H")
READ_SIZE = 1 << 16
END = b""


def write_records(client: socket.socket, records: queue.Queue[bytes]) -> None:
    broken = False
    while record := records.get():
        (length,) = LENGTH.unpack_from(record)
        try:
            if not broken:
                client.sendall(record[LENGTH.size : LENGTH.size + length])
        except ConnectionError:
            broken = True


def serve(client: socket.socket) -> None:
    records: queue.Queue[bytes] = queue.Queue(maxsize=4)
    writer = threading.Thread(target=write_records, args=(client, records), daemon=True)
    writer.start()
    try:
        while data := client.recv(READ_SIZE):
            records.put(LENGTH.pack(len(data) & 0xFFFF) + data)
    except ConnectionError:
        pass
    records.put(END)
    writer.join()


listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
while True:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        continue
    with client:
        serve(client)
