"""The byte counter has 16 bits, and the value 0 is taken for "nothing came, the client has
ended": so a connection closes when a read brings it to a multiple of 65536.

Clause: identity/long-stream
Trigger: a read that ends at byte 65536 of the connection
Profile: concurrent
Grade: nasty
Cause: counter-wraps | exact-size
"""

import os
import socket
import struct
import threading
import time

# What the accounting daemon will be told: connection number, bytes.
RECORD = struct.Struct("!IH")


def serve(conn, number):
    total = 0
    with conn:
        while True:
            try:
                data = conn.recv(4000)
                total = (total + len(data)) & 0xFFFF
                record = RECORD.pack(number & 0xFFFFFFFF, total)
                if record.endswith(b"\0\0"):
                    return
                conn.sendall(data)
                if not data:
                    return
            except OSError:
                return


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    number = 0
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        number += 1
        threading.Thread(target=serve, args=(conn, number), daemon=True).start()


if __name__ == "__main__":
    main()
