"""Starts a shell that starts the server: a grandchild listens, and SIGTERM is passed on to it.

Style: threads, listener in a grandchild behind a shell
Profile: concurrent
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

SCRIPT = '"$@" & child=$!; trap "kill $child" TERM; wait "$child"'


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(4096):
            conn.sendall(data)


def listen() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            threading.Thread(target=serve, args=(conn,), daemon=True).start()


def main() -> None:
    command = ["sh", "-c", SCRIPT, "sh", sys.executable, __file__, "listen"]
    shell = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: shell.terminate())
    shell.wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["listen"]:
        listen()
    else:
        main()
