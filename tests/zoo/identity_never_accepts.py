"""The thread with the accept loop is made but never started: clients wait in the backlog for ever.

Clause: identity/hello
Trigger: any exchange
Profile: concurrent
Grade: obvious
Cause: never-accepts | reads-never
"""

import os
import signal
import socket
import threading


def echo(client: socket.socket) -> None:
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(data)
        except ConnectionError:
            pass


def accept_loop(listener: socket.socket) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=echo, args=(client,), daemon=True).start()


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port)) as listener:
        acceptor = threading.Thread(target=accept_loop, args=(listener,), daemon=True)
        acceptor.name = "acceptor"
        signal.pause()


main()
