"""The loop stands outside of the with block: accept() meets a closed listener, start-up fails.

Clause: launch/listens
Trigger: none, the process ends with a traceback at start
Profile: sequential
Grade: obvious
Cause: listener-closed | not-listening
"""

import os
import socket


def echo(client: socket.socket) -> None:
    with client:
        while data := client.recv(1024):
            client.sendall(data)


def main() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
        listener.listen()

    while True:
        client, _ = listener.accept()
        try:
            echo(client)
        except ConnectionError:
            continue


if __name__ == "__main__":
    main()
