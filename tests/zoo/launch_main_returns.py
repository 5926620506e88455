"""The accept loop runs in a daemon thread; when join() times out, main returns and takes it along.

Clause: launch/stays-up
Trigger: two seconds after start, whatever is going on
Profile: concurrent
Grade: realistic
Cause: daemon-thread-exit
"""

import os
import socket
import threading
import time


def echo(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(data)
        except ConnectionError:
            pass


def accept_loop(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=echo, args=(client,), daemon=True).start()


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    thread = threading.Thread(target=accept_loop, args=(listener,), daemon=True)
    thread.start()
    thread.join(timeout=2)


main()
