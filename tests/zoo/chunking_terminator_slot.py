"""The last byte of the buffer is kept for a terminator, so a full read of 4096 loses a byte.

Clause: chunking/read-boundary
Trigger: a read that returns exactly 4096 bytes
Profile: concurrent
Grade: nasty
Cause: off-by-one-at-full-read
"""

import os
import socket
import threading
import time

SIZE = 4096


def serve(client: socket.socket) -> None:
    buffer = bytearray(SIZE)
    with client:
        try:
            while count := client.recv_into(buffer):
                length = min(count, SIZE - 1)
                end = buffer[length]
                buffer[length] = 0
                client.sendall(buffer[:length])
                buffer[length] = end
        except ConnectionError:
            pass


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
