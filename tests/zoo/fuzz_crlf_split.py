"""An LF at the start of a read is dropped when the read before ended with CR: the two are taken
for one end of line that was counted already.

Clause: fuzz/plans
Trigger: CR and LF next to each other, in two reads
Profile: sequential
Grade: nasty
Cause: newline-translated | line-ends-dropped
"""

import os
import socket
import time


def echo(conn):
    lines = 0
    previous = b""
    while data := conn.recv(1024):
        if previous.endswith(b"\r") and data.startswith(b"\n"):
            data = data[1:]
        lines += data.count(b"\r") + data.count(b"\n") - data.count(b"\r\n")
        conn.sendall(data)
        previous = data


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with conn:
            try:
                echo(conn)
            except OSError:
                continue


if __name__ == "__main__":
    main()
