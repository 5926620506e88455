"""The parent keeps its copy of the socket after fork(), so the child's close() does not send a FIN.

Clause: shutdown/after-echo
Trigger: a half-close, and no other client until the end of stream came back
Profile: concurrent
Grade: nasty
Cause: copy-kept-open
"""

import os
import signal
import socket
import time


def echo(client: socket.socket) -> None:
    try:
        while data := client.recv(1024):
            client.sendall(data)
    except ConnectionError:
        pass


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        if os.fork() == 0:
            listener.close()
            echo(client)
            client.close()
            os._exit(0)


main()
