"""Lets the system choose the port, prints it, serves one client; loops over send until all is sent.

Style: one-shot, ephemeral port printed on stdout
Profile: one-shot
"""

import socket
import sys
import time


def echo(conn: socket.socket) -> None:
    while True:
        data = conn.recv(1024)
        if not data:
            return
        view = memoryview(data)
        while view:
            view = view[conn.send(view) :]


def main() -> int:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    conn = None
    while conn is None:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
    try:
        echo(conn)
    except (ConnectionResetError, BrokenPipeError):
        print("the client vanished", file=sys.stderr)
    finally:
        conn.close()
        listener.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
